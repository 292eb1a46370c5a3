"""A schedule times a constant."""

from __future__ import annotations

import math
from dataclasses import dataclass

from forerun.core import Array, Card, Schedule
from forerun.core.form import Form, at_least
from forerun.schedules.extending import within

CARD = Card(
    name="scale",
    does="Another schedule's value times a constant, over the same t and with the same end.",
    source="ours",
    assumes="Nothing of the schedule that is scaled.",
    needs="params of, a schedule, and by.",
    promises="Exact.",
    known_answer="A cosine with peak .1 scaled by .5 is the cosine with peak .05.",
    control="A factor that is not finite is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """A schedule and a factor.

    Args:
        of: the schedule.
        by: what its value is multiplied by.
    """

    of: Schedule
    by: float = at_least(-math.inf)

    @property
    def end(self) -> float:
        """That of the schedule."""
        return self.of.end

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.by * self.of.lr(t)


SCALE = Form(card=CARD, formula=Scaled, extend=within)
