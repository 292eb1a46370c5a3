"""Averages of weights as parts: along a run, over its tail, over several runs from one trunk, over clients."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from forerun.recipes.abilities import Stream
from forerun.recipes.part import Setup
from forerun.recipes.slots import Averaging
from forerun.recipes.supervised.weight_average import State, WeightAverage, soup
from forerun.recipes.world import Moment


@dataclass(frozen=True)
class ExponentialAverage(Averaging):
    """`WeightAverage` of the whole run.

    Args:
        decay: share of the old average kept at each step.
    """

    name: ClassVar[str] = "ema"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"decay": (0.0, 1.0)}
    decay: float = 0.98

    def init(self, setup: Setup) -> WeightAverage:
        return WeightAverage(setup.model, decay=self.decay)

    def follow(self, state: WeightAverage, model: nn.Module, moment: Moment, optimizer: torch.optim.Optimizer) -> None:
        state.update()

    def finish(self, state: WeightAverage, model: nn.Module) -> None:
        if state.count:
            model.load_state_dict(state.state)


@dataclass(frozen=True)
class TailAverage(Averaging):
    """`WeightAverage` of a run's tail, uniformly.

    Args:
        start: the share of the steps before it.
    """

    name: ClassVar[str] = "tail"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"start": (0.0, 1.0)}
    start: float = 0.5

    def init(self, setup: Setup) -> WeightAverage:
        return WeightAverage(setup.model, decay=None)

    def follow(self, state: WeightAverage, model: nn.Module, moment: Moment, optimizer: torch.optim.Optimizer) -> None:
        if moment.step > self.start * moment.steps:
            state.update()

    def finish(self, state: WeightAverage, model: nn.Module) -> None:
        if state.count:
            model.load_state_dict(state.state)


class Copies:
    """Copies of a network's weights: those that the next leg starts from, and those that are done."""

    def __init__(self, setup: Setup, ends: tuple[int, ...] = ()) -> None:
        self.world, self.ends = setup.world, ends
        self.start = _copy(setup.model)
        self.done: list[dict[str, Tensor]] = []

    def state_dict(self) -> dict[str, Any]:
        return {"start": self.start, "done": self.done}

    def load_state_dict(self, state: Any, /) -> None:
        self.start, self.done = dict(state["start"]), [dict(one) for one in state["done"]]


@dataclass(frozen=True)
class Soup(Averaging):
    """The average of networks that are trained on from the one trained, in other orders and with a new optimizer.

    Args:
        count: of networks. steps: that each of them is trained on.
    """

    name: ClassVar[str] = "soup"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"count": (0, math.inf), "steps": (1, math.inf)}
    count: int = 4
    steps: int = 150

    def legs(self, setup: Setup) -> tuple[int, ...]:
        return (int(setup.settings["steps"]), *[self.steps] * self.count)

    def init(self, setup: Setup) -> Copies:
        return Copies(setup, tuple(itertools.accumulate(self.legs(setup))))

    def follow(self, state: Copies, model: nn.Module, moment: Moment, optimizer: torch.optim.Optimizer) -> None:
        if moment.step not in state.ends:
            return
        if moment.step == state.ends[0]:
            state.start = _copy(model)
        else:
            state.done.append(_copy(model))
        if moment.step < state.ends[-1]:
            model.load_state_dict(state.start)
            optimizer.state.clear()

    def finish(self, state: Copies, model: nn.Module) -> None:
        if state.done:
            model.load_state_dict(soup(state.done))

    def members(self, state: Copies) -> Sequence[State]:
        return state.done


@dataclass(frozen=True)
class FederatedAverage(Averaging):
    """Every client starts a round from the same weights, and the average of theirs starts the next.

    A client's turn lasts as long as the world's task; the optimizer's memory goes from one to the next.
    """

    name: ClassVar[str] = "federated"
    needs: ClassVar[tuple[type, ...]] = (Stream,)

    def init(self, setup: Setup) -> Copies:
        return Copies(setup)

    def follow(self, state: Copies, model: nn.Module, moment: Moment, optimizer: torch.optim.Optimizer) -> None:
        after = Moment(moment.step + 1, moment.steps)
        if state.world.task(after) == state.world.task(moment):
            return
        state.done.append(_copy(model))
        if len(state.done) == state.world.tasks:
            state.start, state.done = soup(state.done), []
        model.load_state_dict(state.start)


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
