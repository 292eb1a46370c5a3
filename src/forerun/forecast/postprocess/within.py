"""Quantiles kept where a metric must stay, without a kink: near a bound they bend towards it and never reach it.

Away from the bound a quantile is left as it is. Closer to it than a fifth of what the curve itself has kept, it goes on
in the logarithm of the distance: x = b exp((q - b) / b) for a distance q below b, which meets the line at b with the
same slope, is monotone, and is above zero for every q. A forecast of a positive loss is so one of its logarithm where
that matters.
"""

from __future__ import annotations

import numpy as np

from forerun.core import Array

_BEND = 0.2  # share of the least distance seen at which the bend begins; ours
_DEEPEST = -600.0  # exponent below which float64 has nothing left


def within(quantiles: Array, values: Array, low: float, high: float) -> Array:
    """Quantiles, any shape, moved into (low, high); as they are where a bound is infinite.

    Args:
        quantiles: in the metric's unit.
        values: shape (n,), as logged, all within the bounds. Where the last of them lie on a bound it is a value
            the metric takes, and quantiles beyond are it.
        low, high: bounds, infinite where there is none.

    Example:
        >>> within(np.array([-1.0, 0.05, 0.5]), np.array([2.0, 1.0]), 0.0, np.inf).round(4).tolist()
        [0.0005, 0.0945, 0.5]
        >>> within(np.array([0.9, 1.2]), np.array([0.5, 1.0]), 0.0, 1.0).tolist()
        [0.9, 1.0]
    """
    if np.isfinite(low):
        quantiles = low + _bent(quantiles - low, float(values.min()) - low)
    if np.isfinite(high):
        quantiles = high - _bent(high - quantiles, high - float(values.max()))
    return quantiles


def _bent(distance: Array, nearest: float) -> Array:
    """Distances from a bound, made positive; the nearest that the curve has come to it is zero or more."""
    begin = _BEND * nearest
    if begin <= 0.0:
        return np.maximum(distance, 0.0)
    below = distance < begin
    if not below.any():
        return distance
    exponent = np.minimum((distance - begin) / begin, 0.0)
    return np.where(below, begin * np.exp(np.maximum(exponent, _DEEPEST)), distance)
