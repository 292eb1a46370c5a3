"""What remains of a schedule, from its own zero."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Array, Card, Schedule
from forerun.core.form import Extension, Form

CARD = Card(
    name="rebase",
    does="Another schedule from a point on, counted from that point.",
    source="ours",
    assumes="What goes on with it counts from 0 at that point.",
    needs="params of, a schedule, and at, a point of its axis.",
    promises="Exact: the value at t is the other's at at + t, past its end too.",
    known_answer="Linear from 1 over 10 from 5 on: .5 at 0, 0 at 5.",
    control="A point before 0 is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Rebased:
    """A schedule and where it is taken up.

    Args:
        of: the schedule.
        at: the point of its axis that counts as 0.
    """

    of: Schedule
    at: float

    @property
    def end(self) -> float:
        """What is left of the schedule; nothing past its end."""
        return max(self.of.end - self.at, 0.0)

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.of.lr(self.at + t)


def _extended(schedule: Schedule, new: Extension) -> Schedule:
    of, at = schedule.params["of"], schedule.params["at"]
    return schedule.with_params(of=of.extend(new.to + at, new.how, factor=new.factor))


REBASE = Form(card=CARD, formula=Rebased, extend=_extended)
