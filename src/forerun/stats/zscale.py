"""The scale-free space in which forecasts are scored and the calibrated baseline is learned.

``z = asinh(2 (y - c) / s)`` with ``c`` the median of the last three values seen and ``s`` a spread of the seen part:
linear near the last value, logarithmic far from it, so that one diverging curve cannot swamp a mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.stats.ragged import Ragged

Array = NDArray[np.float64]
_FAR = 600.0  # sinh of more overflows float64


@dataclass(frozen=True)
class ZScale:
    """Centre and spread of a seen part."""

    center: float
    scale: float

    def to_z(self, y: ArrayLike) -> Array:
        """Values in the metric's unit to z."""
        return np.arcsinh(2.0 * (np.asarray(y, dtype=np.float64) - self.center) / self.scale)

    def from_z(self, z: ArrayLike) -> Array:
        """Values in z to the metric's unit."""
        bounded = np.clip(np.asarray(z, dtype=np.float64), -_FAR, _FAR)
        with np.errstate(over="ignore"):
            y = self.center + self.scale * np.sinh(bounded) / 2.0
        return np.clip(y, -_LARGEST, _LARGEST)


_LARGEST = float(np.finfo(np.float64).max) / 4


def zscale(values: ArrayLike) -> ZScale:
    """The z scale of the values seen so far.

    ``scale = max(q90 - q10, median |diff|, 1e-3 |last|, 1e-8)``.

    Args:
        values: shape (n,), finite, in order, n ≥ 1.

    Example:
        >>> scale = zscale([3.0, 2.0, 1.0, 1.0, 1.0])
        >>> scale.center, round(scale.scale, 3), float(scale.to_z(1.0))
        (1.0, 1.6, 0.0)
    """
    center, scale = center_and_scale(Ragged.of([np.asarray(values, dtype=np.float64)]))
    return ZScale(float(center[0]), float(scale[0]))


def center_and_scale(curves: Ragged) -> tuple[Array, Array]:
    """What `zscale` is made of, of many curves at once, shape (rows,) each.

    Example:
        >>> center, scale = center_and_scale(Ragged.of([np.array([3.0, 2.0, 1.0, 1.0, 1.0]), np.array([6.0, 4.0])]))
        >>> center.tolist(), scale.round(3).tolist()
        ([1.0, 5.0], [1.6, 2.0])
    """
    low, high = curves.quantile(0.1, 0.9)
    steps, latest = curves.steps(), Ragged.of([row[-3:] for row in curves.rows()])
    typical = steps.like(np.abs(steps.values)).median()
    least = np.maximum(1e-3 * np.abs(curves.last()), 1e-8)
    return latest.median(), np.maximum(np.maximum(high - low, typical), least)
