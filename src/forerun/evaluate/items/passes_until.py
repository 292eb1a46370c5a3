"""Rates of success of tasks that were tried until they succeeded so many times, and their mean over tasks."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Table
from forerun.evaluate.items.passes import tries_and_solved
from forerun.stats.pass_rates import mean_over_tasks, until, until_interval


@dataclass(frozen=True)
class UntilRate:
    """The mean rate of success over tasks, each tried until it had succeeded so many times.

    Args:
        estimate: mean over tasks of each one's rate. low, high: interval over tasks like these. n: tasks. unsolved:
            tasks that never succeeded; their rate counts as 0. most_unsolved: the highest rate such a task may have.
        warnings: what the estimate does not cover.
    """

    estimate: float
    low: float
    high: float
    n: int
    unsolved: int
    most_unsolved: float
    warnings: tuple[str, ...]


def until_rate(table: Table, system: str, benchmark: str, metric: str, *, level: float = 0.95) -> UntilRate:
    """The rate of success of one system from tries that stopped at a task's last success.

    Args:
        table: as `scores` makes it, a row a try, its score 0 or 1.
        system, benchmark, metric: which rows.
        level: mass of the intervals.

    Raises:
        BadInput: scores other than 0 and 1, or no such rows.

    Source: Hu et al. 2023 (PassUntil); ``(r-1)/(K-1)`` is unbiased for two successes or more.

    Example:
        >>> table = Table({"system": ["a"] * 5, "benchmark": ["q"] * 5, "metric": ["pass"] * 5,
        ...                "item": ["1"] * 5, "score": [0, 1, 0, 0, 1]})
        >>> until_rate(table, "a", "q", "pass").estimate
        0.25
    """
    tries, solved = tries_and_solved(table, system, benchmark, metric)
    estimate, low, high = mean_over_tasks(until(solved, tries), level=level)
    never = solved == 0
    most = (
        float(until_interval(0, tries[never].min(), level=level, stopped_by_success=False)[1]) if never.any() else 0.0
    )
    once = int((solved == 1).sum())
    warnings = (f"{once} tasks stopped at their first success: their rates are too high on average",) if once else ()
    return UntilRate(estimate, low, high, int(tries.size), int(never.sum()), most, warnings)
