"""How often k tries of a system pass, with intervals over tasks, and beyond the tries that were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Table
from forerun.evaluate.items.item_answers import chosen, itemised, words
from forerun.stats.pass_rates import fit_beta, mean_over_tasks, pass_at_k, pass_hat_k


@dataclass(frozen=True)
class PassRate:
    """pass@k and pass^k at one k, means over tasks.

    Args:
        k: tries. any: chance that one of k tries passes. any_low, any_high: 95% interval over tasks like these.
        every: chance that all k pass. every_low, every_high: of that.
        extrapolated: k is beyond the tries that some task had, and a Beta distribution of rates carries it on.
    """

    k: int
    any: float
    any_low: float
    any_high: float
    every: float
    every_low: float
    every_high: float
    extrapolated: bool


def pass_rates(
    table: Table, system: str, benchmark: str, metric: str, ks: Sequence[int], *, level: float = 0.95
) -> tuple[PassRate, ...]:
    """pass@k and pass^k of one system, from tries of the same tasks.

    Args:
        table: as `scores` makes it, a row a try, its score 0 or 1.
        system, benchmark, metric: which rows.
        ks: numbers of tries to be told of.
        level: mass of the intervals; of those beyond the tries made, given that a Beta distribution holds.

    Raises:
        BadInput: scores other than 0 and 1, or no such rows.

    Example:
        >>> table = Table({"system": ["a"] * 4, "benchmark": ["q"] * 4, "metric": ["pass"] * 4,
        ...                "item": ["1", "1", "2", "2"], "score": [1, 0, 1, 1]})
        >>> rate = pass_rates(table, "a", "q", "pass", [2])[0]
        >>> rate.any, rate.every
        (1.0, 0.5)
    """
    tries, solved = tries_and_solved(table, system, benchmark, metric)
    return tuple(_within(tries, solved, k, level) if k <= tries.min() else _beyond(tries, solved, k, level) for k in ks)


def tries_and_solved(table: Table, system: str, benchmark: str, metric: str) -> tuple[Array, Array]:
    """How often each task was tried and solved.

    Raises:
        BadInput: scores other than 0 and 1, or no such rows.
    """
    rows = itemised(chosen(table, system=system, benchmark=benchmark, metric=metric))
    score = np.asarray(rows.columns["score"], np.float64)
    if not np.isin(score, (0.0, 1.0)).all():
        i = int(np.argmin(np.isin(score, (0.0, 1.0))))
        raise BadInput(f"a try passes or not, 1 or 0, but score[{i}] is {score[i]:g}")
    _, task = np.unique(words(rows, "item"), return_inverse=True)
    return np.bincount(task).astype(np.float64), np.bincount(task, score).astype(np.float64)


def _within(tries: Array, solved: Array, k: int, level: float) -> PassRate:
    some, every = (mean_over_tasks(rate(tries, solved, k), level=level) for rate in (pass_at_k, pass_hat_k))
    return PassRate(k, *some, *every, extrapolated=False)


def _beyond(tries: Array, solved: Array, k: int, level: float) -> PassRate:
    fitted = fit_beta(tries, solved)
    some, low, high = (float(v[0]) for v in fitted.pass_at(k, level=level))
    return PassRate(k, some, low, high, *fitted.pass_hat_at(k, level=level), extrapolated=True)
