"""Half a cosine from the peak to a share of it, after a linear warmup."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card, Schedule
from forerun.schedules.form import Form
from forerun.schedules.warmup import done, planned, planned_end, ramp

CARD = Card(
    name="cosine",
    does="Rises over the warmup, then falls along half a cosine to a share of the peak at the end.",
    source="Loshchilov and Hutter 2017, without restarts",
    assumes="The end is known.",
    needs="params peak, steps; warmup and final, a share of the peak (default 0).",
    promises="Exact.",
    known_answer="peak .1, steps 110, warmup 10: .1 at 10, .05 at 60, 0 at 110.",
    control="Past the end with policy error it raises.",
)


def _value(schedule: Schedule, t: Array) -> Array:
    peak, steps, warmup, final = planned(schedule, "final")
    left = final + (1.0 - final) * 0.5 * (1.0 + np.cos(np.pi * done(t, warmup, steps)))
    return peak * ramp(t, warmup) * left


COSINE = Form(card=CARD, value=_value, end=planned_end)
