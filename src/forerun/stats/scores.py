"""Proper scores of predictive quantiles.

Throughout, ``quantiles`` has shape (..., k) along increasing ``levels`` of shape (k,), and ``y`` has shape (...).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def pinball(levels: ArrayLike, quantiles: ArrayLike, y: ArrayLike) -> Array:
    """Pinball loss at each level, shape (..., k); zero only where the quantile is the outcome.

    Example:
        >>> pinball([0.1, 0.9], [0.0, 1.0], 2.0).round(2).tolist()
        [0.2, 0.9]
    """
    tau = np.asarray(levels, dtype=np.float64)
    miss = np.asarray(y, dtype=np.float64)[..., None] - np.asarray(quantiles, dtype=np.float64)
    return np.maximum(tau * miss, (tau - 1.0) * miss)


def crps(levels: ArrayLike, quantiles: ArrayLike, y: ArrayLike) -> Array:
    """Continuous ranked probability score as 2 × mean pinball loss over evenly spaced levels, shape (...).

    Source: Gneiting and Raftery 2007, the quantile form of eq. 20; exact as the levels grow dense.

    Example:
        >>> float(crps([0.25, 0.75], [1.0, 1.0], 3.0))
        2.0
    """
    return 2.0 * pinball(levels, quantiles, y).mean(axis=-1)


def at_levels(levels: ArrayLike, quantiles: ArrayLike, wanted: ArrayLike) -> Array:
    """Quantiles at other levels, linear between the given ones and held beyond the outermost; shape (..., w).

    Example:
        >>> at_levels([0.2, 0.4], [[0.0, 2.0]], [0.3]).round(6).tolist()
        [[1.0]]
    """
    tau, q = np.asarray(levels, dtype=np.float64), np.asarray(quantiles, dtype=np.float64)
    new = np.asarray(wanted, dtype=np.float64)
    right = np.clip(np.searchsorted(tau, new), 1, tau.size - 1)
    share = np.clip((new - tau[right - 1]) / (tau[right] - tau[right - 1]), 0.0, 1.0)
    return q[..., right - 1] * (1.0 - share) + q[..., right] * share


def interval(levels: ArrayLike, quantiles: ArrayLike, mass: float) -> tuple[Array, Array]:
    """Ends of the central interval that holds ``mass``, each of shape (...).

    Example:
        >>> low, high = interval([0.1, 0.5, 0.9], [[1.0, 2.0, 3.0]], 0.8)
        >>> low.tolist(), high.tolist()
        ([1.0], [3.0])
    """
    tail = (1.0 - mass) / 2.0
    ends = at_levels(levels, quantiles, [tail, 1.0 - tail])
    return ends[..., 0], ends[..., 1]


def cdf(levels: ArrayLike, quantiles: ArrayLike, y: ArrayLike) -> Array:
    """P(outcome ≤ y), shape (...), linear between quantiles and 0 or 1 beyond.

    Example:
        >>> cdf([0.1, 0.9], [[0.0, 8.0], [0.0, 2.0]], 4.0).round(3).tolist()
        [0.5, 1.0]
    """
    tau, q = np.asarray(levels, dtype=np.float64), np.asarray(quantiles, dtype=np.float64)
    at = np.broadcast_to(np.asarray(y, dtype=np.float64), q.shape[:-1])
    right = (q <= at[..., None]).sum(axis=-1)  # the first quantile above y, past the last where none is
    above, below = np.minimum(right, tau.size - 1), np.maximum(right - 1, 0)
    high, low = (np.take_along_axis(q, one[..., None], axis=-1)[..., 0] for one in (above, below))
    share = (at - low) / np.where(high > low, high - low, 1.0)
    between = tau[below] + (tau[above] - tau[below]) * share
    return np.where(at < q[..., 0], 0.0, np.where(at > q[..., -1], 1.0, between))
