"""Recalibration by the probability integral transform, in normal scores: a shift and a spread that mend forecasts.

If a forecast's quantiles are right, the levels at which outcomes fall are uniform, and their normal scores Φ⁻¹(level)
standard normal. Where past scores have mean m and sd s instead, the quantile that really holds p below it is the one
that was called Φ(m + s Φ⁻¹(p)). Beyond the outermost levels quantiles are continued straight in the normal score.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
_FARTHEST = 3.0  # a score beyond counts as this: one run that blew up must not widen all others; see evidence/forecast
_PRIOR = 2.0  # groups that speak for a standard normal before any is seen; arbitrary
_TAIL = 4  # levels whose slope is continued outwards


def normal_scores(levels: Array, quantiles: Array, outcome: Array) -> Array:
    """Where outcomes fell, as normal scores.

    Args:
        levels: shape (k,). quantiles: shape (n, k), increasing. outcome: shape (n,).

    Returns:
        shape (n,).

    Example:
        >>> levels = np.linspace(0.05, 0.95, 19)
        >>> normal_scores(levels, special.ndtri(levels)[None] * 2.0, np.array([3.0])).round(2).tolist()
        [1.5]
    """
    score = special.ndtri(levels)
    return np.array([_continued(q, score, np.array([y]))[0] for q, y in zip(quantiles, outcome, strict=True)])


def shift_and_spread(scores: Array, groups: Sequence[str]) -> tuple[float, float]:
    """Mean and sd of normal scores, groups weighing the same, drawn to 0 and 1 while groups are few.

    Source: recalibration as in Kuleshov, Fenner, Ermon 2018, their isotonic map replaced by two numbers.

    Example:
        >>> even = special.ndtri(np.linspace(0.005, 0.995, 100))
        >>> [round(v, 2) for v in shift_and_spread(0.5 + 0.4 * even, [str(i) for i in range(100)])]
        [0.49, 0.4]
    """
    _, group, count = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    weight = 1.0 / count[group]
    kept = np.clip(scores, -_FARTHEST, _FARTHEST)
    mean = float(weight @ kept / weight.sum())
    sd = float(np.sqrt(weight @ (kept - mean) ** 2 / weight.sum()))
    trust = float(weight.sum() / (weight.sum() + _PRIOR))
    return trust * mean, max(sd, 1e-3) ** trust


def recalibrated(levels: Array, quantiles: Array, shift: float, spread: float) -> Array:
    """Quantiles (n, k) at the levels that hold what those promise.

    Example:
        >>> levels = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
        >>> recalibrated(levels, special.ndtri(levels)[None], 1.0, 2.0).round(2).tolist()
        [[-1.56, -0.05, 1.0, 2.05, 3.56]]
    """
    score = special.ndtri(levels)
    return np.stack([_continued(score, q, shift + spread * score) for q in np.atleast_2d(quantiles)])


def _continued(x: Array, y: Array, at: Array) -> Array:
    """y interpolated at points, the slope over the outer levels continued outwards."""
    tail = min(_TAIL, x.size - 1)
    out = np.interp(at, x, y)
    low, high = at < x[0], at > x[-1]
    out[low] = y[0] + (at[low] - x[0]) * (y[tail] - y[0]) / max(x[tail] - x[0], 1e-12)
    out[high] = y[-1] + (at[high] - x[-1]) * (y[-1] - y[-1 - tail]) / max(x[-1] - x[-1 - tail], 1e-12)
    return out
