"""Split conformal by group: how much wider (or narrower) intervals must be to hold what they promise on a new group.

Each interval is stretched about its median by the quantile, over past cases, of the stretch that would just have held
the outcome. Cases of one group (runs of one task) are alike, so groups weigh the same and the level is raised by one
group in n + 1: the promise is for a group drawn like those seen, and not for one group in particular.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def stretches(levels: Array, quantiles: Array, outcome: Array, groups: Sequence[str]) -> Array:
    """The stretch of each level's distance from the median.

    Args:
        levels: shape (k,), symmetric about 0.5. quantiles: shape (n, k). outcome: shape (n,). groups: n names.

    Returns:
        shape (k,), 1 where nothing need change; the same for a level and its mirror, and 1 at the median.

    Source: conformalised quantile regression (Romano, Patterson, Candès 2019), its multiplicative form; groups as in
    hierarchical conformal prediction (Dunn, Wasserman, Ramdas 2022), subsampling replaced by weights.

    Example:
        >>> levels = np.array([0.1, 0.5, 0.9])
        >>> quantiles = np.tile([-1.0, 0.0, 1.0], (99, 1))
        >>> stretches(levels, quantiles, np.linspace(-4, 4, 99), [str(i) for i in range(99)]).round(1).tolist()
        [3.3, 1.0, 3.3]
    """
    middle = quantiles[:, int(np.argmin(np.abs(levels - 0.5)))]
    _, group, count = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    weight = 1.0 / count[group]
    factors = np.ones(levels.size)
    for j in np.flatnonzero(levels > 0.5):
        mirror = int(np.argmin(np.abs(levels - (1.0 - levels[j]))))
        up = outcome >= middle
        side = np.where(up, quantiles[:, j] - middle, middle - quantiles[:, mirror])
        needed = np.abs(outcome - middle) / np.maximum(side, 1e-12)
        mass = min(1.0, (2.0 * levels[j] - 1.0) * (1.0 + 1.0 / count.size))
        factors[j] = factors[mirror] = _weighted_quantile(needed, weight, mass)
    return factors


def stretched(levels: Array, quantiles: Array, stretch: Array) -> Array:
    """Quantiles (n, k) with every distance from the median stretched, never crossing.

    Example:
        >>> stretched(np.array([0.1, 0.5, 0.9]), np.array([[1.0, 2.0, 4.0]]), np.array([2.0, 1.0, 2.0])).tolist()
        [[0.0, 2.0, 6.0]]
    """
    i = int(np.argmin(np.abs(levels - 0.5)))
    away = (quantiles - quantiles[:, i : i + 1]) * stretch
    away[:, i:] = np.maximum.accumulate(away[:, i:], axis=1)
    away[:, : i + 1] = np.minimum.accumulate(away[:, i::-1], axis=1)[:, ::-1]
    return quantiles[:, i : i + 1] + away


def _weighted_quantile(values: Array, weight: Array, share: float) -> float:
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][min(int(np.searchsorted(upto, share - 1e-12)), values.size - 1)])
