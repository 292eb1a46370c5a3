"""Noise of unit variance, one value a point; multiply by the standard deviation that is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, cast

import numpy as np

from forerun.core import Array

Rng = np.random.Generator
NoiseName = Literal["normal", "student_t4", "autocorrelated", "heteroscedastic"]


def white(n: int, rng: Rng) -> Array:
    """Independent and normal.

    Example:
        >>> bool(abs(white(10_000, np.random.default_rng(0)).std() - 1) < 0.05)
        True
    """
    return rng.standard_normal(n)


def heavy(n: int, rng: Rng, freedom: float = 4.0) -> Array:
    """Independent, of Student's t: now and then a value lies far off.

    Args:
        freedom: degrees of freedom, above 2; the fewer, the further off.

    Example:
        >>> draws = [abs(kind(10_000, np.random.default_rng(0))).max() for kind in (heavy, white)]
        >>> bool(draws[0] > 2 * draws[1])
        True
    """
    return rng.standard_t(freedom, size=n) / np.sqrt(freedom / (freedom - 2.0))


def following(n: int, rng: Rng, follow: float) -> Array:
    """Normal, each value following the one before (an autoregression of order one, in its steady state).

    Args:
        follow: the correlation of neighbours, in [0, 1).

    Example:
        >>> values = following(10_000, np.random.default_rng(0), 0.9)
        >>> round(float(np.corrcoef(values[1:], values[:-1])[0, 1]), 1)
        0.9
    """
    free = rng.standard_normal(n)
    free[1:] *= np.sqrt(1.0 - follow**2)
    return autoregression(free, follow)


def autoregression(free: Array, follow: float) -> Array:
    """What ``y[i] = follow y[i-1] + free[i]`` makes of independent values, from nothing before them.

    Example:
        >>> autoregression(np.array([1.0, 0.0, 0.0]), 0.5).tolist()
        [1.0, 0.5, 0.25]
    """
    if follow == 0.0:
        return free
    from scipy import signal  # slow to import, and few need it

    return np.asarray(cast(Any, signal).lfilter([1.0], [1.0, -follow], free))


def wandering(n: int, rng: Rng) -> Array:
    """A random walk whose last value has unit variance.

    Example:
        >>> ends = [wandering(100, np.random.default_rng(seed))[-1] for seed in range(400)]
        >>> bool(abs(np.std(ends) - 1) < 0.1)
        True
    """
    return np.cumsum(rng.standard_normal(n)) / np.sqrt(n)


def fading(n: int, rng: Rng, fall: float = 4.0) -> Array:
    """Normal, its sd falling in even shares from the first value to the last, as where a learning rate falls.

    Args:
        fall: how many times smaller the last sd is than the first, above 0.

    Example:
        >>> values = fading(10_000, np.random.default_rng(0))
        >>> round(float(values[:300].std() / values[-300:].std())), round(float(values.std()), 1)
        (4, 1.0)
    """
    sds = np.geomspace(fall, 1.0, n)
    return sds / np.sqrt(np.mean(sds**2)) * rng.standard_normal(n)


NOISES: dict[NoiseName, Callable[[int, Rng], Array]] = {
    "normal": white,
    "student_t4": heavy,
    "autocorrelated": lambda n, rng: following(n, rng, 0.8),
    "heteroscedastic": fading,
}
"""Families of noise of unit variance, by name."""
