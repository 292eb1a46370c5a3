"""Policy gradient: a policy answers prompts, is paid, and what was better than expected becomes likelier.

grad J = E[ A grad log pi ]: what algorithms differ in is the advantage A, and how answers become one number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from forerun.core import BadInput
from forerun.recipes.abilities import Supervised, Verifiable
from forerun.recipes.engine import Engine, StepLoss, Table, TrainingMethod
from forerun.recipes.part import Setup
from forerun.recipes.policy.slots import (
    Advantage,
    GroupMean,
    LearnedValue,
    PerToken,
    Reduction,
    Reward,
    ShuffledReward,
    WholeAnswers,
)
from forerun.recipes.supervised.averages import ExponentialAverage, TailAverage
from forerun.recipes.supervised.slots import scored
from forerun.recipes.world import Batch, Moment, PolicyAnswers


@dataclass(frozen=True)
class PolicyEngine(Engine):
    """Learning from one's own answers, one update to each batch of them.

    Args:
        reward: what the policy is paid. advantage: above what. reduction: to one number.
        group: answers to a prompt. entropy: weight of the policy's entropy, in nats a move.
        shown: the share of the steps, the first ones, that are taken on shown answers instead; needs a world with
            examples where it is above 0.
    """

    reward: Reward = Reward()
    advantage: Advantage = GroupMean()
    reduction: Reduction = WholeAnswers()
    group: int = 8
    entropy: float = 0.0
    shown: float = 0.0

    kind: ClassVar[str] = "policy"
    needs: ClassVar[tuple[type, ...]] = (Verifiable,)
    phases: ClassVar[tuple[str, ...]] = ("train", "sample", "reward", "evaluate")
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"group": (1, math.inf), "shown": (0.0, 1.0)}
    table: ClassVar[Table] = {
        **Engine.table,
        "reward": {part.name: part for part in (Reward, ShuffledReward)},
        "advantage": {part.name: part for part in (GroupMean, LearnedValue)},
        "reduction": {part.name: part for part in (WholeAnswers, PerToken)},
        "average": {**Engine.table["average"], "ema": ExponentialAverage, "tail": TailAverage},
    }  # fmt: skip

    def check(self, world: object, where: str) -> None:
        super().check(world, where)
        if self.shown:
            Engine.check(_SHOWN, world, where)

    def init(self, setup: Setup) -> TrainingMethod:
        return PolicyMethod(self, setup)


@dataclass(frozen=True)
class _Shown(Engine):
    """What shown answers need of a world."""

    kind: ClassVar[str] = "policy with shown answers"
    needs: ClassVar[tuple[type, ...]] = (Supervised,)


_SHOWN = _Shown()


class PolicyMethod(TrainingMethod):
    """`PolicyEngine` at work."""

    def __init__(self, engine: PolicyEngine, setup: Setup) -> None:
        self.engine, self.size = engine, int(setup.settings["batch"])
        if self.size < engine.group:
            raise BadInput(f"a batch of {self.size} holds no group of {engine.group} answers", where=engine.kind)
        working = {"reward": engine.reward, "advantage": engine.advantage}
        super().__init__(setup, {f"{slot}/{part.name}": part.init(setup) for slot, part in working.items()})

    def loss(self, moment: Moment) -> StepLoss:
        if moment.step <= round(self.engine.shown * moment.steps):
            batch = self.world.fresh(self.size, moment)
            loss = scored(self.world.predict(self.model, batch), self.world.criterion)
            return StepLoss(loss, batch.samples, batch.tokens, {})
        engine = self.engine
        prompts = self.world.prompts(self.size // engine.group)
        answers = self.answered(prompts)
        scores = self.world.score(self.model, answers.data)
        advantage, beside, numbers = engine.advantage(
            self.states[f"advantage/{engine.advantage.name}"], answers, scores
        )
        loss = engine.reduction(advantage, scores.logp)
        if beside is not None:
            loss = loss + beside
        entropy = scores.entropy.mean()
        if engine.entropy:
            loss = loss - engine.entropy * entropy
        numbers = {**numbers, "reward/mean": answers.reward.mean(), "policy/entropy": entropy.detach()}
        return StepLoss(loss, answers.samples, prompts.tokens * engine.group, numbers)

    def answered(self, prompts: Batch) -> PolicyAnswers:
        """The policy's answers, and what it is paid for them."""
        group, symbols = self.engine.group, self.world.symbols(prompts) * self.engine.group
        data = self.meter.sample(self.model, lambda: self.world.answer(self.model, prompts, group), symbols)
        worth = self.meter.reward(lambda: self.world.reward(data))
        paid = self.engine.reward(self.states[f"reward/{self.engine.reward.name}"], worth, group)
        return PolicyAnswers(data, paid, group, prompts.samples * group, symbols)
