"""A constant rate after a linear warmup."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Card, Schedule
from forerun.schedules.warmup import ended, planned, ramp

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


def value(schedule: Schedule, t: ArrayLike) -> Array:
    asked = np.asarray(t, float)
    peak, steps, warmup = planned(schedule)
    return ended(schedule, asked, peak * ramp(asked, warmup), steps)
