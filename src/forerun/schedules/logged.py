"""A path: the value as it was logged, held from one record to the next."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card, Schedule
from forerun.schedules.form import Form

CARD = Card(
    name="path",
    does="A logged value: at each t the latest record at or before it, NaN before the first.",
    source="ours",
    assumes="The value changed only where it was logged.",
    needs="params x (increasing) and value, of equal length.",
    promises="Exact at every record.",
    known_answer="x = 0, 10 with values 0.1, 0 gives 0.1 at 9 and 0 at 10.",
    control="Past the end with policy error it raises.",
)


def _value(schedule: Schedule, t: Array) -> Array:
    x, logged = (np.asarray(schedule.params[name], dtype=np.float64) for name in ("x", "value"))
    index = np.searchsorted(x, t, side="right") - 1
    return np.where(index >= 0, logged[np.maximum(index, 0)], np.nan)


def _end(schedule: Schedule) -> float:
    return float(schedule.params["x"][-1])


PATH = Form(card=CARD, value=_value, end=_end)
