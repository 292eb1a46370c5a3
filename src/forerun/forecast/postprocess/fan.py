"""A fan drawn as one: forecasts of single points, put together without notches.

A forecaster answers each point by itself. Just beyond the last value seen its answers are the least sure of how small
they are, as it learned from leads that are longer; and where a feature has a step, so have its answers. The last point,
which is the forecast, stays as it is; those on the way are made to open from the level seen and are smoothed.
"""

from __future__ import annotations

import numpy as np

from forerun.core import Array

_FEWEST = 4
_BEGIN = 0.3  # share of the points, from the origin, along which the fan may only open
_PASSES = 3  # of weights 1, 2, 1; with the share ours, chosen by eye


def as_one(quantiles: Array, level: float) -> Array:
    """Quantiles of a fan, shape (m, k), with the points before the last smoothed; shorter fans as they are.

    Args:
        quantiles: non-decreasing along k, in order of lead.
        level: where the curve stands at the origin, in the metric's unit.

    Example:
        >>> rough = np.array([[0.1, 0.8, 1.4], [0.5, 0.9, 1.2], [0.4, 0.8, 1.2], [0.3, 0.7, 1.2], [0.2, 0.6, 1.1]])
        >>> smooth = as_one(rough, 1.0)
        >>> bool((np.diff(smooth[:, 1]) < 0).all()), smooth[-1].tolist()
        (True, [0.2, 0.6, 1.1])
    """
    m = len(quantiles)
    if m < _FEWEST:
        return quantiles
    middle = quantiles[:, quantiles.shape[1] // 2, None]
    apart = quantiles - middle
    begin = max(2, round(_BEGIN * m))
    size = np.minimum.accumulate(np.abs(apart[:begin])[::-1])[::-1]
    apart = np.concatenate([np.sign(apart[:begin]) * size, apart[begin:]])
    drawn = np.sort(_smoothed(middle, level) + _smoothed(apart, apart[0]), axis=1)
    drawn = np.clip(drawn, quantiles.min(), max(level, quantiles.max()))  # a loss that was answered above 0 stays there
    drawn[-1] = quantiles[-1]
    return drawn


def _smoothed(rows: Array, start: float | Array) -> Array:
    """Rows (m, k) under weights 1, 2, 1, held at the start before them and at the last of them."""
    first = np.broadcast_to(np.asarray(start, float), rows[:1].shape)
    path = np.concatenate([first, rows])
    for _ in range(_PASSES):
        path[1:-1] = (path[:-2] + 2.0 * path[1:-1] + path[2:]) / 4.0
    return path[1:]
