"""Where the variance of scores comes from: items, tries of one item, seeds. Estimates by analysis of variance.

All are unbiased, so a component that is nothing is estimated below 0 as often as above; below 0 means none to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import BadInput


@dataclass(frozen=True)
class Nested:
    """Variance between groups, and between values of one group; in the squared unit of the values."""

    between: float
    within: float


@dataclass(frozen=True)
class Crossed:
    """Variance of rows, of columns, and of what is left (their interaction and noise); in the squared unit."""

    rows: float
    columns: float
    rest: float


def nested_variance(values: ArrayLike, groups: ArrayLike) -> Nested:
    """Variance between items and between tries of one item; items may have been tried unequally often.

    Args:
        values: shape (n,), finite.
        groups: shape (n,), the item of each.

    Raises:
        BadInput: fewer than 2 items, or none tried twice.

    Source: Searle, Casella and McCulloch 1992.

    Example:
        >>> nested_variance([3.0, 1.0, 6.0, 4.0], ["a", "a", "b", "b"])
        Nested(between=3.5, within=2.0)
    """
    v = np.asarray(values, np.float64)
    _, group, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    n, k = v.size, sizes.size
    if k < 2 or n == k:
        raise BadInput(f"needs 2 groups or more, and one with 2 values, but has {n} values in {k} groups")
    means = np.bincount(group, v) / sizes
    within = float(((v - means[group]) ** 2).sum()) / (n - k)
    between = float((sizes * (means - v.mean()) ** 2).sum()) / (k - 1)
    size = (n - float((sizes**2).sum()) / n) / (k - 1)
    return Nested((between - within) / size, within)


def crossed_variance(values: ArrayLike) -> Crossed:
    """Variance of items and of seeds, from scores of every item with every seed.

    Args:
        values: shape (items, seeds), finite.

    Raises:
        BadInput: fewer than 2 rows or columns.

    Source: Searle, Casella and McCulloch 1992.

    Example:
        >>> crossed_variance([[1.0, 2.0], [3.0, 4.0]])
        Crossed(rows=2.0, columns=0.5, rest=0.0)
    """
    v = np.asarray(values, np.float64)
    if v.ndim != 2 or min(v.shape) < 2:
        raise BadInput(f"needs 2 rows and 2 columns or more, but has shape {v.shape}")
    (n, m), row, column = v.shape, v.mean(axis=1), v.mean(axis=0)
    rest = float(((v - row[:, None] - column + v.mean()) ** 2).sum()) / ((n - 1) * (m - 1))
    return Crossed(float(row.var(ddof=1)) - rest / m, float(column.var(ddof=1)) - rest / n, rest)
