"""Which column is x: the finest axis on which the records of a run stand one behind the other.

A log may count within an epoch, repeat an epoch in every record of it, or write two counters of which one is stuck. No
point is dropped for that: another axis that rises is taken, or one is put together, and the run is told of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from forerun.core import Array, Event
from forerun.core.axes import PREFERENCE
from forerun.runs.log import WALL, Log
from forerun.runs.segments import restarts
from forerun.runs.series import pilot_of

TOO_MANY = 0.2
"""Share of a metric's records at a repeated x beyond which x is taken to count something else (ours)."""
ROW = "row"
"""The axis of records that stand on none: their number, from 1."""
_FEW, _BACK = 4, 0.2  # records that show whether a time goes on, and the share of them that may go back (ours)
_NO_MOMENT = 1e20  # beyond the nanoseconds of our age
_FIRST_MOMENT = 1e9  # unix seconds of 2001, below which a time is a duration
_OUR_AGE = 1e8  # unix seconds of 1973: a hundred times as many are of the year 5138
_NEARLY = 0.98  # share of rising records that makes an axis a rising one (ours)
_AHEAD, _EVEN = 3, 0.8  # places that a process may be ahead, and the share of places that hold as many records (ours)
_PASSES = 3  # of equal length, with values that go on, that make a counter one within an epoch (ours)


def axes_of_log(log: Log) -> dict[str, Array]:
    """The axes that hold a number anywhere; moments become seconds since the first of them."""
    axes = {name: np.asarray(column, float) for name, column in log.axes.items()}
    if "step" not in axes and "_step" in axes:  # W&B's count of log calls, unless the run counts its own
        axes["step"] = axes.pop("_step")
    wall = axes.pop(WALL, None)
    if wall is not None and "seconds" not in axes:
        wall = unix_seconds(wall)
        wall = np.where(np.abs(wall) < 1e15, wall, np.nan)  # beyond that a clock wrote what is no time
        known = np.isfinite(wall)
        axes["seconds"] = wall - (wall[known].min() if known.any() else 0.0)
    return {name: column for name, column in axes.items() if np.isfinite(column).any()}


def unix_seconds(wall: Array) -> Array:
    """Moments in seconds, of a clock that counts in milli-, micro- or nanoseconds: those of our age are told by size.

    Example:
        >>> unix_seconds(np.array([1.7e12, 1.7e12 + 60_000])).tolist()
        [1700000000.0, 1700000060.0]
    """
    known = np.abs(wall[np.abs(wall) < _NO_MOMENT])
    usual = float(np.median(known)) if known.size else 0.0
    return wall / next((size for size in (1e9, 1e6, 1e3) if usual >= _OUR_AGE * size), 1.0)


def main_axis(log: Log, axes: Mapping[str, Array]) -> str:
    """The axis the run is counted on."""
    return log.axis if log.axis in axes else next((a for a in PREFERENCE if a in axes), None) or next(iter(axes), "")


def placed(log: Log) -> tuple[Log, tuple[Event, ...]]:
    """The log on the axis that loses no points, with what was done for it.

    Example:
        >>> rows = np.arange(6)
        >>> log = Log("x", n=6, axes={"step": np.array([1.0, 2, 3, 1, 2, 3]), "epoch": np.repeat([0.0, 1], 3)})
        >>> log.series["loss"] = (rows, 3.0 - rows / 10)
        >>> taken, notes = placed(log)
        >>> taken.axes["step"].tolist(), notes[0].message
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 'step counts within an epoch: taken as epoch times 3 plus step')
    """
    pilot = pilot_of(log)
    if pilot is None:
        return log, ()
    taken, notes = _rising(log, pilot)
    taken, carried = _carried(taken)
    return taken, (*notes, *carried)


def _rising(log: Log, pilot: str) -> tuple[Log, tuple[Event, ...]]:
    """The log on an axis along which the pilot's records stand one behind the other."""
    timed, log = log, _without_durations(log, np.asarray(log.series[pilot][0]))
    axes = axes_of_log(log)
    axis = main_axis(log, axes)
    if axis not in axes:
        return (log, ()) if timed is log else _told(*_by_row(log, "time does not go on"))
    rows, y = (np.asarray(column) for column in log.series[pilot])
    x = axes[axis][rows]
    known = np.isfinite(x)
    if (x[1:] > x[:-1]).all() or not known.any():
        return log, ()
    at, y = rows[known], y[known]
    alone = not _counts_within(axes, axis, at)
    x = x[known]
    if alone and not _jumps(x) and lost(x, y) <= TOO_MANY and not _goes_on(x, y):
        return log, ()
    return _told(*next(_ways(log, axes, axis, at, y)))


def _told(log: Log, how: str) -> tuple[Log, tuple[Event, ...]]:
    return log, (Event("guess", None, log.axis, how),)


def _by_row(log: Log, why: str) -> tuple[Log, str]:
    number = np.arange(1.0, log.n + 1.0)
    return replace(log, axes={**log.axes, ROW: number}, axis=ROW), f"{why}: records are counted instead"


def _jumps(x: Array) -> bool:
    """Whether x goes back too often to be a place in a run."""
    back = x[1:] < x[:-1]
    return bool(back.sum() >= _FEW - 1 and back.mean() > _BACK)


def _without_durations(log: Log, rows: np.ndarray) -> Log:
    """The log without a time that does not go on: how long each record took, and not when it was."""
    x = log.axes.get(WALL, log.axes.get("seconds"))
    if x is None or rows.size < _FEW:
        return log
    x = np.asarray(x, float)[rows]
    if np.nanmin(x, initial=np.inf) >= _FIRST_MOMENT:
        return log  # moments, however close
    if not _jumps(x) and (x[1:] != x[:-1]).any():
        return log
    return replace(log, axes={name: column for name, column in log.axes.items() if name not in (WALL, "seconds")})


def _carried(log: Log) -> tuple[Log, tuple[Event, ...]]:
    """Metrics that stand on no axis at all are put where the records before them stand."""
    axes = axes_of_log(log)
    axis = main_axis(log, axes)
    if axis not in axes or np.isfinite(axes[axis]).all():
        return log, ()
    dated = np.logical_or.reduce([np.isfinite(column) for column in axes.values()])
    nowhere = {name: rows for name, (rows, _) in log.series.items() if not dated[rows].any()}
    known = np.isfinite(axes[axis])
    before = np.maximum.accumulate(np.where(known, np.arange(log.n), -1))
    column = axes[axis].copy()
    for rows in nowhere.values():
        column[rows] = np.where(before[rows] >= 0, axes[axis][before[rows]], np.nan)
    if not nowhere or not np.isfinite(column[next(iter(nowhere.values()))]).any():
        return log, ()
    message = f"{', '.join(list(nowhere)[:3])}: logged without {axis}, put where the records before stand"
    return replace(log, axes={**log.axes, axis: column}), (Event("guess", None, axis, message),)


def lost(x: Array, y: Array) -> float:
    """The share of records that are followed by one at the same x and with another value.

    Example:
        >>> lost(np.array([1.0, 1, 1, 1, 2]), np.arange(5.0)), lost(np.array([1.0, 1, 2, 2]), np.array([5.0, 5, 4, 4]))
        (0.6, 0.0)
    """
    again = (x[1:] == x[:-1]) & (y[1:] != y[:-1])
    return float(again.sum()) / x.size if again.sum() >= _FEW - 1 else 0.0


def _ways(log: Log, axes: Mapping[str, Array], axis: str, rows: np.ndarray, y: Array) -> Iterator[tuple[Log, str]]:
    """What may be taken instead, the best first, each with how it is told."""
    why = _why(axes[axis][rows], axis)
    for other in _others(log, axes, axis):
        if _rises(axes[other][rows]):
            taken = replace(log, axis=other)
            if axis == "step" and other == "_step":
                taken = replace(log, axes={**log.axes, "step": log.axes["_step"]}, axis="step")
            yield taken, f"{why}: counted in {other}, which rises"
    if axis != "epoch" and "epoch" in axes:
        yield from _within_epochs(log, axes, axis, rows)
    if _goes_on(axes[axis][rows], y):
        yield _passes_added(log, axes[axis], axis, rows)
    if axis != "seconds" and (spread := _spread(axes[axis], rows)) is not None:
        how = f"{axis} is the same in many records: they are taken to be spread evenly over it"
        yield replace(log, axes={**log.axes, axis: spread}, axis=axis), how
    if "seconds" in axes and axis != "seconds" and _rises(axes["seconds"][rows]):
        yield replace(log, axis="seconds"), f"{why}: counted in seconds, which rise"
    yield _by_row(log, why)


def _why(x: Array, axis: str) -> str:
    share = 1.0 - np.unique(x).size / x.size
    return f"{axis} repeats in {share:.0%} of the records"


def _others(log: Log, axes: Mapping[str, Array], axis: str) -> list[str]:
    """Further axes that count, the preferred first."""
    known = [name for name in (*PREFERENCE, *axes) if name in axes and name not in (axis, "seconds", ROW)]
    return list(dict.fromkeys(known))


def _rises(x: Array) -> bool:
    return bool(np.isfinite(x).all() and x.size > 1 and np.mean(x[1:] > x[:-1]) >= _NEARLY)


def _counts_within(axes: Mapping[str, Array], axis: str, rows: np.ndarray) -> bool:
    """Whether an axis begins anew while another that counts goes on."""
    starts = restarts(axes[axis][rows])
    if not starts:
        return False
    after = np.array(starts)
    for name, column in axes.items():
        moved = column[rows[after]] - column[rows[after - 1]]
        if name not in (axis, "seconds", ROW) and np.mean(moved > 0) > 0.8:
            return True
    return False


def _within_epochs(log: Log, axes: Mapping[str, Array], axis: str, rows: np.ndarray) -> Iterator[tuple[Log, str]]:
    """Epoch times its length plus the count within it, where that rises."""
    epoch, x = axes["epoch"], axes[axis]
    inside = x[rows]
    if not np.isfinite(epoch[rows]).all() or (epoch[rows] % 1).any():
        return
    length = float(inside.max()) + (_spacing(inside) if inside.min() <= 0 else 0.0)
    first = float(epoch[rows].min())
    whole = (epoch - first) * length + x
    if np.mean(np.diff(whole[rows]) > 0) < 1.0 - TOO_MANY:
        return
    how = f"{axis} counts within an epoch: taken as epoch times {length:g} plus {axis}"
    yield replace(log, axes={**log.axes, axis: _not_behind(whole, rows)}, axis=axis), how


def _not_behind(whole: Array, rows: np.ndarray) -> Array:
    """Records that count something else, as those of an evaluation may, stand where the training had come to."""
    before = np.full(whole.size, -1)
    before[rows] = rows
    before = np.maximum.accumulate(before)
    return np.where(before >= 0, np.fmax(whole, whole[before]), whole)


def _spacing(x: Array) -> float:
    moves = np.diff(x)
    moves = moves[moves > 0]
    return float(np.median(moves)) if moves.size else 1.0


def _goes_on(x: Array, y: Array) -> bool:
    """Whether x begins anew at equal lengths while the values go on from where they were, as within epochs."""
    starts = restarts(x)
    if len(starts) + 1 < _PASSES:
        return False
    ends = np.array([*starts, x.size])[:-1] - 1
    if np.ptp(x[ends]) > 0.02 * abs(x[ends]).max():
        return False
    begins = [_level(y, begin, begin + 3) for begin in (0, *starts)]
    finals = [_level(y, end - 2, end + 1) for end in ends.tolist()]
    beside = np.abs(np.array(begins[1:]) - np.array(finals))
    anew = np.abs(np.array(begins[1:]) - begins[0])
    return bool(np.median(beside) < 0.5 * np.median(anew))


def _level(y: Array, begin: int, end: int) -> float:
    return float(np.median(y[max(begin, 0) : end]))


def _passes_added(log: Log, column: Array, axis: str, rows: np.ndarray) -> tuple[Log, str]:
    x = column[rows]
    starts = restarts(x)
    length = float(x.max()) + (_spacing(x) if x.min() <= 0 else 0.0)
    number = np.searchsorted(rows[np.array(starts)], np.arange(log.n), side="right")
    how = f"{axis} begins anew at every {length:g} while the values go on: counted on, as {len(starts) + 1} passes"
    return replace(log, axes={**log.axes, axis: column + number * length}, axis=axis), how


def _spread(column: Array, rows: np.ndarray) -> Array | None:
    """Records of one x spread evenly up to the next, where each x has about as many; None where it has not.

    Processes that write into one log may be ahead of one another by a little.
    """
    x = column[rows]
    places, sizes = np.unique(x, return_counts=True)
    if places.size < 2 or np.mean(np.maximum.accumulate(x) - x > _AHEAD * np.median(np.diff(places))) > 1 - _NEARLY:
        return None
    usual = float(np.median(sizes[:-1]))
    if np.mean(np.abs(sizes[:-1] - usual) <= 0.1 * usual + 1) < _EVEN:
        return None
    order = np.argsort(x, kind="stable")
    number = np.arange(x.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    width = np.append(sizes[:-1], max(usual, sizes[-1]))
    step = np.append(np.diff(places), np.median(np.diff(places)))
    spread = column.copy()
    spread[rows[order]] = x[order] + number / np.repeat(width, sizes) * np.repeat(step, sizes)
    return spread
