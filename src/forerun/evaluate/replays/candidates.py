"""What a replay chooses among: the finished runs of one task, each with what it shows and where it truly ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forerun.core import Array, Curve, Run
from forerun.core.choosing import present

FEWEST_RUNS, FEWEST_POINTS = 10, 4
RUNS = 20  # full runs that a budget buys


@dataclass(frozen=True)
class FinishedRun:
    """A finished run as a replay shows it, an evaluation at a time.

    Args:
        run: its id.
        curve: all of it, as logged.
        loss_after: shape (n,), the loss it stands at after each evaluation (down is better, whatever the metric): the
            last value, or the worst finite one so far once one was not finite.
        cost: shape (n,), what each evaluation costs.
        final: the loss at its end; of a run with a value that is not finite its worst finite one.
    """

    run: str
    curve: Curve
    loss_after: Array
    cost: Array
    final: float

    @classmethod
    def of(cls, run: str, curve: Curve, cost: Array | None = None) -> FinishedRun:
        """A candidate from a finished curve; one evaluation costs 1 where nothing else is said.

        Example:
            >>> spoilt = FinishedRun.of("r", Curve([1, 2, 3, 4], [3.0, 2.0, float("nan"), 1.0], metric="loss"))
            >>> spoilt.loss_after.tolist(), spoilt.final
            ([3.0, 2.0, 3.0, 3.0], 3.0)
        """
        loss = curve.y if curve.direction == "min" else -curve.y
        finite = np.isfinite(loss)
        worst = np.maximum.accumulate(np.where(finite, loss, -np.inf))
        worst = np.where(np.isfinite(worst), worst, np.inf)
        spoilt = np.logical_or.accumulate(~finite)
        loss_after = np.where(spoilt, worst, loss)
        return cls(run, curve, loss_after, np.ones(loss.size) if cost is None else cost, float(loss_after[-1]))


@dataclass(frozen=True)
class ReplayTask:
    """The candidates of one task, and what regret is counted in.

    Args:
        candidates: in the order of their ids.
        end: the x at which its runs usually end, the median over them; what is known before they do.
    """

    source: str
    task: str
    metric: str
    candidates: tuple[FinishedRun, ...]
    end: float

    @cached_property
    def budget(self) -> float:
        """The cost of 20 full runs of mean cost, or of all runs where there are fewer."""
        costs = [float(one.cost.sum()) for one in self.candidates]
        return float(np.mean(costs)) * min(RUNS, len(costs))

    @cached_property
    def full_run(self) -> float:
        """The mean cost of a run that goes to its end."""
        return float(np.mean([one.cost.sum() for one in self.candidates]))

    @cached_property
    def finals(self) -> Array:
        """Losses at the end; of runs that never had a finite value the worst of the task."""
        finals = np.array([one.final for one in self.candidates])
        return np.where(np.isfinite(finals), finals, finals[np.isfinite(finals)].max())

    @cached_property
    def scale(self) -> float:
        """What regret is a share of: the median final loss less the best; the spread of all where that is 0."""
        finals = self.finals
        half = float(np.median(finals) - finals.min())
        return half or float(finals.max() - finals.min()) or 1.0


def replay_tasks(runs: Iterable[Run], *, seconds: bool = False) -> list[ReplayTask]:
    """The tasks that runs make up, each judged by the metric its runs are judged by.

    Args:
        seconds: whether an evaluation costs the seconds that the log says went by, where all runs of a task have them.

    Returns:
        Tasks of at least ten runs of at least four evaluations.
    """
    groups: dict[tuple[str, str, str, str], list[Run]] = defaultdict(list)
    for run in runs:
        metric = next(iter(present(run, [])), None)
        if metric is not None and len(run.curves[metric]) >= FEWEST_POINTS:
            curve = run.curves[metric]
            groups[run.source or "logs", run.task or _folder(run.id), metric, curve.axis].append(run)
    return [_task(*key[:3], groups[key], seconds) for key in sorted(groups) if len(groups[key]) >= FEWEST_RUNS]


def _folder(run: str) -> str:
    return run.rpartition("/")[0] or "."


def _task(source: str, task: str, metric: str, runs: list[Run], seconds: bool) -> ReplayTask:
    ordered = sorted(runs, key=lambda run: run.id)
    costs = [_seconds(run, run.curves[metric]) if seconds else None for run in ordered]
    if any(cost is None for cost in costs):
        costs = [None] * len(costs)
    made = [FinishedRun.of(run.id, run.curves[metric], cost) for run, cost in zip(ordered, costs, strict=True)]
    end = float(np.median([one.curve.x[-1] for one in made]))
    return ReplayTask(source, task, metric, tuple(one for one in made if np.isfinite(one.final)), end)


def _seconds(run: Run, curve: Curve) -> Array | None:
    """The seconds each evaluation took, by the clock logged beside its x; None where there is none."""
    columns = run.positions.columns
    if "seconds" not in columns or curve.axis not in columns:
        return None
    x, at = np.asarray(columns[curve.axis], float), np.asarray(columns["seconds"], float)
    both = np.isfinite(x) & np.isfinite(at)
    if both.sum() < 2 or (np.diff(x[both]) <= 0).any():
        return None
    spent = np.diff(np.interp(curve.x, x[both], at[both]), prepend=0.0)
    return spent if (spent > 0).all() else None
