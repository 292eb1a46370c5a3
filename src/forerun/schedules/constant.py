"""A constant rate after a linear warmup."""

from __future__ import annotations

from forerun.core import Array, Card, Schedule
from forerun.schedules.form import Form
from forerun.schedules.warmup import planned, planned_end, ramp

CARD = Card(
    name="constant",
    does="Rises over the warmup and stays at the peak.",
    source="standard",
    assumes="Nothing is gained by cooling down, or it is done elsewhere.",
    needs="params peak, steps; warmup (default 0).",
    promises="Exact.",
    known_answer="peak .1, warmup 10: .05 at 5, .1 at 10 and after.",
    control="Past the end with policy error it raises.",
)


def _value(schedule: Schedule, t: Array) -> Array:
    peak, _, warmup = planned(schedule)
    return peak * ramp(t, warmup)


CONSTANT = Form(card=CARD, value=_value, end=planned_end)
