"""From a log to a `Run`: axes, curves, learning rate, planned end, status."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Curve, Event, FrozenMap, Run, Schedule, Table, UnreadableLog
from forerun.core.axes import PREFERENCE
from forerun.core.metrics import meaning
from forerun.core.run import OVER, Status
from forerun.runs.axes import TOO_MANY, axes_of_log, lost, main_axis
from forerun.runs.horizon import horizon_of
from forerun.runs.log import Log, writable
from forerun.runs.segments import Resolved, resolve
from forerun.runs.series import fit
from forerun.runs.status import ended_by_clock, status_of

UNENDED = "unended"
"""Kind of the event that tells of a last line without an end."""
STUCK = "axis"
"""Kind of the event that tells of an axis at which records are lost."""
_FEWEST, _LOOKED_AT, _CLEARLY = 8, 512, 0.5  # values, values at most, and rank correlation that make a rise (ours)


def assemble(
    log: Log,
    *,
    id: str = "",
    touched: float | None = None,
    now: float | None = None,
    notes: Sequence[Event] = (),
) -> Run:
    """The run a log tells of.

    Args:
        log: what was decoded.
        id: the run's id; empty when the path is to name it.
        touched: unix time at which the log was last written to.
        now: unix time; without it, and ``touched``, a run is never said to have stalled.
        notes: what is to be told of it beside what its records show.

    Raises:
        UnreadableLog: no record stands on an axis, or holds a metric.
    """
    log = _writable(log)
    axes = axes_of_log(log)
    series, damage = fit(log)
    main = main_axis(log, axes)
    parts = {m: part for m, (rows, y) in series.items() if (part := _Ordered.of(log, axes, main, m, rows, y))}
    if not any(len(part.x) for part in parts.values()):
        raise UnreadableLog(_nothing(log, axes, series))
    rate = _rate(log, axes, parts)
    curves = {m: p.curve(log, rate) for m, p in parts.items() if len(p.x)}
    horizon = horizon_of(log.horizon, log.config, axes)
    axis = main or next(iter(curves.values())).axis
    status = status_of(log, horizon, curves, axes, touched=touched, now=now)
    return Run(
        id=id or log.id,
        curves=FrozenMap(curves),
        format=log.format,
        status=status,
        config=FrozenMap(log.config),
        horizon=FrozenMap(horizon),
        schedule=None if rate is None else _path(rate, rate.axis),
        positions=_side_by_side(axes),
        segments=FrozenMap({m: p.segments(log) for m, p in parts.items() if len(p.resolved.segments) > 1}),
        events=(*notes, *_events(log, parts, axis), *_unended(log, axes, axis, status, touched, now)),
        name=log.name,
        damage=(*log.damage, *damage),
        lineage=log.lineage,
        source=log.source,
        task=log.task,
        seed=log.seed if log.seed is not None else _seed(log.config),
        data_order=log.data_order or _words(log.config, _ORDER_KEYS),
        items=_items(log),
    )


def curve_of(log: Log, metric: str) -> Curve | None:
    """One metric's curve of the run a log tells of, without the rest; None where no record of it stands on an axis.

    Args:
        log: what was decoded; it needs to hold the metric and, where there is one, the learning rate.
        metric: its name.
    """
    axes = axes_of_log(log)
    series, _ = fit(log)
    main = main_axis(log, axes)
    wanted = {name: records for name, records in series.items() if name == metric or meaning(name).kind == "rate"}
    parts = {m: part for m, (rows, y) in wanted.items() if (part := _Ordered.of(log, axes, main, m, rows, y))}
    if metric not in parts:
        return None
    return parts[metric].curve(log, _rate(log, axes, parts))


def _rate(log: Log, axes: Mapping[str, Array], parts: Mapping[str, _Ordered]) -> _Ordered | None:
    """The learning rate: logged as a metric, or stated beside each record."""
    return next((p for m, p in parts.items() if meaning(m).kind == "rate" and len(p.x)), None) or _stated(log, axes)


def _writable(log: Log) -> Log:
    """The log with names that every encoding can hold."""
    if all(name.isascii() or writable(name) == name for name in log.series):
        return log
    tables = {
        table: {writable(name): value for name, value in getattr(log, table).items()}
        for table in ("series", "unfit", "metric_axis", "directions")
    }
    return replace(log, **tables)


def _nothing(log: Log, axes: Mapping[str, Array], series: Mapping[str, Any]) -> str:
    if series and not axes:
        return "no column is an axis; name one step, epoch, tokens, samples or time"
    if series:
        return "no record of a metric stands on an axis"
    lost = "; ".join(damage.why for damage in log.damage[:3])
    if axes and log.n:
        return "no metric column: every column is an axis, empty or text" + (f"; {lost}" if lost else "")
    return f"no readable record: {lost}" if lost else "no record in it"


def _side_by_side(axes: Mapping[str, Array]) -> Table:
    """The axes where a record moves on, so that many records of one step are one row."""
    if not axes:
        return Table()
    known = np.logical_or.reduce([np.isfinite(column) for column in axes.values()])
    columns = {name: column if known.all() else column[known] for name, column in axes.items()}
    moved = np.ones(int(known.sum()), bool)
    moved[1:] = np.logical_or.reduce([(c[1:] != c[:-1]) & ~np.isnan(c[1:]) for c in columns.values()])
    return Table(FrozenMap({name: c if moved.all() else c[moved] for name, c in columns.items()}))


_SEED_KEYS = ("seed", "random_seed", "rng_seed", "global_seed", "training.seed", "train/seed")
_ORDER_KEYS = ("data_order", "data_seed", "shuffle_seed", "data_shuffle_seed", "sampler_seed", "curriculum")


def _seed(config: Mapping[str, Any]) -> int | None:
    seed = next((config[key] for key in _SEED_KEYS if key in config), None)
    whole = isinstance(seed, (int, float)) and not isinstance(seed, bool) and seed == seed // 1
    return int(seed) if whole else None  # type: ignore[arg-type]


def _words(config: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    stated = [f"{key}={config[key]}" for key in keys if isinstance(config.get(key), (str, int, float))]
    return ", ".join(stated) or None


def _items(log: Log) -> Table:
    if not log.items:
        return Table()
    task, item, metric, x, score = zip(*log.items, strict=True)
    columns = {"task": task, "item": item, "metric": metric, "x": np.array(x, float), "score": np.array(score, float)}
    return Table(FrozenMap(columns))


@dataclass(frozen=True)
class _Ordered:
    """One metric's records with their order resolved."""

    metric: str
    axis: str
    raw_x: Array
    raw_y: Array
    raw_lr: Array | None
    resolved: Resolved
    undated: int

    @classmethod
    def of(
        cls, log: Log, axes: Mapping[str, Array], main: str, metric: str, rows: ArrayLike, y: ArrayLike
    ) -> _Ordered | None:
        """A metric's records on the axis it is logged on: its own, else the main one, else the first it stands on."""
        rows, y = np.asarray(rows, np.int64), np.asarray(y, float)
        for axis in (_own_axis(log, metric), main, *PREFERENCE, *axes):
            if axis in axes and np.isfinite(x := _at(axes[axis], rows)).any():
                return cls._on(metric, axis, x, y, None if log.lr is None else _at(np.asarray(log.lr, float), rows))
        return None

    @classmethod
    def _on(cls, metric: str, axis: str, x: Array, y: Array, lr: Array | None) -> _Ordered:
        if x.size and (x[1:] > x[:-1]).all() and np.isfinite(x[[0, -1]]).all():
            return cls(metric, axis, x, y, lr, resolve(x), 0)
        dated = np.isfinite(x)
        undated = int((~dated).sum())
        if undated:
            x, y, lr = x[dated], y[dated], None if lr is None else lr[dated]
        return cls(metric, axis, x, y, lr, resolve(x), undated)

    @property
    def x(self) -> Array:
        return self._kept(self.raw_x)

    @property
    def y(self) -> Array:
        return self._kept(self.raw_y)

    def _kept(self, values: Array) -> Array:
        ordered = values if self.resolved.as_written else values[self.resolved.kept]
        if ordered.flags.owndata:
            ordered.flags.writeable = False  # a curve then need not copy it
        return ordered

    def curve(self, log: Log, rate: _Ordered | None) -> Curve:
        comparable = rate is not None and rate is not self and rate.axis == self.axis
        lr = in_force(rate.x, rate.y, self.x) if rate is not None and comparable else None
        if self.raw_lr is not None and np.isfinite(self.raw_lr).any():
            stated = self.raw_lr[self.resolved.kept]
            lr = stated if lr is None else np.where(np.isfinite(stated), stated, lr)
        curve, resumes = self._curve(log, self.x, self.y, lr), self._resumes()
        return curve if resumes is None else replace(curve, resumes=resumes)

    def _resumes(self) -> Array | None:
        """Of each resume the first x after it, and the largest before it; of those that a later one covers, none."""
        segments, x = self.resolved.segments, self.x
        if len(segments) == 1 or not x.size:
            return None
        stretch = np.repeat(np.arange(len(segments)), [one.size for one in segments])[self.resolved.kept]
        first = np.flatnonzero(np.diff(stretch)) + 1
        reached = [self.raw_x[segments[k - 1]].max() for k in stretch[first]]
        return np.stack([x[first], np.array(reached)], axis=1) if first.size else None

    def rises(self, log: Log) -> bool:
        """Whether it is better when higher as far as its movement tells, where neither log nor name does."""
        bare, _ = split_slice(self.metric)
        return self.metric not in log.directions and meaning(bare).kind == "other" and risen(self.y)

    def segments(self, log: Log) -> tuple[Curve, ...]:
        return tuple(self._stretch(log, stretch) for stretch in self.resolved.segments)

    def _stretch(self, log: Log, stretch: np.ndarray) -> Curve:
        x, y = self.raw_x[stretch], self.raw_y[stretch]
        ordered = np.argsort(x, kind="stable")
        last = np.append(np.diff(x[ordered]) > 0, True)
        return self._curve(log, x[ordered][last], y[ordered][last], None)

    def _curve(self, log: Log, x: Array, y: Array, lr: Array | None) -> Curve:
        bare, part = split_slice(self.metric)
        direction = log.directions.get(self.metric) or ("max" if self.rises(log) else meaning(bare).direction)
        return Curve(x, y, self.metric, self.axis, direction, slice=FrozenMap(part) if part else None, lr=lr)


def risen(y: Array) -> bool:
    """Whether values clearly rose: their ranks go with their order.

    Example:
        >>> risen(np.arange(20.0) % 7 + np.arange(20)), risen(-np.arange(20.0)), risen(np.arange(5.0))
        (True, False, False)
    """
    y = y[np.isfinite(y)]
    y = y[np.linspace(0, y.size - 1, _LOOKED_AT).astype(int)] if y.size > _LOOKED_AT else y
    if y.size < _FEWEST or (y == y[0]).all():
        return False
    ranks = np.searchsorted(np.sort(y), y) + np.searchsorted(np.sort(y), y, side="right")  # ties share theirs
    return bool(np.corrcoef(ranks, np.arange(y.size))[0, 1] > _CLEARLY)


def _own_axis(log: Log, metric: str) -> str:
    """The axis that the log itself gives a metric, by its name or by a pattern such as ``val/*``."""
    if metric in log.metric_axis or not log.metric_axis:
        return log.metric_axis.get(metric, "")
    patterns = (name for name in log.metric_axis if name.endswith("*") and metric.startswith(name[:-1]))
    return log.metric_axis.get(max(patterns, key=len, default=""), "")


def _at(column: Array, rows: np.ndarray) -> Array:
    return column if rows.size == column.size else column[rows]


def split_slice(metric: str) -> tuple[str, dict[str, str]]:
    """The bare metric name and its slice.

    Example:
        >>> split_slice("acc{skill=addition}")
        ('acc', {'skill': 'addition'})
    """
    match = re.fullmatch(r"([^{}]+)\{([^{}]*)\}", metric) if metric.endswith("}") else None
    if not match:
        return metric, {}
    pairs = (item.partition("=") for item in match[2].split(","))
    return match[1], {key.strip(): value.strip() for key, _, value in pairs}


def in_force(logged_x: Array, value: Array, x: Array) -> Array:
    """The scheduled value in force at each x: the latest logged at or before it, NaN before the first.

    Example:
        >>> in_force(np.array([0.0, 10.0]), np.array([0.1, 0.01]), np.array([-1.0, 5.0, 10.0])).tolist()
        [nan, 0.1, 0.01]
    """
    if np.array_equal(logged_x, x):
        return value
    index = np.searchsorted(logged_x, x, side="right") - 1
    return np.where(index >= 0, value[np.maximum(index, 0)], np.nan)


def _stated(log: Log, axes: Mapping[str, Array]) -> _Ordered | None:
    """The learning rate that records state for themselves, along the metric that has it most often."""
    if log.lr is None or not log.series:
        return None
    rate = np.asarray(log.lr, float)
    rows = max((rows for rows, _ in log.series.values()), key=lambda rows: int(np.isfinite(rate[rows]).sum()))
    rows = rows[np.isfinite(rate[rows])]
    main = next((a for a in (log.axis, *PREFERENCE, *axes) if a in axes and np.isfinite(axes[a][rows]).any()), None)
    return None if main is None else _Ordered._on("lr", main, axes[main][rows], rate[rows], None)


def _path(rate: _Ordered, axis: str) -> Schedule | None:
    known = np.isfinite(rate.y)
    if not known.any():
        return None
    x, y = (rate.x, rate.y) if known.all() else (rate.x[known], rate.y[known])
    return Schedule("path", FrozenMap({"x": x, "value": y}), axis)


def _events(log: Log, parts: Mapping[str, _Ordered], axis: str) -> Iterable[Event]:
    resumes: dict[float, list[str]] = {}
    for metric, part in parts.items():
        for before, stretch in zip(part.resolved.segments, part.resolved.segments[1:], strict=False):
            start = float(part.raw_x[stretch].min())
            resumes.setdefault(start, []).append(f"{metric}: {int((part.raw_x[before] >= start).sum())}")
    for start, overlaps in sorted(resumes.items()):
        message = "records logged before and replaced: " + ", ".join(overlaps)
        yield Event("resume", start, axis, message)
    for metric, part in parts.items():
        if part.resolved.repeated:
            yield Event("repeat", None, axis, f"{metric}: {part.resolved.repeated} repeated x, the latest kept")
        if part.resolved.late:
            yield Event("late", None, axis, f"{metric}: {part.resolved.late} records logged late, put in order of x")
        if part.undated:
            yield Event("undated", None, axis, f"{metric}: {part.undated} records without a usable x left out")
    yield from _stuck(parts)
    yield from _guesses(log, parts)


def _unended(
    log: Log, axes: Mapping[str, Array], axis: str, status: Status, touched: float | None, now: float | None
) -> Iterable[Event]:
    """That the last record may be half of one, as its line has no end and the log may still be written."""
    if log.unended and status not in OVER and not ended_by_clock(log, axes, touched=touched, now=now):
        last = axes[axis][-1] if axis in axes and axes[axis].size else np.nan
        message = "the last line has no end yet and may be half of one"
        yield Event(UNENDED, float(last) if np.isfinite(last) else None, axis, message)


def _stuck(parts: Mapping[str, _Ordered]) -> Iterable[Event]:
    """Axes at whose repeated x more records are lost than can be chance."""
    by_axis: dict[str, dict[str, float]] = {}
    for metric, part in parts.items():
        if part.resolved.repeated and (share := lost(part.raw_x, part.raw_y)) > TOO_MANY:
            by_axis.setdefault(part.axis, {})[metric] = share
    for axis, shares in by_axis.items():
        metric = max(shares, key=lambda name: shares[name])
        more = f" (and {len(shares) - 1} more)" if len(shares) > 1 else ""
        problem = f"{metric}{more}: {axis} repeats in {shares[metric]:.0%} of the records, the latest kept"
        way = "the log may count within an epoch, or hold several runs: name the axis with --axis"
        yield Event(STUCK, None, axis, f"{problem}; {way}")


def _guesses(log: Log, parts: Mapping[str, _Ordered]) -> Iterable[Event]:
    rising = [metric for metric, part in parts.items() if part.rises(log)]
    if rising:
        names = ", ".join(rising[:3]) + (f" and {len(rising) - 3} more" if len(rising) > 3 else "")
        message = f"{names}: taken to be better when higher, as it rose; direction in forerun.toml sets it"
        yield Event("guess", None, parts[rising[0]].axis, message)
