"""A long curve in a few points: means over bins that are even in log x, so the recent part is not thinned most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Condensed:
    """Bin means.

    Args:
        x: shape (b,), mean x of each bin.
        y: shape (b,), mean y of each bin.
        count: shape (b,), points in each bin; the mean's noise variance is 1/count of a point's.
    """

    x: Array
    y: Array
    count: Array


def condense(x: ArrayLike, y: ArrayLike, most: int = 64) -> Condensed:
    """At most ``most`` points: the curve itself when it is short, else bin means.

    Half of the bins are even in the index and half in its logarithm, so early fast change and the recent level both
    keep their detail. Bins are never empty.

    Args:
        x: shape (n,), increasing.
        y: shape (n,), finite.
        most: number of bins, at least 2.

    Example:
        >>> condense([1, 2, 3, 4, 5, 6], [1, 1, 1, 3, 3, 3], most=2).y.tolist()
        [1.0, 2.2]
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    n = xs.size
    if n <= most:
        return Condensed(xs, ys, np.ones(n))
    half = most // 2
    starts = np.concatenate([np.linspace(0, n, half + 1)[:-1], np.geomspace(1, n, most - half + 1)[:-1]])
    edges = np.unique(np.floor(starts).astype(np.int64))
    count = np.diff(np.append(edges, n)).astype(np.float64)
    return Condensed(np.add.reduceat(xs, edges) / count, np.add.reduceat(ys, edges) / count, count)
