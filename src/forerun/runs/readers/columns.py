"""What the column readers share: which columns are axes, which are metrics, and how records become a log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forerun.core import Array
from forerun.core.axes import PREFERENCE, WALL_CLOCK, axis_of
from forerun.runs.assemble import Log

ROW = "row"
"""The axis of a log that names none: records are counted from 1."""


def log_of_columns(columns: Mapping[str, Array], *, format: str, order: Sequence[str] = PREFERENCE) -> Log:
    """A log from equally long columns of numbers.

    Args:
        columns: name to shape (n,) values. A masked array marks absent cells; NaN in an unmasked cell was logged.
        format: the reader's name.
        order: which axis is preferred when several columns name one.
    """
    axes, clock = _axes(columns)
    n = len(next(iter(columns.values()), ()))
    chosen = next((axis for axis in order if axis in axes), None) or next(iter(axes), None)
    x = np.arange(1, n + 1, dtype=float) if chosen is None else _filled(columns[axes[chosen]])
    log = Log(format=format, axis=chosen or ROW)
    for name, column in columns.items():
        if name in axes.values() or name in clock:
            continue
        present = ~np.ma.getmaskarray(column)
        if present.any():
            log.series[name] = (x[present], np.asarray(np.ma.getdata(column)[present], float))
    log.positions = {axis: _filled(columns[name]) for axis, name in axes.items()}
    for name in clock[:1]:
        moments = _filled(columns[name])
        log.positions.setdefault("seconds", moments - np.nanmin(moments) if np.isfinite(moments).any() else moments)
    if not axes:
        log.positions[ROW] = x
    return log


def _axes(columns: Mapping[str, Array]) -> tuple[dict[str, str], list[str]]:
    axes: dict[str, str] = {}
    for name, column in columns.items():
        axis = axis_of(name)
        if axis is not None and axis not in axes and np.isfinite(_filled(column)).any():
            axes[axis] = name
    return axes, [name for name in columns if name.strip().lower() in WALL_CLOCK]


def _filled(column: Array) -> Array:
    return np.asarray(np.ma.filled(column, np.nan), float)


def number(text: Any) -> float | None:
    """The number a cell holds (nan and inf included), or None when it holds none.

    Example:
        >>> number("3e-4"), number("NaN"), number("1_000"), number("fast"), number(True)
        (0.0003, nan, None, None, None)
    """
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, str) and ("_" in text or len(text) > 64):
        return None
    try:
        return float(text)
    except OverflowError:
        return float("inf") if text > 0 else float("-inf")
    except (TypeError, ValueError):
        return None


def moment(text: str) -> float | None:
    """Seconds since the epoch of an ISO 8601 date, or None.

    Example:
        >>> moment("1970-01-01T00:01:00+00:00")
        60.0
    """
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()


def columns_of_records(records: list[dict[str, float]]) -> dict[str, Array]:
    """Equally long columns, cells a record lacks masked; axis columns first."""
    seen = dict.fromkeys(name for record in records for name in record)
    names = sorted(seen, key=lambda name: axis_of(name) is None)
    columns: dict[str, Array] = {}
    for name in names:
        rows = [i for i, record in enumerate(records) if name in record]
        column = np.ma.masked_all(len(records))
        column[rows] = [records[i][name] for i in rows]
        columns[name] = column
    return columns
