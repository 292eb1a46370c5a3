"""A schedule times a constant."""

from __future__ import annotations

from typing import cast

from forerun.core import Array, Card, Schedule
from forerun.schedules.evaluate import end, value
from forerun.schedules.form import Form

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


def _of(schedule: Schedule) -> Schedule:
    return cast(Schedule, schedule.params["of"])


def _value(schedule: Schedule, t: Array) -> Array:
    return float(schedule.params["by"]) * value(_of(schedule), t)


def _end(schedule: Schedule) -> float:
    return end(_of(schedule))


SCALE = Form(card=CARD, value=_value, end=_end)
