"""Bandits that switch: a recurrent policy learns by reinforcement to find the best arm, and to find it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from forerun.core import Card
from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.workload import Workload

CARD = Card(
    name="bandits",
    does="Trains a recurrent policy by REINFORCE on bandits whose best arm switches within an episode.",
    source="ours, after Wang et al. 2016 and Duan et al. 2016 (learning to reinforcement-learn)",
    assumes="Nothing.",
    needs="The extra [lab]; 15 seconds.",
    promises="gold/reward is of bandits never trained on, 0 for arms at random and 1 for the best arm always.",
    known_answer="With the defaults gold/reward ends above 0.3.",
    control="Where rewards are shuffled over the batch it stays near 0.",
)
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "steps": 600,
    "lr": 5e-3,
    "schedule": "constant",
    "optimizer": "adamw",
    "clip": 1.0,
    "batch": 64,
    "eval_every": 25,
    "arms": 4,
    "episode": 30,
    "switch": 0.05,
    "width": 32,
    "entropy": 0.01,
    "shuffled": 0,
}
"""``switch``: the chance at each pull that another arm becomes the best; ``entropy``: the weight of the policy's
entropy; ``shuffled``: 1 gives every episode another one's rewards."""
_GOOD, _BAD = 0.9, 0.1  # chances of a reward of the best arm and of the others
_GOLD, _VALID, _DISCOUNT = 256, 128, 0.9


class _Policy(nn.Module):
    """Arms pulled, one-hot, and their rewards -> logits of the next arm and an estimate of what is to come."""

    def __init__(self, arms: int, width: int) -> None:
        super().__init__()
        self.arms = arms
        self.memory = nn.GRU(arms + 1, width, batch_first=True)
        self.arm, self.worth = nn.Linear(width, arms), nn.Linear(width, 1)

    def forward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        states, _ = self.memory(observations)
        return self.arm(states), self.worth(states)[..., 0]

    def play(self, bests: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Episodes: what was observed before each pull (n, t, arms + 1), the arms pulled and their rewards (n, t)."""
        count, length = bests.shape
        observation, state = torch.zeros(count, self.arms + 1), torch.zeros(count, self.memory.hidden_size)
        weights, one_hot, race = [*self.memory.parameters()], torch.eye(self.arms), torch.empty(count, self.arms)
        steps: list[tuple[Tensor, ...]] = []
        for t in range(length):
            state = torch.gru_cell(observation, state, *weights)
            drawn = torch.softmax(self.arm(state), dim=-1) / race.exponential_(generator=random)  # as multinomial does
            pulled = drawn.argmax(dim=1)
            chance = torch.where(pulled == bests[:, t], _GOOD, _BAD)
            reward = (torch.rand(count, generator=random) < chance).float()
            steps.append((observation, pulled, reward))
            observation = torch.cat([one_hot[pulled], reward[:, None]], dim=1)
        observed, pulled, reward = (torch.stack(part, dim=1) for part in zip(*steps, strict=True))
        return observed, pulled, reward


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Train; see `_DEFAULTS`."""
    random = loop.seeded(seed)
    arms, length = int(settings["arms"]), int(settings["episode"])
    policy = _Policy(arms, int(settings["width"]))
    held_out = {
        name: _bests(count, length, arms, settings["switch"], random)
        for name, count in (("val", _VALID), ("gold", _GOLD))
    }

    pull = torch.arange(length)
    discount = (_DISCOUNT ** (pull[:, None] - pull)).tril()  # of each reward, from each pull up to it

    def batch(_: int) -> loop.Batch:
        count = int(settings["batch"])
        return loop.Batch((_bests(count, length, arms, settings["switch"], random),), count)

    def loss(net: _Policy, data: tuple[Any, ...]) -> Tensor:
        with torch.no_grad():
            observed, pulled, reward = net.play(data[0], random)
        logits, worth = net(observed)
        if settings["shuffled"]:
            reward = reward[torch.randperm(len(reward), generator=random)]
        ahead = reward @ discount
        log_p = torch.log_softmax(logits, dim=-1)
        chosen = log_p.gather(-1, pulled[..., None])[..., 0]
        spread = -(log_p.exp() * log_p).sum(dim=-1).mean()
        surprise = ahead - worth
        return -(surprise.detach() * chosen).mean() + 0.5 * surprise.square().mean() - settings["entropy"] * spread

    def evaluate(net: _Policy) -> dict[str, float]:
        fixed = torch.Generator().manual_seed(seed)
        metrics: dict[str, float] = {}
        for name, bests in held_out.items():
            reward = net.play(bests, fixed)[2].mean().item()
            chance = _BAD + (_GOOD - _BAD) / arms
            metrics[f"{name}/reward"] = (reward - chance) / (_GOOD - chance)
        return metrics

    return loop.train(loop.Task(policy, batch, loss, evaluate), settings, log)


def _bests(count: int, length: int, arms: int, switch: float, random: torch.Generator) -> Tensor:
    """The best arm at every pull of every episode, (count, length)."""
    best = torch.randint(arms, (count,), generator=random)
    bests = []
    for _ in range(length):
        bests.append(best)
        moved = torch.rand(count, generator=random) < switch
        best = torch.where(moved, (best + torch.randint(1, arms, (count,), generator=random)) % arms, best)
    return torch.stack(bests, dim=1)


BANDITS = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
