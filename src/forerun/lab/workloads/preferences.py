"""Preferences: a policy is driven against a reward that was learned from noisy comparisons, and overdoes it.

Prompts and answers are vectors. The gold reward is a fixed function of both; annotators compare two answers by it and
err sometimes. A proxy reward is fitted to their comparisons, and the policy climbs the proxy, held to where it started
by a penalty on their divergence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card
from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.workload import Workload

CARD = Card(
    name="preferences",
    does="Fits a proxy reward to noisy comparisons and optimises a policy against it; proxy and gold part on the way.",
    source="Gao, Schulman, Hilton 2023 (over-optimisation), in small",
    assumes="A Gaussian policy of fixed width, so its divergence from the start has a closed form.",
    needs="The extra [lab]; 5 seconds.",
    promises="gold/reward is the true reward, which neither the proxy nor the policy sees.",
    known_answer="The gold reward rises, and falls again while the proxy's still rises.",
    control="With a strong penalty the gold reward at the end is near its best.",
)
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "steps": 1500,
    "lr": 1e-4,
    "schedule": "constant",
    "optimizer": "adamw",
    "batch": 128,
    "eval_every": 50,
    "comparisons": 2000,
    "error": 0.25,
    "proxy_steps": 150,
    "penalty": 0.0,
    "width": 64,
    "prompt": 4,
    "answer": 6,
}
"""``comparisons`` the proxy learns from, of which a share ``error`` is the wrong way round; ``penalty`` on the
divergence from the starting policy, in sds of the proxy's reward a nat."""
_SD = 0.5  # of the policy's answers
_FARTHEST = 3.0  # of a mean answer from zero
_GOLD = 1000


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Fit the proxy, then train the policy; ``gold/best`` is the highest gold reward on the way."""
    random = loop.seeded(seed)
    k, d, width = int(settings["prompt"]), int(settings["answer"]), int(settings["width"])
    ideal = torch.randn(k, d, generator=random) / k**0.5
    ripple = torch.randn(d, 8, generator=random)

    def gold(x: Tensor, y: Tensor) -> Tensor:
        """Highest near an ideal answer to the prompt, with ripples."""
        return -(y - torch.tanh(x @ ideal)).square().mean(dim=1) + 0.1 * torch.sin(2.0 * y @ ripple).mean(dim=1)

    proxy = _mlp(k + d, width, 1)
    _fit(proxy, gold, settings, random)
    policy = _mlp(k, width, d)
    last = cast(nn.Linear, policy[-1])
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    policy.append(nn.Tanh())
    held_out = {name: torch.randn(_GOLD, k, generator=random) for name in ("val", "gold")}
    noise = _SD * torch.randn(_GOLD, d, generator=random)
    best = -float("inf")

    def divergence(mean: Tensor) -> Tensor:
        """From the starting policy, whose mean is zero, in nats a prompt."""
        return mean.square().sum(dim=1) / (2.0 * _SD**2)

    def loss(net: nn.Module, data: tuple[Any, ...]) -> Tensor:
        x, free = data
        mean = _FARTHEST * net(x)
        reward = proxy(torch.cat([x, mean + free], dim=1))[:, 0]
        return (settings["penalty"] * divergence(mean) - reward).mean()

    def batch(_: int) -> loop.Batch:
        size = int(settings["batch"])
        x = torch.randn(size, k, generator=random)
        return loop.Batch((x, _SD * torch.randn(size, d, generator=random)), size)

    def evaluate(net: nn.Module) -> dict[str, float]:
        nonlocal best
        means = {name: _FARTHEST * net(x) for name, x in held_out.items()}
        metrics = {"val/proxy_reward": proxy(torch.cat([held_out["val"], means["val"] + noise], dim=1)).mean().item()}
        metrics["gold/reward"] = gold(held_out["gold"], means["gold"] + noise).mean().item()
        metrics["kl"] = divergence(means["gold"]).mean().item()
        best = max(best, metrics["gold/reward"])
        return metrics

    return loop.train(loop.Task(policy, batch, loss, evaluate), settings, log) | {"gold/best": best}


def _fit(proxy: nn.Sequential, gold: Any, settings: Mapping[str, Any], random: torch.Generator) -> None:
    """The proxy, by logistic regression on comparisons of answers of the starting policy; then it is fixed."""
    n, k, d = int(settings["comparisons"]), int(settings["prompt"]), int(settings["answer"])
    x = torch.randn(n, k, generator=random)
    first, second = (_SD * torch.randn(n, d, generator=random) for _ in range(2))
    wrong = torch.rand(n, generator=random) < settings["error"]
    sign = torch.where((gold(x, first) > gold(x, second)) ^ wrong, 1.0, -1.0)
    optimizer = torch.optim.AdamW(proxy.parameters(), lr=3e-3, weight_decay=0.01)
    for _ in range(int(settings["proxy_steps"])):
        apart = proxy(torch.cat([x, first], dim=1)) - proxy(torch.cat([x, second], dim=1))
        loss = functional.softplus(-sign * apart[:, 0]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():  # rewards of the starting policy's answers have mean 0 and sd 1
        rewards = proxy(torch.cat([x, first], dim=1))
        last = cast(nn.Linear, proxy[-1])
        last.bias.sub_(rewards.mean()).div_(rewards.std())
        last.weight.div_(rewards.std())
    proxy.requires_grad_(False)


def _mlp(inputs: int, width: int, outputs: int) -> nn.Sequential:
    middle = nn.Linear(width, width)
    return nn.Sequential(nn.Linear(inputs, width), nn.SiLU(), middle, nn.SiLU(), nn.Linear(width, outputs))


PREFERENCES = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
