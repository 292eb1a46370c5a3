"""Rows of the report: a policy on a task, and means over tasks, with what another choice of orders or tasks would give.

Speed-ups are read off mean regret: the budget over the least spend at which it comes down to what it is to reach.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, Range

BASELINE, RIVAL = "no_stopping", "asha"
"""What a speed-up is over: the regret of letting every run end, and of successive halving, each at the full budget."""
_DRAWS = 1000  # of a bootstrap


@dataclass(frozen=True)
class Spent:
    """What a policy came to on a task.

    Args:
        regret: shape (orderings, grid), by `forerun.evaluate.replays.regret.regret_curve`.
        wrong, stopped: shape (orderings,), runs wrongly stopped, and runs stopped.
        budget: in evaluations, or in seconds.
    """

    source: str
    task: str
    metric: str
    policy: str
    budget: float
    regret: Array
    wrong: Array
    stopped: Array


@dataclass(frozen=True)
class PolicyScore:
    """One row: a policy on a task, on a source (task ``"ALL"``) or on all (both), plain means over tasks.

    Args:
        n: tasks.
        budget: of the task, in evaluations or seconds; the mean of several.
        regret, anytime_regret: at the full budget, and its mean over the budget; shares of the task's scale. The mean
            is led by the first evaluations: these stand 5 to 7,700 scales behind in recorded tasks, so that it is to
            be held against that of other policies on the same task, and its mean over tasks says little.
        speedup_vs_full, speedup_vs_asha: the budget over the least spend at which mean regret is that of no stopping,
            and of asha, at the full budget; None where it never is.
        false_kill_rate: runs wrongly stopped, a share of those stopped; 0 where none was.
        regret_over_asha: regret less that of asha on the same orders, with its 95% interval; that of the other three
            stands in regret_interval, speedup_interval: over orders for a task, over tasks for several. None where
            there is nothing to draw from.
    """

    source: str
    task: str
    policy: str
    n: int
    budget: float
    regret: float
    anytime_regret: float
    speedup_vs_full: float | None
    speedup_vs_asha: float | None
    false_kill_rate: float
    regret_interval: tuple[float, float] | None = None
    speedup_interval: tuple[float, float] | None = None
    regret_over_asha: Range | None = None


def speedup(regret: Array, target: float) -> float | None:
    """The budget over the least spend at which a mean regret, shape (grid,), is at most a target.

    Example:
        >>> speedup(np.array([4.0, 3.0, 2.0, 1.0]), 3.0), speedup(np.array([4.0, 3.0]), 0.5)
        (2.0, None)
    """
    reached = np.flatnonzero(regret <= target + 1e-12)
    return float(regret.size / (reached[0] + 1)) if reached.size else None


def policy_scores(spent: Sequence[Spent], *, seed: int = 0) -> list[PolicyScore]:
    """A row a task and policy, then the means over each source's tasks, then those over all.

    Args:
        spent: must hold `BASELINE` and `RIVAL` on every task.
        seed: of the bootstrap.
    """
    by_task: dict[tuple[str, str, str], dict[str, Spent]] = {}
    for one in spent:
        by_task.setdefault((one.source, one.task, one.metric), {})[one.policy] = one
    policies = list(dict.fromkeys(one.policy for one in spent))
    rows = [_row(task, policy, seed) for task in by_task.values() for policy in policies]
    sources = list(dict.fromkeys(source for source, _, _ in by_task))
    for source in [*sources, None]:
        tasks = [task for key, task in by_task.items() if source in (None, key[0])]
        rows += [_mean_row(source or "ALL", tasks, policy, seed) for policy in policies]
    return rows


def _row(task: Mapping[str, Spent], policy: str, seed: int) -> PolicyScore:
    one, base, rival = task[policy], task[BASELINE], task[RIVAL]
    return _score(
        (one.source, one.task, policy, 1, one.budget),
        one.regret, base.regret, rival.regret, float(one.wrong.sum()), float(one.stopped.sum()), seed,
    )  # fmt: skip


def _mean_row(source: str, tasks: Sequence[Mapping[str, Spent]], policy: str, seed: int) -> PolicyScore:
    own, base, rival = (
        np.stack([task[name].regret.mean(axis=0) for task in tasks]) for name in (policy, BASELINE, RIVAL)
    )
    of = [task[policy] for task in tasks]
    rates = [float(one.wrong.sum()) / max(float(one.stopped.sum()), 1.0) for one in of]
    budget = float(np.mean([one.budget for one in of]))
    return _score((source, "ALL", policy, len(of), budget), own, base, rival, float(np.mean(rates)), 1.0, seed)


def _score(
    of: tuple[str, str, str, int, float], own: Array, base: Array, rival: Array, wrong: float, stopped: float, seed: int
) -> PolicyScore:
    """A row from regrets (units, grid), where units are orders or tasks."""
    source, task, policy, n, budget = of
    units = len(own)
    mean, to_full, to_asha = own.mean(axis=0), float(base[:, -1].mean()), float(rival[:, -1].mean())
    over = own[:, -1] - rival[:, -1]
    drawn = np.random.default_rng(seed).integers(0, units, (_DRAWS, units)) if units > 1 else None
    return PolicyScore(
        source, task, policy, n, budget,
        regret=float(mean[-1]),
        anytime_regret=float(mean.mean()),
        speedup_vs_full=speedup(mean, to_full),
        speedup_vs_asha=speedup(mean, to_asha),
        false_kill_rate=wrong / max(stopped, 1.0),
        regret_interval=None if drawn is None else _interval(own[drawn, -1].mean(axis=1)),
        speedup_interval=None if drawn is None else _interval(_speedups(own, base, drawn)),
        regret_over_asha=None if drawn is None else _difference(float(over.mean()), over[drawn].mean(axis=1)),
    )  # fmt: skip


def _speedups(own: Array, base: Array, drawn: NDArray[np.int64]) -> Array:
    """The speed-up of every draw, 0 where it never comes to the regret of no stopping."""
    return np.array([speedup(own[rows].mean(axis=0), float(base[rows, -1].mean())) or 0.0 for rows in drawn])


def _interval(draws: Array) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def _difference(estimate: float, draws: Array) -> Range:
    low, high = _interval(draws)
    return Range(estimate, low, high, "share of the scale")
