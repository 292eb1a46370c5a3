"""A policy that climbs a learned reward, held to where it started by a penalty on its divergence from there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import nn

from forerun.recipes.abilities import Comparable
from forerun.recipes.engine import Engine, StepLoss, TrainingMethod
from forerun.recipes.part import Setup, fitting, missing_start
from forerun.recipes.preferences.reward_model import reward_of
from forerun.recipes.world import Moment


@dataclass(frozen=True)
class AscentEngine(Engine):
    """Gradient ascent on a reward that the start has learned, through answers that are differentiable.

    Args:
        penalty: on the divergence from the starting policy, in sds of the reward a nat.
    """

    penalty: float = 0.0

    kind: ClassVar[str] = "ascent"
    needs: ClassVar[tuple[type, ...]] = (Comparable,)
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"penalty": (0.0, math.inf)}
    phases: ClassVar[tuple[str, ...]] = ("train", "reward", "evaluate")

    def init(self, setup: Setup) -> TrainingMethod:
        return AscentMethod(self, setup)


class AscentMethod(TrainingMethod):
    """`AscentEngine` at work."""

    def __init__(self, engine: AscentEngine, setup: Setup) -> None:
        if setup.start is None:
            raise missing_start(engine.kind, "it is the reward")
        super().__init__(setup, {})
        self.engine, self.size = engine, int(setup.settings["batch"])
        self.proxy: nn.Module = setup.world.judge()
        fitting(setup.start, self.proxy, "start")
        self.proxy.load_state_dict(setup.start)
        self.proxy.requires_grad_(False)

    def loss(self, moment: Moment) -> StepLoss:
        prompts, answers, divergence = self.world.attempt(self.model, self.size)
        reward = self.meter.reward(lambda: reward_of(self.proxy, prompts, answers))
        numbers: dict[str, Any] = {"reward/mean": reward.detach().mean(), "kl_train": divergence.detach().mean()}
        return StepLoss((self.engine.penalty * divergence - reward).mean(), len(prompts), 0, numbers)

    def evaluate(self, moment: Moment) -> dict[str, float]:
        reward = reward_of(self.proxy, *self.world.held_out(self.model)).mean().item()
        return {"val/proxy_reward": reward} | super().evaluate(moment)
