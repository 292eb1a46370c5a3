"""Items grouped by difficulty: how their rates of success go over models, and nothing of what they ask."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, BadInput

DIAMETER = 0.2
"""How far apart two items of a cluster may be: root mean square difference of rates over models; chosen on generated
suites with 100 samples, evidence/laws."""
SMALLEST = 10
"""Items below which a cluster's score is noise; the size of Xu et al. 2025."""
_CLIMBERS = 256  # start points of a round
_STEPS = 50


def cluster(rates: ArrayLike, *, diameter: float = DIAMETER, smallest: int = SMALLEST) -> NDArray[np.int_]:
    """Clusters of items alike in difficulty, hardest first; -1 for outliers.

    MeanShift with a cap on the diameter and a least size: points climb to where items are densest (flat kernel), the
    fullest ball is a cluster and leaves, and so on until none is full enough. So no cluster chains easy items to hard
    ones, and the number of clusters need not be told.

    Args:
        rates: shape (items, models), rates of success, models in any order.
        diameter: of a cluster, root mean square over models.
        smallest: items of a cluster at least.

    Raises:
        BadInput: rates outside 0 to 1, or not a matrix.

    Source: the improvements to MeanShift that Xu et al. 2025 (COD) name; the procedure is ours.

    Example:
        >>> rates = np.repeat([[0.0, 0.1, 0.2], [0.5, 0.8, 1.0], [1.0, 0.0, 1.0]], [20, 30, 3], axis=0)
        >>> np.unique(cluster(rates), return_counts=True)[1].tolist()
        [3, 20, 30]
    """
    v = np.asarray(rates, float)
    if v.ndim != 2 or not ((v >= 0) & (v <= 1)).all():
        raise BadInput(f"rates must be (items, models) between 0 and 1, but have shape {v.shape} or leave that range")
    label = np.full(len(v), -1)
    for name in range(len(v)):
        free = np.flatnonzero(label < 0)
        members = free[_fullest(v[free], diameter / 2.0)] if free.size >= smallest else free[:0]
        if members.size < smallest:
            break
        label[members] = name
    return _hardest_first(v, label)


def _fullest(v: Array, radius: float) -> NDArray[np.bool_]:
    """Members of the ball that holds the most points, among those that climbing ends in."""
    at = v[np.linspace(0, len(v) - 1, min(len(v), _CLIMBERS)).astype(int)]
    for _ in range(_STEPS):
        near = _within(at, v, radius)
        moved = np.where(near.sum(axis=1, keepdims=True) > 0, near @ v / np.maximum(near.sum(axis=1)[:, None], 1), at)
        if np.allclose(moved, at, atol=1e-6):
            break
        at = moved
    near = _within(at, v, radius)
    return near[int(np.argmax(near.sum(axis=1)))]


def _within(at: Array, v: Array, radius: float) -> NDArray[np.bool_]:
    square = (at**2).sum(axis=1)[:, None] - 2.0 * at @ v.T + (v**2).sum(axis=1)
    return square / v.shape[1] <= radius**2 + 1e-12


def _hardest_first(v: Array, label: NDArray[np.int_]) -> NDArray[np.int_]:
    count = int(label.max()) + 1
    order = np.argsort([v[label == name].mean() for name in range(count)])
    rank = np.argsort(order)
    return np.where(label >= 0, rank[label], -1) if count else label
