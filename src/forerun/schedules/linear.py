"""Linear decay to a share of the peak, after a linear warmup."""

from __future__ import annotations

from forerun.core import Array, Card, Schedule
from forerun.schedules.form import Form
from forerun.schedules.warmup import done, planned, planned_end, ramp

CARD = Card(
    name="linear",
    does="Rises over the warmup, then falls in a straight line to a share of the peak at the end.",
    source="Defazio et al. 2023 (the last iterate's bound is least under linear decay); standard",
    assumes="The end is known.",
    needs="params peak, steps; warmup and final, a share of the peak (default 0).",
    promises="Exact.",
    known_answer="peak .1, steps 110, warmup 10: .05 at 5, .1 at 10, .05 at 60, 0 at 110.",
    control="Past the end with policy error it raises.",
)


def _value(schedule: Schedule, t: Array) -> Array:
    peak, steps, warmup, final = planned(schedule, "final")
    left = 1.0 - (1.0 - final) * done(t, warmup, steps)
    return peak * ramp(t, warmup) * left


LINEAR = Form(card=CARD, value=_value, end=planned_end)
