"""A cyclic curriculum: the part of the training set that an epoch shows grows and shrinks, easy examples first."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from forerun.core import BadInput
from forerun.recipes.abilities import Labelled
from forerun.recipes.part import Numbers, Setup, fitting, missing_start
from forerun.recipes.supervised.samplers import Epochs
from forerun.recipes.supervised.slots import Pacing, Sampler
from forerun.recipes.world import Batch, Moment


def share_at(epoch: int, *, lowest: float = 0.25, factor: float = 2.0) -> float:
    """The share of the training set that an epoch, counted from 0, shows.

    Example:
        >>> [share_at(epoch) for epoch in range(5)]
        [0.25, 0.5, 1.0, 0.25, 0.5]
    """
    if not 0.0 < lowest <= 1.0 or factor <= 1.0:
        raise BadInput(f"needs a lowest share in (0, 1] and a factor above 1, not {lowest:g} and {factor:g}",
                       where="cyclic_curriculum")  # fmt: skip
    shares = [lowest]
    while shares[-1] < 1.0:
        shares.append(min(1.0, shares[-1] * factor))
    return shares[epoch % len(shares)]


def subset(easy: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Indices of a share of the examples without repeats, easier ones likelier, in random order.

    Args:
        easy: shape (n,), above zero, on any device. share: in (0, 1].
        generator: of the draws; what is drawn does not depend on where the scores lie.

    Example:
        >>> sorted(subset(torch.ones(4), 1.0, torch.Generator().manual_seed(0)).tolist())
        [0, 1, 2, 3]
    """
    count = max(1, round(share * len(easy)))
    chosen = torch.multinomial(easy.to(generator.device), count, replacement=False, generator=generator)
    return chosen.to(easy.device)


@dataclass(frozen=True)
class CyclicPacing(Pacing):
    """`share_at` as a part.

    Args:
        lowest, factor: as there.
    """

    name: ClassVar[str] = "cyclic"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"lowest": (1e-6, 1.0), "factor": (1.01, math.inf)}
    lowest: float = 0.25
    factor: float = 2.0

    def share(self, moment: Moment, epoch: int) -> float:
        return share_at(epoch, lowest=self.lowest, factor=self.factor)


class Eased(Epochs):
    """An order over examples that are known to be so easy."""

    def __init__(self, setup: Setup, easy: Tensor) -> None:
        super().__init__(setup)
        self.easy = easy


@dataclass(frozen=True)
class EaseSampler(Sampler):
    """`subset` as a part: of every epoch the share that the pacing allows, easy examples likelier.

    An example is as easy as the probability is that the start, a network trained for a while, gives its label.
    """

    name: ClassVar[str] = "ease"
    needs: ClassVar[tuple[type, ...]] = (Labelled,)

    def init(self, setup: Setup) -> Eased:
        if setup.start is None:
            raise missing_start("ease", "it says how easy each example is")
        fitting(setup.start, setup.model, "start")
        scorer = copy.deepcopy(setup.model)
        scorer.load_state_dict(setup.start)
        world, moment = setup.world, Moment(1, int(setup.settings["steps"]))
        every = torch.arange(world.examples)
        with torch.no_grad():
            outputs = world.predict(scorer.eval(), world.take(every, moment)).outputs
            likely = functional.softmax(outputs, dim=1).gather(1, world.labels()[:, None])[:, 0]
        return Eased(setup, likely.clamp(min=1e-4))

    def __call__(self, state: Eased, pacing: Pacing, moment: Moment) -> tuple[Batch, Numbers]:
        def easier(members: Tensor) -> Tensor:
            share = pacing.share(moment, state.epoch)
            return members[subset(state.easy[members], share, state.world.random)]

        batch = state.world.take(state.next(easier, moment), moment)
        return batch, {"order/share": pacing.share(moment, max(0, state.epoch - 1))}
