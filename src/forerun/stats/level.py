"""The level of the last values and how well it is known, noise that follows itself counted as fewer values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.stats.trend import follows

_LAG_SDS, _LAG_MOST = 0.5, 0.97  # how far above its estimate the noise's correlation is taken to lie, and at most


@dataclass(frozen=True)
class Level:
    """A mean and its standard error, in the unit of the values."""

    mean: float
    error: float


def last_level(values: ArrayLike, n: int) -> Level:
    """Mean of the last n values; its error from twice as many, beside a straight line.

    Example:
        >>> level = last_level([0.0, 9.0, 1.0, 3.0, 1.0, 3.0], 2)
        >>> level.mean, round(level.error, 2)
        (2.0, 1.15)
    """
    y = np.asarray(values, dtype=np.float64)
    recent = y[-2 * n :]
    return Level(float(y[-n:].mean()), noise_of_means(recent, n))


def noise_of_means(values: ArrayLike, n: int) -> float:
    """Standard error of a mean of n such values: their sd beside a straight line, widened for their correlation."""
    y = np.asarray(values, dtype=np.float64)
    if y.size < 3:
        return 0.0
    t = np.arange(y.size) - (y.size - 1) / 2.0
    beside = y - y.mean() - t * float(t @ y) / float(t @ t)
    sd = float(np.sqrt(beside @ beside / (y.size - 2)))
    lag = follows(y)
    lag = min(lag + _LAG_SDS * float(np.sqrt((1.0 - lag**2) / y.size)), _LAG_MOST)
    return sd * float(np.sqrt((1.0 + lag) / (1.0 - lag) / n))
