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

from forerun.core import Card
from forerun.lab.world import Opened, World
from forerun.recipes.world import Comparisons, History, Moment

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
_SETTINGS: Mapping[str, Any] = {"comparisons": 2000, "error": 0.25, "width": 64, "prompt": 4, "answer": 6}
"""``comparisons`` that a proxy may learn from, of which a share ``error`` is the wrong way round."""
_TRAINING: Mapping[str, Any] = {
    "steps": 1500, "lr": 1e-4, "schedule": "constant", "optimizer": "adamw", "batch": 128, "eval_every": 50,
}  # fmt: skip
_SD = 0.5  # of the policy's answers
_FARTHEST = 3.0  # of a mean answer from zero
_GOLD = 1000


class PreferencesWorld(Opened):
    """Prompts, a policy's answers, comparisons of them, and what they are truly worth."""

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        super().__init__(seed)
        random, n = self.random, int(settings["comparisons"])
        self.k, self.d, width = (int(settings[name]) for name in ("prompt", "answer", "width"))
        self.ideal = torch.randn(self.k, self.d, generator=random) / self.k**0.5
        self.ripple = torch.randn(self.d, 8, generator=random)
        self._judge, self._policy = _mlp(self.k + self.d, width, 1), _mlp(self.k, width, self.d)
        x = torch.randn(n, self.k, generator=random)
        first, second = (_SD * torch.randn(n, self.d, generator=random) for _ in range(2))
        wrong = torch.rand(n, generator=random) < settings["error"]
        sign = torch.where((self.gold(x, first) > self.gold(x, second)) ^ wrong, 1.0, -1.0)
        self.pairs = Comparisons(x, first, second, sign)
        self.sets = {name: torch.randn(_GOLD, self.k, generator=random) for name in ("val", "gold")}
        self.noise = _SD * torch.randn(_GOLD, self.d, generator=random)

    def gold(self, x: Tensor, y: Tensor) -> Tensor:
        """Highest near an ideal answer to the prompt, with ripples."""
        near = -(y - torch.tanh(x @ self.ideal)).square().mean(dim=1)
        return near + 0.1 * torch.sin(2.0 * y @ self.ripple).mean(dim=1)

    def model(self) -> nn.Module:
        last = cast(nn.Linear, self._policy[-1])
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        return nn.Sequential(*self._policy, nn.Tanh())

    def judge(self) -> nn.Module:
        return self._judge

    def comparisons(self) -> Comparisons:
        return self.pairs

    def judged(self, judge: nn.Module) -> dict[str, float]:
        first, second = self.noise, self.noise.roll(1, dims=0)
        metrics: dict[str, float] = {}
        for name, x in self.sets.items():
            apart = judge(torch.cat([x, first], dim=1)) - judge(torch.cat([x, second], dim=1))
            better = self.gold(x, first) > self.gold(x, second)
            metrics[f"{name}/acc"] = ((apart[:, 0] > 0) == better).float().mean().item()
        return {"gold/acc": metrics["gold/acc"]}

    def attempt(self, model: nn.Module, count: int) -> tuple[Tensor, Tensor, Tensor]:
        x = torch.randn(count, self.k, generator=self.random)
        mean = _FARTHEST * model(x)
        return x, mean + _SD * torch.randn(count, self.d, generator=self.random), _divergence(mean)

    def held_out(self, model: nn.Module) -> tuple[Tensor, Tensor]:
        return self.sets["val"], _FARTHEST * model(self.sets["val"]) + self.noise

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        mean = _FARTHEST * model(self.sets["gold"])
        reward = self.gold(self.sets["gold"], mean + self.noise).mean().item()
        return {"gold/reward": reward, "kl": _divergence(mean).mean().item()}

    def summary(self, history: History) -> dict[str, float]:
        rewards = [record["gold/reward"] for record in history if "gold/reward" in record]
        return {"gold/best": max(rewards)} if rewards else {}


def _divergence(mean: Tensor) -> Tensor:
    """From the starting policy, whose mean is zero, in nats a prompt."""
    return mean.square().sum(dim=1) / (2.0 * _SD**2)


def _mlp(inputs: int, width: int, outputs: int) -> nn.Sequential:
    middle = nn.Linear(width, width)
    return nn.Sequential(nn.Linear(inputs, width), nn.SiLU(), middle, nn.SiLU(), nn.Linear(width, outputs))


PREFERENCES = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=PreferencesWorld)
