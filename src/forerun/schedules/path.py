"""A path: the value as it was logged, held from one record to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Card, Schedule

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


def value(schedule: Schedule, t: ArrayLike) -> Array:
    x, logged = (np.asarray(schedule.params[name], float) for name in ("x", "value"))
    asked = np.asarray(t, float)
    past = asked > x[-1]
    if schedule.past_end == "error" and past.any():
        raise BadInput(f"t={asked[past].min():g} lies past the end of the path, {x[-1]:g}", where="schedule 'path'")
    index = np.searchsorted(x, asked, side="right") - 1
    held = np.where(index >= 0, logged[np.maximum(index, 0)], np.nan)
    return np.where(past & (schedule.past_end == "zero"), 0.0, held)
