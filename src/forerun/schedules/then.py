"""One schedule, and then another from its own start."""

from __future__ import annotations

from typing import cast

import numpy as np

from forerun.core import Array, Card, Schedule
from forerun.schedules.evaluate import end, value
from forerun.schedules.form import Form

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


def _meets(schedule: Schedule) -> float:
    at = schedule.params.get("at")
    return end(_first(schedule)) if at is None else float(at)


def _first(schedule: Schedule) -> Schedule:
    return cast(Schedule, schedule.params["first"])


def _second(schedule: Schedule) -> Schedule:
    return cast(Schedule, schedule.params["second"])


def _value(schedule: Schedule, t: Array) -> Array:
    meets = _meets(schedule)
    before = t < meets
    values = np.empty_like(t)
    values[before] = value(_first(schedule), t[before])
    values[~before] = value(_second(schedule), t[~before] - meets)
    return values


def _end(schedule: Schedule) -> float:
    return _meets(schedule) + end(_second(schedule))


THEN = Form(card=CARD, value=_value, end=_end)
