"""What a schedule that is designed has to keep to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Schedule
from forerun.core.frozen import Noun
from forerun.laws.design.nodes import nodes_of


@dataclass(frozen=True, eq=False)
class Constraints(Noun):
    """What a schedule that is designed has to keep to.

    Args:
        steps: its horizon in optimizer steps; the warmup and what lies behind count.
        peak: the rate that the warmup rises to; of a run that is resumed, the rate from which it goes on.
        warmup: steps of the rise; 0 for a run that is resumed, whose past has its own.
        floor: the lowest rate, as a share of the peak.
        sudden: whether the rate may fall within a single step; laws reward that more than runs do (`optimum`).
        past: the schedule of the run that is resumed, over steps; ``since`` is the step at which it is.

    Raises:
        BadInput: a number that means nothing, or nothing left to design.

    Example:
        >>> Constraints(steps=1000, peak=3e-4, warmup=100).start
        100
    """

    steps: float
    peak: float
    warmup: float = 0.0
    floor: float = 0.0
    sudden: bool = False
    past: Schedule | None = None
    since: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, number in (("steps", self.steps), ("peak", self.peak)):
            if not 0 < number < math.inf:
                raise BadInput(f"{name} must be a finite number above 0, but is {number}", where="design")
        if not 0 <= self.floor < 1:
            raise BadInput(f"floor is a share of the peak, 0 or more and below 1, not {self.floor:g}", where="design")
        if not 0 <= self.start < self.steps:
            raise BadInput(
                f"the design begins at step {self.start:g} of {self.steps:g}: nothing is left; ask for more steps",
                where="design",
            )
        if self.past is not None and self.warmup:
            raise BadInput("a run that is resumed has its warmup behind it: leave warmup out", where="design")

    @property
    def start(self) -> float:
        """The step at which the design begins: after the warmup, or where the run is resumed."""
        return self.warmup if self.past is None else self.since

    def behind(self) -> tuple[Array, Array]:
        """Steps and rates up to where the design begins, that node left out."""
        if self.past is not None and self.since:
            x, rate = nodes_of(self.past, self.since)
            return x[:-1], rate[:-1]
        rises = np.zeros(1 if self.warmup else 0)
        return rises, rises

    def whole(self, name: str, **params: object) -> Schedule:
        """A schedule of this form from where the design begins, after what is fixed before it."""
        rest = Schedule(name, params)
        return rest if self.past is None else self.past.then(rest, at=self.since)
