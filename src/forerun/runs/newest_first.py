"""Logs that stand newest first, as pages and queries of databases give them: turned round, and told of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forerun.core import Array, Event
from forerun.core.axes import axis_of
from forerun.runs.log import WALL, Log
from forerun.runs.series import pilot_of

_FEWEST = 2  # falls, and no rise, that show the order (ours)


def oldest_first(log: Log) -> tuple[Log, tuple[Event, ...]]:
    """The log as it is, unless one of its counters only falls from record to record and none only rises.

    Example:
        >>> log = Log("x", n=3, axes={"step": np.array([3.0, 2, 1])}, series={"loss": (np.arange(3), np.arange(3.0))})
        >>> turned, events = oldest_first(log)
        >>> turned.series["loss"][1].tolist(), events[0].message
        ([2.0, 1.0, 0.0], 'records stand newest first, by step: read from the last to the first')
    """
    pilot = pilot_of(log)
    if pilot is None:
        return log, ()
    rows = np.asarray(log.series[pilot][0], np.int64)
    falling = ""
    for name, column in log.axes.items():
        axis = name.partition(" ")[0]
        if axis_of(axis) is None and axis not in (WALL, "_step"):
            continue
        places = column[rows]
        moves = np.diff(places[np.isfinite(places)])
        rises, falls = bool((moves > 0).any()), int((moves < 0).sum())
        if rises and not falls and axis not in ("row", "seconds"):
            return log, ()
        falling = falling or (name if falls >= _FEWEST and not rises else "")
    if not falling:
        return log, ()
    message = f"records stand newest first, by {falling}: read from the last to the first"
    return _turned(log), (Event("guess", None, falling.partition(" ")[0], message),)


def _turned(log: Log) -> Log:
    axes = {name: column if name == "row" else column[::-1] for name, column in log.axes.items()}
    series = {name: _from_the_end(log.n, *records) for name, records in log.series.items()}
    return replace(log, axes=axes, series=series, lr=None if log.lr is None else np.asarray(log.lr)[::-1])


def _from_the_end(n: int, rows: np.ndarray, values: Array) -> tuple[np.ndarray, Array]:
    return n - 1 - np.asarray(rows, np.int64)[::-1], np.asarray(values, float)[::-1]
