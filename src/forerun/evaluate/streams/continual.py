"""Continual evaluation: worst-case accuracies, windowed forgetting and plasticity, the stability gap.

All take accuracies on a grid: ``accuracy[i, t]`` of task i at the evaluation ``x[t]``, NaN where it was not measured,
and ``learned[t]``, the task in training at that evaluation. Windows are in steps, not in evaluations, so that a value
means the same at another evaluation interval; what happens between evaluations nobody sees, so report `interval`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, BadInput

Tasks = NDArray[np.intp]


@dataclass(frozen=True)
class Gap:
    """What happened to one earlier task after a switch.

    Args:
        before: its accuracy at the last evaluation before the switch.
        lowest: its lowest accuracy from there on.
        depth: before - lowest.
        relative_depth: depth / before; None where that is zero.
        recovery: steps from the switch to the first evaluation at ``before - tolerance`` or above, after the lowest
            point; None where it never got there.
        area: the accuracy lost, integrated over the steps of the gap.
        unrecovered: before - its last accuracy: what is forgotten; negative where it gained.
    """

    before: float
    lowest: float
    depth: float
    relative_depth: float | None
    recovery: float | None
    area: float
    unrecovered: float


def interval(x: ArrayLike) -> float:
    """The usual number of steps between evaluations.

    Example:
        >>> interval([0, 10, 20, 40])
        10.0
    """
    return float(np.median(np.diff(np.asarray(x, dtype=np.float64))))


def lowest_since_learned(accuracy: ArrayLike, learned: ArrayLike) -> Array:
    """Of each task its lowest accuracy while another task was learned after it; NaN where there was none, (tasks,).

    Example:
        >>> lowest_since_learned([[0.9, 0.5, 0.8], [0.1, 0.6, 0.9]], [0, 1, 1])
        array([0.5, nan])
    """
    accuracies, tasks = _grid(accuracy, learned)
    begun = [np.flatnonzero(tasks == i) for i in range(len(accuracies))]
    lows = np.full(len(accuracies), np.nan)
    for i, own in enumerate(begun):
        after = np.arange(tasks.size) > (own[0] if own.size else tasks.size)
        values = accuracies[i, after & (tasks != i)]
        lows[i] = np.nanmin(values) if np.isfinite(values).any() else np.nan
    return lows


def min_acc(accuracy: ArrayLike, learned: ArrayLike) -> float:
    """Average over the tasks before the current one of their lowest accuracy since they were learned (min-ACC).

    Undefined, NaN, before the second task.

    Source: De Lange et al. 2023, arXiv 2205.13452, equation 3.

    Example:
        >>> min_acc([[0.9, 0.5, 0.8], [0.1, 0.6, 0.9]], [0, 1, 1])
        0.5
    """
    _, tasks = _grid(accuracy, learned)
    lows = lowest_since_learned(accuracy, learned)
    earlier = np.delete(lows, tasks[-1])
    return float(np.nanmean(earlier)) if np.isfinite(earlier).any() else float("nan")


def worst_case_acc(accuracy: ArrayLike, learned: ArrayLike) -> float:
    """The current task's accuracy and min-ACC, weighted by tasks (WC-ACC): A_k / k + (1 - 1/k) min-ACC.

    Source: De Lange et al. 2023, arXiv 2205.13452, equation 4.

    Example:
        >>> round(worst_case_acc([[0.9, 0.5, 0.8], [0.1, 0.6, 0.9]], [0, 1, 1]), 12)
        0.7
    """
    accuracies, tasks = _grid(accuracy, learned)
    k, now = np.unique(tasks).size, float(accuracies[tasks[-1], -1])
    return now if k == 1 else now / k + (1.0 - 1.0 / k) * min_acc(accuracy, learned)


def windowed_forgetting(x: ArrayLike, accuracy: ArrayLike, *, steps: float) -> float:
    """The largest fall of a task's accuracy between two evaluations at most so many steps apart, averaged over tasks.

    Source: WF^w of De Lange et al. 2023, arXiv 2205.13452, whose window counts evaluations.

    Example:
        >>> windowed_forgetting([0, 10, 20], [[0.5, 0.1, 0.9]], steps=10)
        0.4
    """
    return _windowed(x, -_rows(accuracy), steps)


def windowed_plasticity(x: ArrayLike, accuracy: ArrayLike, *, steps: float) -> float:
    """The largest rise of a task's accuracy between two evaluations at most so many steps apart, averaged over tasks.

    The paper's own code skips a window whose last value is not below the others, a rule of forgetting: of .5, .1, .9 it
    says .4, where the definition gives .8.

    Source: WP^w of De Lange et al. 2023, arXiv 2205.13452.

    Example:
        >>> windowed_plasticity([0, 10, 20], [[0.5, 0.1, 0.9]], steps=20)
        0.8
    """
    return _windowed(x, _rows(accuracy), steps)


def stability_gap(x: ArrayLike, accuracy: ArrayLike, *, switch: float, tolerance: float = 0.0) -> Gap:
    """What one earlier task went through after a switch; depth, recovery and area are ours.

    Args:
        x: shape (t,), steps of the evaluations.
        accuracy: shape (t,), of that task.
        switch: step from which another task is learned.
        tolerance: how far below ``before`` counts as recovered, for example the noise of an evaluation.

    Raises:
        BadInput: no evaluation before the switch, or none after it.

    Example:
        >>> gap = stability_gap([0, 10, 20, 30, 40], [0.5, 0.9, 0.3, 0.7, 0.9], switch=10)
        >>> round(gap.depth, 12), gap.recovery, gap.unrecovered
        (0.6, 30.0, 0.0)
    """
    steps, y = np.asarray(x, dtype=np.float64), np.asarray(accuracy, dtype=np.float64)
    steps, y = steps[np.isfinite(y)], y[np.isfinite(y)]
    early, late = steps <= switch, steps > switch
    if not early.any() or not late.any():
        raise BadInput(f"needs evaluations on both sides of step {switch:g}", where="switch")
    before, after = float(y[early][-1]), y[late]
    low = int(after.argmin())
    back = np.flatnonzero(after[low:] >= before - tolerance)
    until = low + int(back[0]) if back.size else after.size - 1
    lost = before - np.concatenate([[before], after[: until + 1]])
    at = np.concatenate([[switch], steps[late][: until + 1]])
    depth = before - float(after[low])
    return Gap(
        before=before,
        lowest=float(after[low]),
        depth=depth,
        relative_depth=depth / before if before else None,
        recovery=float(steps[late][until] - switch) if back.size else None,
        area=float(np.trapezoid(np.maximum(lost, 0.0), at)),
        unrecovered=before - float(after[-1]),
    )


def _windowed(x: ArrayLike, rows: Array, steps: float) -> float:
    at = np.asarray(x, dtype=np.float64)
    return float(np.mean([_largest_rise(at[np.isfinite(y)], y[np.isfinite(y)], steps) for y in rows]))


def _largest_rise(x: Array, y: Array, steps: float) -> float:
    """Of all pairs within the window the largest y_j - y_i, i < j; 0 where nothing rises."""
    begins = np.searchsorted(x, x - steps, side="left")
    return max((float(y[j] - y[i : j + 1].min()) for j, i in enumerate(begins.tolist())), default=0.0)


def _rows(accuracy: ArrayLike) -> Array:
    return np.atleast_2d(np.asarray(accuracy, dtype=np.float64))


def _grid(accuracy: ArrayLike, learned: ArrayLike) -> tuple[Array, Tasks]:
    accuracies, tasks = _rows(accuracy), np.asarray(learned, dtype=np.intp)
    if tasks.shape != accuracies.shape[1:]:
        raise BadInput(f"{tasks.size} tasks for {accuracies.shape[1]} evaluations", where="learned")
    if tasks.size and not 0 <= tasks.min() <= tasks.max() < len(accuracies):
        raise BadInput(f"tasks are 0 to {len(accuracies) - 1}, not {tasks.min()} to {tasks.max()}", where="learned")
    return accuracies, tasks
