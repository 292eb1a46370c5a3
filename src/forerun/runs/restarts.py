"""Several trainings in one log, told apart where x begins anew.

A trainer that resumes goes back to a checkpoint, part of the way; one that is started again goes back to its first x.
Each metric's own records tell, as some writers export all of one metric before all of another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from forerun.core import Array, Event
from forerun.runs.axes import axes_of_log, main_axis, placed
from forerun.runs.counters import settled
from forerun.runs.log import Log
from forerun.runs.newest_first import oldest_first
from forerun.runs.repeats import measured_only
from forerun.runs.segments import restarts
from forerun.runs.series import ends_told, metrics_only, pilot_of


def trainings_of(log: Log) -> tuple[list[Log], tuple[Event, ...]]:
    """A log's trainings, of its metrics on the axis that loses no points, and what is to be told of that."""
    with np.errstate(all="ignore"):  # what overflows was no place, nor a measure
        log, turned = oldest_first(measured_only(log))
        counted = settled(ended := ends_told(log))
        log, notes = placed(metrics_only(counted))
        return trainings(log), (*turned, *_unrolled(ended, counted), *notes)


def _unrolled(before: Log, counted: Log) -> Iterator[Event]:
    """That a step which starts again in each epoch was counted on: none of the columns is what it now is."""
    step = counted.axes.get("step")
    columns = [np.asarray(column) for key, column in before.axes.items() if key.partition(" ")[0] in ("step", "_step")]
    if step is not None and columns and not any(_within(column, step) for column in columns):
        yield Event("guess", None, "step", "step starts again in each epoch: counted on over them")


def _within(column: Array, step: Array) -> bool:
    return bool(((column == step) | ~np.isfinite(column)).all())


def trainings(log: Log) -> list[Log]:
    """A log's trainings, in the order they were begun; most logs hold one.

    Example:
        >>> step = np.array([1.0, 2, 3, 1, 2])
        >>> log = Log("x", n=5, axes={"step": step}, series={"loss": (np.arange(5), np.array([3.0, 2, 1, 3, 2]))})
        >>> [part.series["loss"][1].tolist() for part in trainings(log)]
        [[3.0, 2.0, 1.0], [3.0, 2.0]]
    """
    axes = axes_of_log(log)
    axis, pilot = main_axis(log, axes), pilot_of(log)
    if pilot is None or axis not in axes:
        return [log]
    x = axes[axis]
    bounds = _bounds(x, np.asarray(log.series[pilot][0], np.int64))
    if not bounds:
        return [log]
    which = np.searchsorted(bounds, np.arange(log.n), side="right")
    _place_apart(log, pilot, x, which)
    parts = [_part(log, which == k) for k in range(len(bounds) + 1)]
    for part in parts[1:]:
        part.damage, part.unfit = [], {}
    for part in parts[:-1]:
        part.end, part.items = "", []
    return parts


def _bounds(x: Array, rows: np.ndarray) -> list[int]:
    """The rows at which trainings begin: a restart of the pilot's, and what was written just before it."""
    rows = rows[np.isfinite(x[rows])]
    bounds: list[int] = []
    for i in restarts(x[rows]):
        bound = int(rows[i])
        while bound - 1 > rows[i - 1] and x[bound - 1] <= x[rows[i]]:
            bound -= 1
        bounds.append(bound)
    return bounds


def _place_apart(log: Log, pilot: str, x: Array, which: np.ndarray) -> None:
    """Metrics written before or after all of the pilot's records count their trainings on their own."""
    first, last = log.series[pilot][0][0], log.series[pilot][0][-1]
    for rows, _ in log.series.values():
        rows = np.asarray(rows, np.int64)
        if rows.size and (rows[-1] < first or rows[0] > last):
            dated = rows[np.isfinite(x[rows])]
            starts = dated[restarts(x[dated])]
            which[rows] = np.minimum(np.searchsorted(starts, rows, side="right"), which[last])


def _part(log: Log, mask: np.ndarray) -> Log:
    """The records of one training."""
    place = np.cumsum(mask) - 1
    series = {}
    for name, (rows, y) in log.series.items():
        rows = np.asarray(rows, np.int64)
        here = mask[rows]
        if here.any():
            series[name] = (place[rows[here]], np.asarray(y, float)[here])
    axes = {name: np.asarray(column, float)[mask] for name, column in log.axes.items()}
    lr = None if log.lr is None else np.asarray(log.lr, float)[mask]
    return replace(log, n=int(mask.sum()), axes=axes, series=series, lr=lr)
