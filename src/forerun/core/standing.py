"""Where a curve stands: its best value, where that lies, and how long ago it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core.curve import Curve


@dataclass(frozen=True)
class Standing:
    """The best value of a curve, and what has come since.

    Args:
        best: the best finite value, by the curve's direction; the first of several equal ones.
        best_x: where it was logged, in units of the axis.
        last: the last finite value. last_x: the last x logged.
        since: x gone by since the best, in units of the axis; 0 when the last point is the best.
        points_since: points logged since.
    """

    best: float
    best_x: float
    last: float
    last_x: float
    since: float
    points_since: int


def standing(curve: Curve) -> Standing | None:
    """Where the curve stands; None where no value is finite.

    Example:
        >>> standing(Curve([10, 20, 30, 40], [3.0, 1.0, 2.0, 2.5], metric="val/loss"))
        Standing(best=1.0, best_x=20.0, last=2.5, last_x=40.0, since=20.0, points_since=2)
    """
    finite = np.flatnonzero(np.isfinite(curve.y))
    if not finite.size:
        return None
    y = curve.y[finite]
    at = int(finite[np.argmin(y) if curve.direction == "min" else np.argmax(y)])
    best_x, last_x = float(curve.x[at]), float(curve.x[-1])
    return Standing(
        best=float(curve.y[at]),
        best_x=best_x,
        last=float(y[-1]),
        last_x=last_x,
        since=last_x - best_x,
        points_since=len(curve) - 1 - at,
    )
