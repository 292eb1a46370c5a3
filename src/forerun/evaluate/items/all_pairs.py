"""Every pair of many systems compared at once, as one matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from forerun.core import Array, BadInput
from forerun.core.frozen import Noun
from forerun.stats.proportions import mcnemar, paired_proportions, paired_shares

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Pairs(Noun):
    """A row a pair of systems; the difference is that of the first less the second.

    Args:
        first, second: names. difference, low, high: of mean scores, with the interval.
        p_value: two-sided; of scores 0 and 1 McNemar's, exact.
        n: items. method: how intervals were made. left_out: systems that lack items.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    difference: Array
    low: Array
    high: Array
    p_value: Array
    n: int
    method: str
    left_out: tuple[str, ...]


def all_pairs(systems: Sequence[str], values: ArrayLike, *, tries: float | None = None, level: float = 0.95) -> Pairs:
    """Compare every two systems on the items that all have answered.

    Args:
        systems: names, shape (m,).
        values: scores, shape (m, items), NaN where an item lacks; a system that lacks any is left out.
        tries: scores of 0 or 1 that each is the mean of; None where they are no such shares.
        level: mass of the intervals.

    Raises:
        BadInput: a name for every row is not given, or fewer than 2 systems or items are complete.

    Example:
        >>> pairs = all_pairs(["a", "b", "c"], [[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, np.nan, 0]])
        >>> pairs.first, pairs.second, pairs.difference.tolist(), pairs.left_out
        (('a',), ('b',), [0.75], ('c',))
    """
    v = np.asarray(values, np.float64)
    if v.ndim != 2 or len(systems) != len(v):
        raise BadInput(f"needs a row of scores a system, but has shape {v.shape} for {len(systems)} systems")
    whole = np.flatnonzero(np.isfinite(v).all(axis=1))
    left_out = tuple(systems[i] for i in sorted(set(range(len(v))) - set(whole.tolist())))
    v, names = v[whole], [systems[i] for i in whole.tolist()]
    if min(v.shape) < 2:
        raise BadInput(f"needs 2 systems and 2 items or more, but {v.shape[0]} of {len(systems)} systems are complete")
    a, b = np.triu_indices(len(v), 1)
    binary = bool(np.isin(v, (0.0, 1.0)).all())
    if binary:
        method, (difference, low, high, p_value) = "Bonett-Price, McNemar", _shares(v, a, b, level)
    elif tries is not None:
        method, (difference, low, high, p_value) = f"Bonett-Price, {tries:g} tries", _tries(v, a, b, tries, level)
    else:
        method, (difference, low, high, p_value) = "Student's t", _means(v, a, b, level)
    first, second = (tuple(names[i] for i in side) for side in (a, b))
    return Pairs(first, second, difference, low, high, p_value, v.shape[1], method, left_out)


def _shares(v: Array, a: Index, b: Index, level: float) -> tuple[Array, Array, Array, Array]:
    alone = v @ (1.0 - v).T
    difference, low, high = paired_proportions(alone[a, b], alone[b, a], v.shape[1], level=level)
    return difference, low, high, mcnemar(alone[a, b], alone[b, a])


def _tries(v: Array, a: Index, b: Index, tries: float, level: float) -> tuple[Array, Array, Array, Array]:
    n, total, gram = v.shape[1], v.sum(axis=1), v @ v.T
    difference, squares = total[a] - total[b], gram.diagonal()[a] + gram.diagonal()[b] - 2.0 * gram[a, b]
    low, high, error = paired_shares(difference, squares, n, tries=tries, level=level)
    p_value = 2.0 * special.stdtr(n + 1.0, -np.abs(difference) / (n + 2.0) / error)
    return difference / n, low, high, p_value


def _means(v: Array, a: Index, b: Index, level: float) -> tuple[Array, Array, Array, Array]:
    n, mean = v.shape[1], v.mean(axis=1)
    gram = (v - mean[:, None]) @ (v - mean[:, None]).T
    spread = np.maximum(gram.diagonal()[a] + gram.diagonal()[b] - 2.0 * gram[a, b], 0.0)
    error, difference = np.sqrt(spread / (n - 1) / n), mean[a] - mean[b]
    half = float(special.stdtrit(n - 1, 0.5 + level / 2)) * error
    t = np.divide(-abs(difference), error, out=np.where(difference == 0.0, 0.0, -np.inf), where=error > 0.0)
    return difference, difference - half, difference + half, 2.0 * special.stdtr(n - 1, t)
