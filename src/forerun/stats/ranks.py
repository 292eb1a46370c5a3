"""How far order agrees with order: rank correlation and the area under the curve, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from forerun.core import Array, BadInput, Undecided

_FEWEST = 4  # points below which the interval of a rank correlation has no formula: n - 3 degrees


@dataclass(frozen=True)
class Association:
    """A rank correlation, -1 to 1, or an area under the curve, 0 to 1.

    Args:
        value: the estimate.
        low, high: its confidence interval.
        n: points that it rests on.
    """

    value: float
    low: float
    high: float
    n: int


def rank_correlation(
    first: ArrayLike, second: ArrayLike, groups: ArrayLike | None = None, *, level: float = 0.95
) -> Association | Undecided:
    """Spearman's correlation of two columns; with groups, of the ranks within each.

    Args:
        first, second: shape (n,), one value a point; not finite ones rank below or above all by their sign, nan last.
        groups: shape (n,), labels: points are ranked among those of their own group, so that what differs between
            groups alone explains nothing.
        level: of the interval, which rests on Fisher's z with a variance of (1 + r² / 2) / (n - 3), one degree less
            for each further group.

    Returns:
        Undecided under four points, or where a column does not vary within any group.

    Raises:
        BadInput: columns of different lengths.

    Source: Spearman 1904; interval of Bonett and Wright 2000, which takes both columns to be normal after some
    monotone change.

    Example:
        >>> rank_correlation([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4, 3, 6, 5, 8, 7])
        Association(value=0.904..., low=0.427..., high=0.987..., n=8)
    """
    columns = [np.asarray(one, dtype=np.float64) for one in (first, second)]
    labels = np.zeros(columns[0].size) if groups is None else np.asarray(groups)
    if not columns[0].shape == columns[1].shape == labels.shape:
        raise BadInput(f"{columns[0].size} and {columns[1].size} values, {labels.size} labels", where="ranks")
    a, b = (_centred_ranks(one, labels) for one in columns)
    degrees = a.size - 2 - np.unique(labels).size
    power = float(a @ a) * float(b @ b)
    if degrees < _FEWEST - 3 or power <= 0.0:
        return Undecided(f"{a.size} points, or values all alike", "at least 4 points of different values in a group")
    r = float(np.clip(float(a @ b) / np.sqrt(power), -1.0, 1.0))
    reach = float(special.ndtri(0.5 + level / 2)) * np.sqrt((1.0 + r * r / 2.0) / degrees)
    z = np.arctanh(np.clip(r, -1.0 + 1e-12, 1.0 - 1e-12))
    return Association(r, float(np.tanh(z - reach)), float(np.tanh(z + reach)), a.size)


def auc(low: ArrayLike, high: ArrayLike, *, level: float = 0.95) -> Association | Undecided:
    """How likely a value of the second kind is above one of the first, ties counted half.

    Args:
        low, high: shapes (m,) and (n,), values of the two kinds.
        level: of the interval, by scores: those areas that the estimate does not refute, so that a perfect separation
            of few points is not taken for certain.

    Returns:
        Undecided where either kind has no value.

    Source: Hanley and McNeil 1982; the interval is method 5 of Newcombe 2006.

    Example:
        >>> auc([1, 2, 3, 4], [3, 4, 5, 6])
        Association(value=0.875, low=0.452..., high=0.981..., n=8)
    """
    a, b = (np.asarray(one, dtype=np.float64) for one in (low, high))
    if not a.size or not b.size:
        return Undecided(f"{a.size} values of one kind and {b.size} of the other", "values of both kinds")
    z, value = float(special.ndtri(0.5 + level / 2)), area(a, b)
    bounds = [_score_bound(value, a.size, b.size, z, end) for end in (0.0, 1.0)]
    return Association(value, bounds[0], bounds[1], a.size + b.size)


def area(low: ArrayLike, high: ArrayLike) -> float:
    """The area under the curve alone, NaN where either kind has no value.

    Example:
        >>> area([1, 2, 3, 4], [3, 4, 5, 6])
        0.875
    """
    a, b = (np.asarray(one, dtype=np.float64) for one in (low, high))
    if not a.size or not b.size:
        return float("nan")
    order = ranks(np.concatenate([a, b]))
    return (float(order[a.size :].sum()) - b.size * (b.size + 1) / 2.0) / (a.size * b.size)


def ranks(values: ArrayLike) -> Array:
    """The place of each value in their order, from 1; equal ones share the mean of theirs.

    Example:
        >>> ranks([3.0, 1.0, 3.0])
        array([2.5, 1. , 2.5])
    """
    _, place, count = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2.0)[place]


def _centred_ranks(values: Array, labels: Array) -> Array:
    places = np.zeros(values.size)
    for label in np.unique(labels):
        own = labels == label
        places[own] = ranks(np.where(np.isnan(values[own]), np.inf, values[own]))
        places[own] -= places[own].mean()
    return places


def _score_bound(area: float, m: int, n: int, z: float, end: float) -> float:
    """The area towards 0 or 1 whose own error just reaches the estimate."""
    more = (m + n) / 2.0 - 1.0

    def off(theta: float) -> float:
        both = (1.0 - theta) / (2.0 - theta) + theta / (1.0 + theta)
        error = theta * (1.0 - theta) / (m * n) * (1.0 + more * both)
        return (theta - area) ** 2 - z * z * error

    beside = area + 1e-9 * (end - area)  # at 0 and at 1 the estimate itself solves it, and is not the bound
    return float(cast(Any, optimize).brentq(off, beside, end)) if off(end) > 0.0 else end
