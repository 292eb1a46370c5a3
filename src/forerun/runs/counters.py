"""From the counters a log holds to one column an axis.

Logs count in many columns at once: ``global_step`` beside ``iter``, an epoch beside a batch that starts again in each.
Readers keep them all, as ``step (global_step)``, ``step (iter)``; which is believed is decided here, on the whole log:

* of several columns for one axis the first by `forerun.core.axes.axis_rank` that never goes back and tells about as
  many places apart as any; a column that starts again in each epoch is unrolled first (``step = epochs before + i``);
* a column that jumps about is no axis (the steps of an episode, the seconds of an epoch) and becomes a series; one
  that never moves (``total_steps``) becomes a setting;
* a log with the axis ``row`` is a plain table: where there is no axis at all, its rows are counted. What then remains
  may be a data set; `forerun.runs.datasets` says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from forerun.core import Array, UnreadableLog
from forerun.core.axes import axis_of, axis_rank
from forerun.runs.datasets import why_no_log
from forerun.runs.log import WALL, Log

ROW = "row"
_ERRATIC = 0.2  # share of falls beyond which a column is no counter (ours, arbitrary: resumes are rarer)
_RESTARTS = 0.8  # share of an outer counter's rises at which an inner one falls (ours: late records are few)
_NAMED = re.compile(r"([a-z]+) \((.*)\)", re.DOTALL)
_WEAK = frozenset(
    "frame frames batch batches batch_idx batch_id batch_index batch_no batch_num n_batch num_batches round rounds "
    "trial trials tick checkpoint ckpt images examples samples index it token tokens params parameters "
    "n_params num_params elapsed elapsed_time seconds runtime_s update".split()
)
"""Names of axes that columns of data sets bear as well."""
Columns = dict[str, Array]


def named_axis(axis: str, column: str) -> str:
    """How a log keeps a column for an axis: bare under its own name, else with the column's.

    Example:
        >>> named_axis("step", "step"), named_axis("step", "global_step")
        ('step', 'step (global_step)')
    """
    return axis if column == axis else f"{axis} ({column})"


def settled(log: Log) -> Log:
    """The log with one column an axis; as it is where nothing is to be decided.

    Raises:
        UnreadableLog: a plain table without an axis that is not the log of a training.

    Example:
        >>> epoch, batch = np.repeat([1.0, 2.0], 3), np.tile([0.0, 1.0, 2.0], 2)
        >>> settled(Log("x", n=6, axes={"epoch": epoch, "step (batch)": batch})).axes["step"].tolist()
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """
    if log.axis == ROW or log.metric_axis or not _open(log.axes):
        return log
    plain = ROW in log.axes
    row = log.axes.get(ROW, np.empty(0))
    axes, names, spare = _chosen(_by_axis(log.axes), plain)
    if not plain:
        return replace(log, axes=axes)
    unused = {name: _present(column) for name, column in spare.items() if name not in log.series}
    moving = {name: entries for name, entries in unused.items() if np.ptp(entries[1]) > 0}
    planned = {name: float(entries[1][0]) for name, entries in unused.items() if name not in moving}
    log = replace(log, axes=axes, series={**log.series, **moving}, config={**planned, **log.config})
    if not any(_strong(axis, name) for axis, name in names.items()):
        _insist(log, names)
    return _counted(log, row)


def _open(axes: Mapping[str, Array]) -> bool:
    return ROW in axes or {"epoch", "step"} <= axes.keys() or any(name.endswith(")") for name in axes)


def _by_axis(axes: Mapping[str, Array]) -> dict[str, Columns]:
    """Per axis the columns for it by name, the most believed first."""
    by_axis: dict[str, Columns] = {}
    for key, column in axes.items():
        named = _NAMED.fullmatch(key)
        axis, name = (named[1], named[2]) if named else (key, key)
        if axis != ROW and np.isfinite(column).any():
            by_axis.setdefault(axis, {})[name] = np.asarray(column, float)
    return {
        axis: dict(sorted(columns.items(), key=lambda item: axis_rank(item[0]))) for axis, columns in by_axis.items()
    }


def _chosen(by_axis: dict[str, Columns], plain: bool) -> tuple[Columns, dict[str, str], Columns]:
    """The axes, the name of the column each is, and the columns that are none."""
    axes: Columns = {}
    names: dict[str, str] = {}
    spare: Columns = {}
    for axis, columns in sorted(by_axis.items(), key=lambda item: item[0] == "step"):
        outer = [axes[name] for name in ("epoch", "episode") if name in axes] if axis == "step" else []
        counters = {name: _unrolled(column, outer) for name, column in columns.items()}
        usable = {name: column for name, column in counters.items() if not plain or _counts(axis, column)}
        if usable:
            names[axis] = name = _believed(usable)
            axes[axis] = _filled(usable, name)
        spare |= {name: column for name, column in columns.items() if name not in usable}
    if "step" in axes and "epoch" in axes:
        axes["step"] = _held(axes["step"], axes["epoch"])
    return axes, names, spare


def _rises(column: Array) -> Array:
    return np.diff(_finite(column))


def _finite(column: Array) -> Array:
    """The finite values of a column: mostly itself, which then is not copied."""
    known = np.isfinite(column)
    return column if known.all() else column[known]


def _counts(axis: str, column: Array) -> bool:
    """Whether a column counts: it rises on the whole, or starts again from its first value."""
    known = _finite(column)
    steps = np.diff(known)
    if known.size and (steps > 0).all():
        return True
    if axis not in ("seconds", WALL):
        steps = steps[(steps >= 0) | (known[1:] > known.min(initial=np.inf))]
    return known.size < 2 or bool((np.diff(known) != 0).any() and (steps < 0).sum() <= max(2, _ERRATIC * known.size))


def _believed(columns: Columns) -> str:
    """The first that never goes back and tells about as many places apart as any other such; else the first."""
    places = {
        name: int((rises > 0).sum()) for name, column in columns.items() if not ((rises := _rises(column)) < 0).any()
    }
    most = max(places.values(), default=0)
    return next((name for name, count in places.items() if count >= _RESTARTS * most and count), next(iter(columns)))


def _filled(columns: Columns, name: str) -> Array:
    """A column, and where it is silent those that never speak beside it."""
    column = columns[name]
    for other in columns.values():
        both = np.isfinite(column) & np.isfinite(other)
        if not both.any():
            column = np.where(np.isfinite(column), column, other)
    return column


def _unrolled(inner: Array, outers: list[Array]) -> Array:
    """A counter that starts again whenever an outer one rises, counted on; any other as it is."""
    for outer in outers:
        rows = np.flatnonzero(np.isfinite(inner) & np.isfinite(outer))
        i, e = inner[rows], np.floor(outer[rows])
        rises, falls = np.diff(e) > 0, np.diff(i) < 0
        if not rises.any() or (falls & rises).sum() < _RESTARTS * rises.sum() or (np.diff(i) > 0).sum() < rises.sum():
            continue
        column = np.full(inner.size, np.nan)
        column[rows] = _unroll(e, i)
        return column
    return inner


def _unroll(epoch: Array, i: Array) -> Array:
    """``epochs before x n + i``; where epochs are not equally long, what was counted in those before ``+ i``."""
    begins = np.flatnonzero(np.append(True, np.diff(epoch) != 0))
    i = np.concatenate([np.maximum.accumulate(part) for part in np.split(i, begins[1:])])
    rises = np.diff(i)
    spacing = float(np.median(rises[rises > 0]))
    first, tops = float(i.min()), np.maximum.reduceat(i, begins)
    even = not (float(tops.max()) - first) % spacing
    sizes = tops + (spacing - first if even else float(first == 0))
    whole = sizes[:-1] if sizes.size > 1 else sizes  # the last may not be over
    if np.median(whole) >= 0.9 * sizes.max():
        before = (epoch[begins] - epoch[0]) * sizes.max()
    else:
        before = np.append(0.0, np.cumsum(sizes)[:-1])
    return np.repeat(before, np.diff(np.append(begins, i.size))) + i


def _held(step: Array, epoch: Array) -> Array:
    """The last step before a record that names only its epoch: an evaluation. Where epochs disagree, none is."""
    open_ = np.isnan(step) & np.isfinite(epoch)
    if not open_.any() or open_.all():
        return step
    last = np.maximum.accumulate(np.where(np.isfinite(step), np.arange(step.size), -1))
    rows = np.flatnonzero(open_ & (last >= 0))
    near = np.abs(epoch[rows] - epoch[last[rows]]) <= 1
    if rows.size == 0 or near.mean() < 0.9:
        return step
    column = step.copy()
    column[rows] = step[last[rows]]
    return column


def _present(column: Array) -> tuple[np.ndarray, Array]:
    rows = np.flatnonzero(np.isfinite(column))
    return rows, column[rows]


def _strong(axis: str, name: str) -> bool:
    plain = re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")
    return axis != WALL and plain not in _WEAK and axis_of(name) is not None


def _insist(log: Log, names: Mapping[str, str]) -> None:
    """Refuse what has no axis, or one that data sets have as well, and is not named like a training's log."""
    words = [name for name, unfit in log.unfit.items() if unfit.count > len(log.series.get(name, ((),))[0])]
    numbers = [name for name in log.series if name not in words]
    why = why_no_log(numbers, words) if numbers else ""
    if why or (log.n < 2 and not names and numbers):
        axis = f"no column is an axis but {next(iter(names.values()))!r}" if names else "no column is an axis"
        raise UnreadableLog(f"{axis}, and {why or 'one row is no curve'}")


def _counted(log: Log, row: Array) -> Log:
    """Rows where there is no axis; one whose records repeat it is left to `forerun.runs.axes`, which tells of it."""
    return log if log.axes else replace(log, axes={ROW: row}, axis=ROW)
