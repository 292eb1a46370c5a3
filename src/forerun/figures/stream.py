"""The chart of a stream of tasks: how well each is done over time, a row a task, with a frame around its training."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, BadInput, Run
from forerun.figures.chart import Axis, Chart, HeatMap
from forerun.monitor.streams.stability_gap import scores_of_tasks

_MOST = 600  # columns drawn
_ROW = 34  # pixels


def stream_chart(
    x: ArrayLike,
    accuracy: ArrayLike,
    learned: ArrayLike | None = None,
    *,
    names: Sequence[str] = (),
    axis: str = "step",
    metric: str = "accuracy",
) -> Chart:
    """A row a task, the first on top; a shade lasts from one evaluation to the next. Falls of one evaluation are kept.

    Args:
        x: shape (t,), steps of the evaluations, increasing.
        accuracy: shape (tasks, t), nan where it was not measured.
        learned: shape (t,), the task in training at each evaluation, as `forerun.evaluate.streams` has it.
        names: of the tasks; default 0, 1, 2 ...
        axis, metric: what x counts, and what was measured.

    Raises:
        BadInput: shapes that do not fit.

    Example:
        >>> chart = stream_chart([10, 20, 30], [[0.9, 0.5, 0.8], [0.1, 0.6, 0.9]], [0, 1, 1])
        >>> chart.y.names, chart.cells[0].x.tolist(), chart.cells[0].values[1].tolist()
        (('task 1', 'task 0'), [10.0, 20.0, 30.0, 40.0], [0.9, 0.5, 0.8])
        >>> chart.cells[0].framed[1].tolist()
        [True, False, False]
    """
    at, rows = np.asarray(x, np.float64), np.atleast_2d(np.asarray(accuracy, np.float64))
    if rows.shape[1:] != at.shape or not at.size:
        raise BadInput(f"accuracy has shape {rows.shape}, and there are {at.size} evaluations", where="stream")
    tasks = len(rows)
    named = tuple(names) or tuple(f"task {i}" for i in range(tasks))
    framed = None if learned is None else np.asarray(learned)[None, :] == np.arange(tasks)[:, None]
    starts = np.unique(np.linspace(0, at.size, min(at.size, _MOST), endpoint=False).astype(int))
    low, high = _scale(rows)
    cells = HeatMap(
        metric,
        np.append(at[starts], at[-1] + (float(np.median(np.diff(at))) if at.size > 1 else 1.0)),
        _lowest(rows, starts)[::-1],
        low,
        high,
        framed=None if framed is None else np.logical_or.reduceat(framed, starts, axis=1)[::-1],
        percent=(low, high) == (0.0, 1.0),
    )
    return Chart(Axis(axis), Axis("task", names=named[::-1]), cells=(cells,), height=90 + _ROW * tasks)


def stream_of(run: Run) -> Chart | None:
    """The scores that a run logs a task of one stream; None where it logs none such.

    Example:
        >>> from forerun.core import Curve
        >>> logged = {f"acc{{task={i}}}": Curve([1, 2], [0.1 * i, 0.9], metric=f"acc{{task={i}}}") for i in (10, 2)}
        >>> stream_of(Run("r", logged, "x")).y.names
        ('acc{task=10}', 'acc{task=2}')
    """
    families: dict[tuple[str, str], list[str]] = {}
    for metric in (roles["value"] for roles in scores_of_tasks(list(run.curves))):
        families.setdefault((_NUMBER.sub("#", metric), run.curves[metric].axis), []).append(metric)
    (family, axis), metrics = max(families.items(), key=lambda pair: len(pair[1]), default=(("", ""), list[str]()))
    if len(metrics) < 2:
        return None
    metrics.sort(key=lambda name: tuple(map(int, _NUMBER.findall(name))))
    curves = [run.curves[name] for name in metrics]
    x = np.unique(np.concatenate([one.x for one in curves]))
    grid = np.full((len(curves), x.size), np.nan)
    for row, one in zip(grid, curves, strict=True):
        row[np.searchsorted(x, one.x)] = np.where(np.isfinite(one.y), one.y, np.nan)
    return stream_chart(x, grid, names=metrics, axis=axis, metric=family)


_NUMBER = re.compile(r"\d+")


def _lowest(rows: Array, starts: NDArray[np.intp]) -> Array:
    """Of each stretch of columns the lowest; nan where nothing was measured."""
    lowest = np.minimum.reduceat(np.where(np.isnan(rows), np.inf, rows), starts, axis=1)
    return np.where(np.isinf(lowest), np.nan, lowest)


def _scale(rows: Array) -> tuple[float, float]:
    """From 0 to 1 where all are shares, else what they span."""
    known = rows[np.isfinite(rows)]
    if not known.size or (known.min() >= 0.0 and known.max() <= 1.0):
        return 0.0, 1.0
    return float(known.min()), float(known.max())
