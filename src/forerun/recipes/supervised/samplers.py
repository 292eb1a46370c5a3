"""Samplers: which examples a step is taken on, and in what order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from forerun.recipes.abilities import Endless, Finite, Graded, Stream
from forerun.recipes.part import Numbers, Setup
from forerun.recipes.supervised.slots import Pacing, Sampler
from forerun.recipes.world import Batch, Moment


class Epochs:
    """Where a sampler stands: what is still to be shown of the epoch, its number, and the task it is of."""

    def __init__(self, setup: Setup) -> None:
        self.world, self.size = setup.world, int(setup.settings["batch"])
        self.queue = torch.zeros(0, dtype=torch.long)
        self.epoch = self.task = 0

    def next(self, of: Any, moment: Moment) -> Tensor:
        """The next indices; ``of`` makes an epoch's, in order, of those that may be shown."""
        task = self.world.task(moment) if isinstance(self.world, Stream) else 0
        if task != self.task:
            self.task, self.queue = task, self.queue[:0]
        while len(self.queue) < self.size:
            self.queue = torch.cat([self.queue, of(self.world.members(moment))])
            self.epoch += 1
        index, self.queue = self.queue[: self.size], self.queue[self.size :]
        return index

    def state_dict(self) -> dict[str, Any]:
        return {"queue": self.queue, "epoch": self.epoch, "task": self.task}

    def load_state_dict(self, state: Any, /) -> None:
        self.queue, self.epoch, self.task = state["queue"], state["epoch"], state["task"]


@dataclass(frozen=True)
class FreshSampler(Sampler):
    """New examples at every step."""

    name: ClassVar[str] = "fresh"
    needs: ClassVar[tuple[type, ...]] = (Endless,)

    def init(self, setup: Setup) -> Any:
        return Epochs(setup)

    def __call__(self, state: Epochs, pacing: Pacing, moment: Moment) -> tuple[Batch, Numbers]:
        return state.world.fresh(state.size, moment), {}


@dataclass(frozen=True)
class WholeSampler(Sampler):
    """All examples at every step."""

    name: ClassVar[str] = "whole"
    needs: ClassVar[tuple[type, ...]] = (Finite,)

    def init(self, setup: Setup) -> Any:
        return Epochs(setup)

    def __call__(self, state: Epochs, pacing: Pacing, moment: Moment) -> tuple[Batch, Numbers]:
        return state.world.take(state.world.members(moment), moment), {}


@dataclass(frozen=True)
class UniformSampler(Sampler):
    """Examples drawn with replacement."""

    name: ClassVar[str] = "uniform"
    needs: ClassVar[tuple[type, ...]] = (Finite,)

    def init(self, setup: Setup) -> Any:
        return Epochs(setup)

    def __call__(self, state: Epochs, pacing: Pacing, moment: Moment) -> tuple[Batch, Numbers]:
        members = state.world.members(moment)
        drawn = torch.randint(len(members), (state.size,), generator=state.world.random)
        return state.world.take(members[drawn], moment), {}


@dataclass(frozen=True)
class ShuffledSampler(Sampler):
    """Epochs: every example once, in an order drawn anew."""

    name: ClassVar[str] = "shuffled"
    needs: ClassVar[tuple[type, ...]] = (Finite,)

    def init(self, setup: Setup) -> Any:
        return Epochs(setup)

    def __call__(self, state: Epochs, pacing: Pacing, moment: Moment) -> tuple[Batch, Numbers]:
        def shuffled(members: Tensor) -> Tensor:
            return members[torch.randperm(len(members), generator=state.world.random)]

        return state.world.take(state.next(shuffled, moment), moment), {"epoch": state.epoch - 1}


@dataclass(frozen=True)
class GradedSampler(Sampler):
    """New examples of the level that the pacing has come to."""

    name: ClassVar[str] = "graded"
    needs: ClassVar[tuple[type, ...]] = (Graded,)

    def init(self, setup: Setup) -> Any:
        return Epochs(setup)

    def __call__(self, state: Epochs, pacing: Pacing, moment: Moment) -> tuple[Batch, Numbers]:
        most = state.world.levels
        level = 1 + min(int(pacing.share(moment, 0) * most), most - 1)
        return state.world.graded(torch.full((state.size,), level)), {"order/level": level}


@dataclass(frozen=True)
class EasyFirst(Pacing):
    """The share of the training that is done."""

    name: ClassVar[str] = "easy_first"

    def share(self, moment: Moment, epoch: int) -> float:
        return (moment.step - 1) / moment.steps


@dataclass(frozen=True)
class HardFirst(Pacing):
    """The share of the training that is still to come: the control of `EasyFirst`."""

    name: ClassVar[str] = "hard_first"

    def share(self, moment: Moment, epoch: int) -> float:
        return 1.0 - moment.step / moment.steps
