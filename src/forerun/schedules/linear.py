"""Linear decay to a share of the peak, after a linear warmup."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Card, Schedule
from forerun.schedules.warmup import done, ended, planned, ramp

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


def value(schedule: Schedule, t: ArrayLike) -> Array:
    asked = np.asarray(t, float)
    peak, steps, warmup, final = planned(schedule, "final")
    left = 1.0 - (1.0 - final) * done(asked, warmup, steps)
    return ended(schedule, asked, peak * ramp(asked, warmup) * left, steps)
