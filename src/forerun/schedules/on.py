"""A schedule seen on another axis: steps as tokens, samples or epochs, or more of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Card, Schedule
from forerun.core.form import Extension, Form, above_zero
from forerun.schedules.sample import quotient

CARD = Card(
    name="on",
    does="Another schedule with its axis counted in other units, so many for one of its own.",
    source="ours",
    assumes="One unit of the one axis is always as many of the other.",
    needs="params of, a schedule, and per, units for one of its own.",
    promises="Exact.",
    known_answer="Linear from 1 over 10 steps, on tokens with 100 for each: .5 at 500, 0 at 1000.",
    control="0 units for one are refused.",
)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A schedule and what its unit is worth.

    Args:
        of: the schedule.
        per: units of the new axis for one of its own.
    """

    of: Schedule
    per: float = above_zero()

    @property
    def end(self) -> float:
        """That of the schedule, in the new units."""
        return self.of.end * self.per

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.of.lr(np.where(t >= self.end, self.of.end, quotient(t, self.per)))


def _extended(schedule: Schedule, new: Extension) -> Schedule:
    of, per = schedule.params["of"], schedule.params["per"]
    return schedule.with_params(of=of.extend(new.to / per, new.how, factor=new.factor))


ON = Form(card=CARD, formula=Counted, extend=_extended)
