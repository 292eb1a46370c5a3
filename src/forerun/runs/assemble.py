"""From what a reader decoded to a `Run`: curves, learning rate, planned end, status."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Curve, Damage, Direction, Event, FrozenMap, Run, Schedule, Table
from forerun.core.metrics import meaning
from forerun.runs.segments import Resolved, resolve


@dataclass
class Log:
    """What a reader decoded of one run, in the order it was written.

    Args:
        format: the reader's name.
        axis: what the x of every series counts.
        series: per metric its x and y, non-finite y included.
        lr: per metric the learning rate in force at each of its records, where the log states it there.
        positions: columns of axes logged side by side (step, epoch, seconds ...), NaN where one is absent.
        config: settings as logged.
        horizon: planned end per axis, where the format states it; settings such as ``max_steps`` are found without.
        damage: records that could not be read.
        directions: directions the log states itself.
        finished: True when the log says that the run ended as planned.
    """

    format: str
    axis: str = "step"
    series: dict[str, tuple[ArrayLike, ArrayLike]] = field(default_factory=dict)
    lr: dict[str, ArrayLike] = field(default_factory=dict)
    positions: dict[str, ArrayLike] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    horizon: dict[str, float] = field(default_factory=dict)
    damage: list[Damage] = field(default_factory=list)
    directions: dict[str, Direction] = field(default_factory=dict)
    finished: bool = False


def assemble(log: Log, *, id: str = "", **provenance: Any) -> Run:
    """The run a log tells of.

    Args:
        log: what was decoded.
        id: the run's id; empty when the path is to name it.
        provenance: further fields of ``Run`` (source, task, seed ...).
    """
    parts = {metric: _Ordered.of(metric, x, y) for metric, (x, y) in log.series.items()}
    rate = next((p for m, p in parts.items() if meaning(m).kind == "rate" and len(p.x)), None) or _stated_rate(log)
    curves = {m: p.curve(log, rate) for m, p in parts.items() if len(p.x)}
    horizon = _horizon(log)
    finished = log.finished or reached(horizon.get(log.axis), curves.values())
    return Run(
        id=id,
        curves=FrozenMap(curves),
        format=log.format,
        status="finished" if finished else "running",
        config=FrozenMap(log.config),
        horizon=FrozenMap(horizon),
        schedule=None if rate is None else _path(rate, log.axis),
        positions=Table(FrozenMap({name: np.asarray(column, float) for name, column in log.positions.items()})),
        segments=FrozenMap({m: p.segments(log) for m, p in parts.items() if len(p.resolved.segments) > 1}),
        events=tuple(_events(parts, log.axis)),
        damage=tuple(log.damage),
        **provenance,
    )


@dataclass(frozen=True)
class _Ordered:
    """One metric's records with their order resolved."""

    metric: str
    raw_x: Array
    raw_y: Array
    resolved: Resolved
    undated: int

    @classmethod
    def of(cls, metric: str, x: ArrayLike, y: ArrayLike) -> _Ordered:
        x, y = np.asarray(x, float), np.asarray(y, float)
        dated = np.isfinite(x)
        return cls(metric, x[dated], y[dated], resolve(x[dated]), int((~dated).sum()))

    @property
    def x(self) -> Array:
        return self.raw_x[self.resolved.kept]

    @property
    def y(self) -> Array:
        return self.raw_y[self.resolved.kept]

    def curve(self, log: Log, rate: _Ordered | None) -> Curve:
        lr = None if rate is None or rate is self else in_force(rate.x, rate.y, self.x)
        if self.metric in log.lr:
            stated = np.asarray(log.lr[self.metric], float)[self.resolved.kept]
            lr = stated if lr is None else np.where(np.isfinite(stated), stated, lr)
        return self._curve(log, self.x, self.y, lr)

    def segments(self, log: Log) -> tuple[Curve, ...]:
        return tuple(self._stretch(log, stretch) for stretch in self.resolved.segments)

    def _stretch(self, log: Log, stretch: np.ndarray) -> Curve:
        x, y = self.raw_x[stretch], self.raw_y[stretch]
        ordered = np.argsort(x, kind="stable")
        last = np.append(np.diff(x[ordered]) > 0, True)
        return self._curve(log, x[ordered][last], y[ordered][last], None)

    def _curve(self, log: Log, x: Array, y: Array, lr: Array | None) -> Curve:
        bare, part = split_slice(self.metric)
        direction = log.directions.get(self.metric) or meaning(bare).direction
        return Curve(x, y, self.metric, log.axis, direction, slice=FrozenMap(part) if part else None, lr=lr)


def split_slice(metric: str) -> tuple[str, dict[str, str]]:
    """The bare metric name and its slice.

    Example:
        >>> split_slice("acc{skill=addition}")
        ('acc', {'skill': 'addition'})
    """
    found = re.fullmatch(r"([^{}]+)\{([^{}]*)\}", metric)
    if not found:
        return metric, {}
    pairs = (item.partition("=") for item in found[2].split(","))
    return found[1], {key.strip(): value.strip() for key, _, value in pairs}


def in_force(logged_x: Array, value: Array, x: Array) -> Array:
    """The scheduled value in force at each x: the latest logged at or before it, NaN before the first.

    Example:
        >>> in_force(np.array([0.0, 10.0]), np.array([0.1, 0.01]), np.array([-1.0, 5.0, 10.0])).tolist()
        [nan, 0.1, 0.01]
    """
    index = np.searchsorted(logged_x, x, side="right") - 1
    return np.where(index >= 0, value[np.maximum(index, 0)], np.nan)


_HORIZON_KEYS = {
    "step": "max_steps total_steps num_steps n_steps num_train_steps train_steps max_iters max_iterations iterations "
    "num_iterations total_iterations train_iters",
    "epoch": "max_epochs num_train_epochs num_epochs n_epochs total_epochs epochs",
    "tokens": "max_tokens total_tokens train_tokens",
}


def _horizon(log: Log) -> dict[str, float]:
    found = dict(log.horizon)
    for axis, keys in _HORIZON_KEYS.items():
        for key in keys.split():
            value = log.config.get(key)
            if axis not in found and isinstance(value, (int, float)) and not isinstance(value, bool) and value > 1:
                found[axis] = float(value)
    return found


def reached(horizon: float | None, curves: Iterable[Curve]) -> bool:
    """Whether the densest curve has come within one logging interval of the planned end."""
    densest = max(curves, key=len, default=None)
    if horizon is None or densest is None or len(densest) < 2:
        return False
    return bool(densest.x[-1] + np.median(np.diff(densest.x)) > horizon)


def _stated_rate(log: Log) -> _Ordered | None:
    """The learning rate stated beside the records of the densest metric that has it."""
    if not log.lr:
        return None
    metric = max(log.lr, key=lambda name: np.isfinite(np.asarray(log.lr[name], float)).sum())
    rate = np.asarray(log.lr[metric], float)
    known = np.isfinite(rate)
    return _Ordered.of("lr", np.asarray(log.series[metric][0], float)[known], rate[known]) if known.any() else None


def _path(rate: _Ordered, axis: str) -> Schedule | None:
    known = np.isfinite(rate.y)
    if not known.any():
        return None
    return Schedule("path", FrozenMap({"x": rate.x[known], "value": rate.y[known]}), axis)


def _events(parts: Mapping[str, _Ordered], axis: str) -> Iterable[Event]:
    resumes: dict[float, list[str]] = {}
    for metric, part in parts.items():
        for before, stretch in zip(part.resolved.segments, part.resolved.segments[1:], strict=False):
            start = float(part.raw_x[stretch].min())
            resumes.setdefault(start, []).append(f"{metric}: {int((part.raw_x[before] >= start).sum())}")
    for start, overlaps in sorted(resumes.items()):
        told = "records logged before and replaced: " + ", ".join(overlaps)
        yield Event("resume", start, axis, told)
    for metric, part in parts.items():
        if part.resolved.repeated:
            yield Event("repeat", None, axis, f"{metric}: {part.resolved.repeated} repeated x, the latest kept")
        if part.resolved.late:
            yield Event("late", None, axis, f"{metric}: {part.resolved.late} records logged late, put in order of x")
        if part.undated:
            yield Event("undated", None, axis, f"{metric}: {part.undated} records without a usable x left out")
