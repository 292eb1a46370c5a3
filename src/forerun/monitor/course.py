"""Where curves are heading by their last values, and how far noise moves them beside that.

A course is a straight line in one over the root of how many values came before: losses that fall by a power of the step
lie near such a line for as long as the count grows fourfold, and late ones near one in the count itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array
from forerun.stats.robust import MAD_TO_SD

CLIP = 3.0
"""Robust sds at which a value counts no further."""
_TURNED = 3.0  # standard errors of a slope below which a course is level: a slope costs certainty of what lies ahead
_LAG_MOST = 0.9  # of the noise's correlation
_FEW = 8.0  # an sd is raised by this over how many independent values tell it,
_FEWEST = 24.0  # and tells nothing of fewer


@dataclass(frozen=True)
class Courses:
    """Of each of k windows the course of its values.

    Args:
        level: shape (k,), in the middle of the window.
        slope: shape (k,), in the unit of the values, over one over the root of the count.
        middle: shape (k,), where that is.
        sd: shape (k,), of the noise, as wide as its correlation makes means; infinite where too few values tell it.
        digit: shape (k,), the least move, which is the last digit where values are rounded.
    """

    level: Array
    slope: Array
    middle: Array
    sd: Array
    digit: Array

    def at(self, places: NDArray[np.intp], rows: NDArray[np.intp]) -> Array:
        """What is expected at places (n,), counted from the first value, by the courses of the given rows (n,)."""
        return self.level[rows] + self.slope[rows] * (bent(places) - self.middle[rows])


def bent(places: NDArray[np.intp]) -> Array:
    """What a course is a line in."""
    return 1.0 / np.sqrt(places + 1.0)


def courses(windows: Array, places: NDArray[np.intp]) -> Courses:
    """The courses of windows of values.

    Args:
        windows: shape (k, n).
        places: shape (k, n), which value of the curve each is, from 0.

    Example:
        >>> values = np.array([1.0, 3.0] * 20 + [99.0, 3.0])
        >>> course = courses(values[None], np.arange(42)[None])
        >>> course.level.round(1).tolist(), course.digit.tolist()
        ([2.4], [2.0])
    """
    n, u = windows.shape[1], bent(places)
    middle = u.mean(axis=1, keepdims=True)
    t = u - middle
    power = np.square(t).sum(axis=1, keepdims=True)
    level, slope = _line(windows, t, power)
    beside, reach = _clipped(windows - level - slope * t, None)
    more, steeper = _line(beside, t, power)
    level, slope = level + more, slope + steeper
    beside, _ = _clipped(windows - level - slope * t, reach)
    sd = _long_sd(beside, n)
    slope = np.where(np.abs(slope) * np.sqrt(power) > _TURNED * sd, slope, 0.0)
    moves = np.abs(np.diff(windows, axis=1))
    digit = np.min(np.where(moves > 0.0, moves, np.inf), axis=1)
    return Courses(level[:, 0], slope[:, 0], middle[:, 0], sd[:, 0], np.where(np.isfinite(digit), digit, 0.0))


def _line(values: Array, t: Array, power: Array) -> tuple[Array, Array]:
    return values.mean(axis=1, keepdims=True), (t * values).sum(axis=1, keepdims=True) / power


def _clipped(beside: Array, reach: Array | None) -> tuple[Array, Array]:
    """What lies beside a line, as far as it counts."""
    if reach is None:
        reach = CLIP * MAD_TO_SD * np.median(np.abs(beside), axis=1, keepdims=True)
    return np.clip(beside, -reach, reach), reach


def _long_sd(beside: Array, n: int) -> Array:
    """Root n times the standard error of a mean of many such values, for noise that follows itself (k, 1)."""
    power = np.square(beside).sum(axis=1, keepdims=True) + 1e-300
    lag = (beside[:, 1:] * beside[:, :-1]).sum(axis=1, keepdims=True) / power
    lag = np.clip(lag + (1.0 + 4.0 * lag) / n, 0.0, _LAG_MOST)
    independent = n * (1.0 - lag) / (1.0 + lag)
    sd = np.sqrt(power / (n - 2) * (1.0 + lag) / (1.0 - lag)) * (1.0 + _FEW / independent)
    return np.where(independent < _FEWEST, np.inf, sd)
