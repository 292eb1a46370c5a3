"""Any schedule as a few knots that a person can drag."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, BadInput, Schedule
from forerun.schedules.path import RatePath

MOST = 16
"""Knots that can be dragged; arbitrary."""
_NODES = 800
_CLOSE = 2e-3  # of the peak, within which the sketch follows


def sketch(schedule: Schedule, *, most: int = MOST) -> Schedule:
    """A schedule as knots with straight pieces between them: each further one where the sketch is farthest off.

    Raises:
        BadInput: it has no end.

    Example:
        >>> wsd = Schedule("wsd", {"peak": 1.0, "steps": 1000, "warmup": 100, "cooldown": 200})
        >>> knots = sketch(wsd)
        >>> knots.params["x"].tolist(), knots.params["value"].tolist()
        ([0.0, 100.0, 800.0, 1000.0], [0.0, 1.0, 1.0, 0.0])
        >>> cosine = Schedule("cosine", {"peak": 1.0, "steps": 1000})
        >>> at = np.arange(1001.0)
        >>> len(sketch(cosine).params["x"]), bool(np.abs(sketch(cosine).lr(at) - cosine.lr(at)).max() < 0.01)
        (16, True)
    """
    if not np.isfinite(schedule.end):
        raise BadInput("it has no end: say how long it is", where=f"schedule {schedule.name!r}")
    path = RatePath.of(schedule, np.array([schedule.end]), nodes=_NODES)
    x, rate = path.x, path.rate
    chosen = [0, x.size - 1]
    while len(chosen) < most:
        off = np.abs(rate - np.interp(x, x[chosen], rate[chosen]))
        if off.max() <= _CLOSE * rate.max():
            break
        chosen = sorted({*chosen, int(off.argmax())})
    return Schedule("knots", {"x": _rounded(x[chosen]), "value": rate[chosen]}, schedule.axis)


def _rounded(x: Array) -> Array:
    """Whole steps where that tells them apart."""
    whole = np.rint(x)
    return whole if (np.diff(whole) > 0).all() and whole[-1] == x[-1] else x
