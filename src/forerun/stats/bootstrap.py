"""The interval of any statistic of rows, by drawing rows, or whole groups of rows, anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, BadInput

Index = NDArray[np.intp]


def bootstrap_interval(
    statistic: Callable[[Index], float],
    n: int,
    *,
    groups: ArrayLike | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
    kind: Literal["percentile", "basic"] = "percentile",
    around: float | None = None,
) -> tuple[float, float]:
    """Low and high of a statistic over rows drawn with replacement.

    Args:
        statistic: of the rows with these numbers; draws for which it is not finite are left out.
        n: rows.
        groups: shape (n,), drawn whole, as rows of one text or one run belong together.
        level: mass of the interval.
        draws: how many.
        seed: of the draws; the same seed gives the same interval.
        kind: percentiles of the draws, or the estimate less their distance from it (basic), for statistics that
            drawing anew moves to one side.
        around: of the basic kind, what the draws scatter around; by default the estimate itself.

    Raises:
        BadInput: fewer than 2 rows or groups, or a statistic that is finite of less than half of the draws.

    Source: Efron and Tibshirani 1993, chapters 13 and 16.

    Example:
        >>> x = np.arange(101.0)
        >>> low, high = bootstrap_interval(lambda rows: float(x[rows].mean()), 101)
        >>> 43.0 < low < 46.0 and 54.0 < high < 57.0
        True
    """
    parts = _parts(n, groups)
    if len(parts) < 2:
        raise BadInput(f"an interval needs 2 rows or groups, but there is {len(parts)}")
    rng = np.random.default_rng(seed)
    values = np.array([statistic(_drawn(parts, rng)) for _ in range(draws)])
    values = values[np.isfinite(values)]
    if values.size < draws / 2:
        raise BadInput(f"only {values.size} of {draws} draws have a value; more rows would help")
    low, high = (float(v) for v in np.quantile(values, [0.5 - level / 2, 0.5 + level / 2]))
    if kind == "percentile":
        return low, high
    estimate = statistic(np.arange(n))
    centre = estimate if around is None else around
    return estimate - (high - centre), estimate + (centre - low)


def _parts(n: int, groups: ArrayLike | None) -> list[Index] | Array:
    if groups is None:
        return np.arange(n, dtype=np.float64)
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _drawn(parts: list[Index] | Array, rng: np.random.Generator) -> Index:
    chosen = rng.integers(0, len(parts), len(parts))
    if isinstance(parts, np.ndarray):
        return chosen.astype(np.intp)
    return np.concatenate([parts[int(i)] for i in chosen])
