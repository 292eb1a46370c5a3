"""Whether values go up, told by their order alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

_LEAST_TO_FOLLOW = 10  # values that tell whether noise follows itself


def trend_z(values: ArrayLike) -> float:
    """Mann-Kendall's statistic in sds, positive when values rise; noise that follows itself counts as fewer values.

    The sd is widened for the lag-one correlation of the values beside a straight line; ties count half of neither way.
    0 for fewer than 3 values.

    Example:
        >>> round(trend_z([1.0, 2.0, 3.0, 4.0, 5.0]), 2), trend_z([1.0, 1.0, 1.0])
        (2.2, 0.0)
    """
    v = np.asarray(values, dtype=np.float64)
    n = v.size
    if n < 3:
        return 0.0
    s = float(np.sign(v[None, :] - v[:, None])[np.triu_indices(n, 1)].sum())
    _, ties = np.unique(v, return_counts=True)
    power = float(n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18.0
    if power <= 0.0 or s == 0.0:
        return 0.0
    lag = follows(v)
    return float((s - np.sign(s)) / np.sqrt(power * (1.0 + lag) / (1.0 - lag)))


def follows(values: ArrayLike) -> float:
    """Lag-one correlation of values beside a straight line, its bias mended, between 0 and .9; 0 for under ten values.

    Example:
        >>> follows([0.0, 1.0] * 10), round(follows(np.repeat([0.0, 1.0, 0.0, 1.0], 8)), 2)
        (0.0, 0.9)
    """
    v = np.asarray(values, dtype=np.float64)
    n = v.size
    if n < _LEAST_TO_FOLLOW:
        return 0.0
    t = np.arange(n) - (n - 1) / 2.0
    beside = v - v.mean() - t * float(t @ (v - v.mean())) / float(t @ t)
    power = float(beside @ beside)
    if power <= 0.0:
        return 0.0
    lag = float(beside[1:] @ beside[:-1]) / power
    return float(min(max(lag + (1.0 + 4.0 * lag) / n, 0.0), 0.9))
