"""Supervised training: examples, a loss on what the network makes of them, and what is added to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from forerun.core import BadInput
from forerun.recipes.abilities import Supervised
from forerun.recipes.engine import Engine, StepLoss, Table, TrainingMethod
from forerun.recipes.part import Numbers, Setup, merged
from forerun.recipes.supervised.averages import ExponentialAverage, FederatedAverage, Soup, TailAverage
from forerun.recipes.supervised.cyclic_curriculum import CyclicPacing, EaseSampler
from forerun.recipes.supervised.early_learning import EarlyLearningLoss
from forerun.recipes.supervised.ghost_batch_norm import GhostNormLayers
from forerun.recipes.supervised.magnitude_ticket import MaskedStart, ScaledStart
from forerun.recipes.supervised.qk_norm import QKNormLayers
from forerun.recipes.supervised.samplers import (
    EasyFirst,
    FreshSampler,
    GradedSampler,
    HardFirst,
    ShuffledSampler,
    UniformSampler,
    WholeSampler,
)
from forerun.recipes.supervised.slots import LossPart, Pacing, PlainLoss, RandomTargets, Sampler, TargetMask, Term
from forerun.recipes.supervised.z_loss import ZLoss
from forerun.recipes.world import Moment, Predicted


@dataclass(frozen=True)
class SupervisedEngine(Engine):
    """Training on examples with what is right.

    Args:
        sampler: which examples a step is taken on; None for what the world suggests. pacing: how much of the data may
            be shown. mask: which targets count. loss: what a prediction costs. terms: what is added to that.
    """

    sampler: Sampler | None = None
    pacing: Pacing = Pacing()
    mask: TargetMask = TargetMask()
    loss: LossPart = PlainLoss()
    terms: tuple[Term, ...] = ()

    kind: ClassVar[str] = "supervised"
    needs: ClassVar[tuple[type, ...]] = (Supervised,)
    table: ClassVar[Table] = {
        **Engine.table,
        "sampler": {part.name: part for part in (
            FreshSampler, WholeSampler, UniformSampler, ShuffledSampler, GradedSampler, EaseSampler,
        )},
        "pacing": {part.name: part for part in (Pacing, CyclicPacing, EasyFirst, HardFirst)},
        "mask": {part.name: part for part in (TargetMask, RandomTargets)},
        "loss": {part.name: part for part in (PlainLoss, EarlyLearningLoss)},
        "terms": {ZLoss.name: ZLoss},
        "layers": {part.name: part for part in (QKNormLayers, GhostNormLayers)},
        "start": {**Engine.table["start"], **{part.name: part for part in (MaskedStart, ScaledStart)}},
        "average": {**Engine.table["average"], **{part.name: part for part in (
            ExponentialAverage, TailAverage, Soup, FederatedAverage,
        )}},
    }  # fmt: skip

    def init(self, setup: Setup) -> TrainingMethod:
        return SupervisedMethod(self, setup)


class SupervisedMethod(TrainingMethod):
    """`SupervisedEngine` at work."""

    def __init__(self, engine: SupervisedEngine, setup: Setup) -> None:
        self.engine, self.sampler = engine, engine.sampler or FreshSampler()
        working = [("sampler", self.sampler), ("mask", engine.mask), ("loss", engine.loss)]
        working += [("terms", term) for term in engine.terms]
        super().__init__(setup, {f"{slot}/{part.name}": part.init(setup) for slot, part in working})

    def loss(self, moment: Moment) -> StepLoss:
        engine = self.engine
        batch, drawn = self.sampler(self.states[f"sampler/{self.sampler.name}"], engine.pacing, moment)
        prediction, masked = self._apply("mask", engine.mask, self.world.predict(self.model, batch))
        loss, numbers = self._apply("loss", engine.loss, prediction)
        for term in engine.terms:
            more, said = self._apply("terms", term, prediction)
            loss, numbers = loss + more, {**numbers, **said}
        return StepLoss(loss, batch.samples, batch.tokens, merged([drawn, masked, numbers]))

    def _apply(self, slot: str, part: TargetMask | LossPart | Term, prediction: Predicted) -> tuple[Any, Numbers]:
        """What a part makes of a prediction.

        Raises:
            BadInput: it writes into the prediction, which belongs to the parts after it too.
        """
        given = (prediction.outputs, prediction.targets)
        before = [tensor._version for tensor in given]
        made = part(self.states[f"{slot}/{part.name}"], prediction)
        if before != [tensor._version for tensor in given]:
            raise BadInput("writes into the outputs or targets that it is given; let it copy them",
                           where=f"{slot} {part.name}")  # fmt: skip
        return made
