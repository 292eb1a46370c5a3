"""One schedule, and then another from its own start."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forerun.core import Array, BadInput, Card, Schedule
from forerun.core.form import Extension, Form

CARD = Card(
    name="then",
    does="The first schedule up to its end, or up to at; from there the second, from its own start.",
    source="ours",
    assumes="Both count the same axis.",
    needs="params first and second, schedules; at, where they meet (default the end of the first).",
    promises="Exact.",
    known_answer="A constant .1 of 10 steps, then linear from .1 over 10: .1 at 9 and 10, .05 at 15, 0 at 20.",
    control="Schedules over different axes are refused.",
)


@dataclass(frozen=True, kw_only=True)
class Then:
    """Two schedules in turn.

    Args:
        first, second: over the same axis.
        at: where the second takes over; the first's end where it is not given.
    """

    first: Schedule
    second: Schedule
    at: float | None = None

    @cached_property
    def meets(self) -> float:
        """Where the second takes over.

        Raises:
            BadInput: the first has no end.
        """
        meets = self.first.end if self.at is None else self.at
        if math.isinf(meets):
            raise BadInput("the first has no end: say at, where the second takes over", where="schedule 'then'")
        return meets

    @property
    def end(self) -> float:
        """The second's."""
        return self.meets + self.second.end

    def lr(self, t: Array) -> Array:
        """The value at t."""
        before = t < self.meets
        values = np.empty_like(t)
        values[before] = self.first.lr(t[before])
        values[~before] = self.second.lr(t[~before] - self.meets)
        return values


def _extended(schedule: Schedule, new: Extension) -> Schedule:
    """What comes second is extended, and the first stays as it was."""
    second: Schedule = schedule.params["second"]
    meets = schedule.end - second.end
    if new.to <= meets:
        raise BadInput(f"the second begins at {meets:g}, after the new end {new.to:g}", where="schedule 'then'")
    return schedule.with_params(at=meets, second=second.extend(new.to - meets, new.how, factor=new.factor))


THEN = Form(card=CARD, formula=Then, extend=_extended)
