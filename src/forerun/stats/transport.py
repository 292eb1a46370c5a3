"""Optimal transport between two sets of points: the least mean cost of carrying one onto the other, labels included."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize  # pyright: ignore[reportMissingTypeStubs]

Array = NDArray[np.float64]


def least_cost(cost: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Least mean cost of carrying weighted rows onto equally weighted columns, by exact assignment.

    Args:
        cost: shape (n, m). weight: shape (n,), of the rows; equal by default. Weights are rounded to whole columns.

    Example:
        >>> least_cost([[0.0, 4.0], [1.0, 9.0]])
        2.5
    """
    c = np.asarray(cost, dtype=np.float64)
    w = np.ones(len(c)) if weight is None else np.asarray(weight, dtype=np.float64)
    rows = c[np.repeat(np.arange(len(c)), _whole(w, c.shape[1]))]
    i, j = cast(Any, optimize).linear_sum_assignment(rows)
    return float(rows[i, j].mean())


def labelled_cost(x: Array, label: ArrayLike, to: Array, to_label: ArrayLike, *, mismatch: float = 2.0) -> Array:
    """Cost (n, m) of carrying labelled points onto labelled points: squared distance, plus a price for another label.

    Args:
        x, to: shapes (n, d) and (m, d), features. label, to_label: their classes, the same ones in both sets.
        mismatch: the price, in medians of the squared distances; its default was chosen on digits, evidence/laws.

    Source:
        A labelled cost as in Kang et al. 2023; theirs prices two classes by the distance of their points
        (Alvarez-Melis and Fusi 2020), which few samples tell badly and classes known by name do not need.

    Example:
        >>> labelled_cost(np.array([[0.0], [2.0]]), [0, 1], np.array([[0.0], [2.0]]), [0, 0]).tolist()
        [[0.0, 4.0], [8.0, 4.0]]
    """
    squared = np.maximum((x**2).sum(axis=1)[:, None] + (to**2).sum(axis=1) - 2.0 * x @ to.T, 0.0)
    other = np.asarray(label)[:, None] != np.asarray(to_label)
    return squared + mismatch * float(np.median(squared)) * other


def _whole(weight: Array, total: int) -> NDArray[np.int64]:
    """Whole numbers in proportion to the weights that add up to a total: steps of the rounded running sum."""
    ends = np.round(np.cumsum(weight / weight.sum()) * total).astype(np.int64)
    return np.diff(ends, prepend=0)
