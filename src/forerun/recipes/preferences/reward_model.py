"""A reward learned from comparisons: the answer that was preferred is to score higher (Bradley and Terry 1952)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.recipes.abilities import Comparable
from forerun.recipes.engine import Engine, StepLoss, TrainingMethod
from forerun.recipes.part import Setup
from forerun.recipes.world import Moment


def bradley_terry(apart: Tensor) -> Tensor:
    """The mean loss of how far the preferred answers score above the others, in nats.

    Example:
        >>> round(bradley_terry(torch.zeros(3)).item(), 4)  # log 2
        0.6931
    """
    return functional.softplus(-apart).mean()


def reward_of(model: nn.Module, prompts: Tensor, answers: Tensor) -> Tensor:
    """What a learned reward gives to answers, (n,)."""
    return model(torch.cat([prompts, answers], dim=1))[:, 0]


@dataclass(frozen=True)
class RewardEngine(Engine):
    """Logistic regression of which answer is preferred, on all comparisons at once; rewards end with mean 0, sd 1."""

    kind: ClassVar[str] = "reward_model"
    needs: ClassVar[tuple[type, ...]] = (Comparable,)

    def network(self, world: Any) -> nn.Module:
        return world.judge()

    def init(self, setup: Setup) -> TrainingMethod:
        return RewardMethod(setup)


class RewardMethod(TrainingMethod):
    """`RewardEngine` at work."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, {})
        self.pairs = setup.world.comparisons()

    def loss(self, moment: Moment) -> StepLoss:
        x, pairs = self.pairs.prompts, self.pairs
        apart = pairs.sign * (reward_of(self.model, x, pairs.first) - reward_of(self.model, x, pairs.second))
        return StepLoss(bradley_terry(apart), len(apart), 0, {"train/accuracy": (apart > 0).float().mean()})

    def evaluate(self, moment: Moment) -> dict[str, float]:
        return self.world.judged(self.model)

    @torch.no_grad()
    def finish(self) -> None:
        rewards = reward_of(self.model, self.pairs.prompts, self.pairs.first)
        last = cast(nn.Linear, list(self.model.children())[-1])
        last.bias.sub_(rewards.mean()).div_(rewards.std())
        last.weight.div_(rewards.std())
