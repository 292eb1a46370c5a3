"""The slots of policy gradients: what answers are worth, and how much better that is than could be expected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from forerun.recipes.abilities import Episodic
from forerun.recipes.part import Numbers, Part, Setup
from forerun.recipes.world import AnswerScores, PolicyAnswers


@dataclass(frozen=True)
class Reward(Part):
    """What a policy is paid, given what its answers are worth: here the same."""

    name: ClassVar[str] = "verified"

    def init(self, setup: Setup) -> Any:
        return _Random(setup.world.random)

    def __call__(self, state: Any, reward: Tensor, group: int) -> Tensor:
        return reward


class _Random:
    """The world's generator, which the training saves."""

    def __init__(self, random: torch.Generator) -> None:
        self.random = random

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: Any, /) -> None: ...


@dataclass(frozen=True)
class ShuffledReward(Reward):
    """Another answer's of the same group, or of the batch where a group is one: a control of every policy gradient."""

    name: ClassVar[str] = "shuffled"

    def __call__(self, state: Any, reward: Tensor, group: int) -> Tensor:
        if group == 1:
            return reward[torch.randperm(len(reward), generator=state.random)]
        rows = reward.unflatten(0, (-1, group))
        return torch.stack([row[torch.randperm(group, generator=state.random)] for row in rows]).flatten(0, 1)


Expected = tuple[Tensor, Tensor | None, Numbers]
"""Advantages without gradient, (b,) or (b, t); a loss beside the policy's, of what expects; and numbers to log."""


@dataclass(frozen=True)
class Advantage(Part):
    """How much better answers, or their moves, are than could be expected; and a loss of what expects."""

    def __call__(self, state: Any, answers: PolicyAnswers, scores: AnswerScores) -> Expected:
        raise NotImplementedError


@dataclass(frozen=True)
class GroupMean(Advantage):
    """The reward above the mean of the answers to the same prompt (GRPO without its scale; Liu et al. 2025).

    An answer that is paid move by move is worth their sum.
    """

    name: ClassVar[str] = "group_mean"

    def __call__(self, state: Any, answers: PolicyAnswers, scores: AnswerScores) -> Expected:
        reward = answers.reward if answers.reward.dim() == 1 else answers.reward.sum(dim=1)
        rows = reward.view(-1, answers.group)
        equal = (rows == rows[:, :1]).all(dim=1).float().mean()
        return (rows - rows.mean(dim=1, keepdim=True)).flatten(), None, {"policy/zero_groups": equal}


@dataclass(frozen=True)
class LearnedValue(Advantage):
    """The discounted rewards to come above what the policy's own estimate expects, which learns from their squares.

    Args:
        discount: of a reward for each move before it. weight: of the estimate's loss.
    """

    name: ClassVar[str] = "learned_value"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"discount": (0.0, 1.0), "weight": (0.0, math.inf)}
    needs: ClassVar[tuple[type, ...]] = (Episodic,)
    discount: float = 0.9
    weight: float = 0.5

    def __call__(self, state: Any, answers: PolicyAnswers, scores: AnswerScores) -> Expected:
        assert scores.values is not None
        move = torch.arange(answers.reward.shape[1], device=answers.reward.device)
        ahead = answers.reward @ (self.discount ** (move[:, None] - move)).tril()
        surprise = ahead - scores.values
        return surprise.detach(), self.weight * surprise.square().mean(), {}


@dataclass(frozen=True)
class Reduction(Part):
    """How an answer's log-probabilities and their advantages become one number."""

    def __call__(self, advantage: Tensor, logp: Tensor) -> Tensor:
        raise NotImplementedError


@dataclass(frozen=True)
class WholeAnswers(Reduction):
    """Sums over the moves of an answer, means over answers."""

    name: ClassVar[str] = "whole"

    def __call__(self, advantage: Tensor, logp: Tensor) -> Tensor:
        if advantage.dim() == 1:
            return -(advantage * logp.sum(dim=1)).mean()
        return -(advantage * logp).sum(dim=1).mean()


@dataclass(frozen=True)
class PerToken(Reduction):
    """Means over all moves of the batch."""

    name: ClassVar[str] = "per_token"

    def __call__(self, advantage: Tensor, logp: Tensor) -> Tensor:
        return -(advantage * logp if advantage.dim() == 2 else advantage[:, None] * logp).mean()
