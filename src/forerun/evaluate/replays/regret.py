"""What a replay came to: how far behind the task's best run it was at every point of its budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Array
from forerun.evaluate.replays.candidates import ReplayTask
from forerun.evaluate.replays.replay import Stretch

GRID = 1000
"""Points of the budget, evenly spread, at which regret is told."""
FALSE_KILL = 0.01  # of the task's scale, by which a run that was stopped must beat the incumbent to count


@dataclass(frozen=True)
class ReplayStep:
    """One evaluation that was paid for.

    Args:
        candidate: which, by its place. n: of so many evaluations of it so far.
        spent: in all. regret: after it, a share of the task's scale.
    """

    candidate: int
    n: int
    spent: float
    regret: float


def steps(task: ReplayTask, stretches: Sequence[Stretch]) -> list[ReplayStep]:
    """Every evaluation of a replay.

    Regret is the best final loss among the runs begun, of one that was not run to its end the loss it was last seen at,
    less the task's best final one, over the task's scale.
    """
    standing = np.full(len(task.candidates), np.inf)
    done = np.zeros(len(task.candidates), int)
    best, worst, scale, spent = task.finals.min(), task.finals.max(), task.scale, 0.0
    taken: list[ReplayStep] = []
    for run, count in stretches:
        one = task.candidates[run]
        for _ in range(count):
            done[run] += 1
            spent += float(one.cost[done[run] - 1])
            standing[run] = one.loss_after[done[run] - 1]
            taken.append(ReplayStep(run, int(done[run]), spent, float((min(standing.min(), worst) - best) / scale)))
    return taken


def regret_curve(task: ReplayTask, taken: Sequence[ReplayStep]) -> Array:
    """Regret at each of `GRID` points of the budget; before the first evaluation that after it.

    Example:
        >>> from forerun.core import Curve
        >>> from forerun.evaluate.replays.candidates import FinishedRun
        >>> runs = [FinishedRun.of(str(i), Curve([1, 2], [4.0, 1.0 + i], metric="loss")) for i in range(3)]
        >>> task = ReplayTask("s", "t", "loss", tuple(runs), 2.0)
        >>> regret_curve(task, steps(task, [(2, 2), (1, 1), (0, 2), (1, 1)]))[[0, 200, 400, 999]].tolist()
        [2.0, 2.0, 2.0, 0.0]
    """
    at = task.budget * (np.arange(GRID) + 1) / GRID
    spent = np.array([step.spent for step in taken])
    regret = np.array([step.regret for step in taken])
    return regret[np.maximum(np.searchsorted(spent, at * (1 + 1e-9), side="right") - 1, 0)]


def false_kills(task: ReplayTask, stretches: Sequence[Stretch], *, resume: bool = True) -> tuple[int, int]:
    """How many runs were stopped whose end would have beaten the incumbent's by 1% of the scale; and how many stopped.

    The incumbent is the run that stands best when the other is lost: at the end of the budget where runs can be
    resumed, else when it is stopped.
    """
    done = np.zeros(len(task.candidates), int)
    standing = np.full(len(task.candidates), np.inf)
    finals, margin = task.finals, FALSE_KILL * task.scale
    lost: dict[int, float] = {}
    spent = 0.0
    for run, count in stretches:
        one = task.candidates[run]
        spent += float(one.cost[done[run] : done[run] + count].sum())
        done[run] += count
        standing[run] = one.loss_after[done[run] - 1]
        lost.pop(run, None)
        if done[run] < len(one.curve) and spent < task.budget * (1 - 1e-9):
            lost[run] = float(finals[np.argmin(standing)])
    if resume:
        lost = dict.fromkeys(lost, float(finals[np.argmin(standing)]))
    return sum(finals[run] < incumbent - margin for run, incumbent in lost.items()), len(lost)
