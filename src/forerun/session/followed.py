"""A run as far as a session knows it: its points, where each detector stands, and what was told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import (
    Array,
    BadInput,
    Curve,
    Decision,
    Finding,
    Forecast,
    FrozenMap,
    Run,
    RunForecast,
    Undecided,
    codec,
    part,
)
from forerun.core.choosing import quality_names, watched_names
from forerun.core.metrics import FEWEST, meaning
from forerun.core.run import Status
from forerun.monitor import Detector
from forerun.monitor.events import once
from forerun.monitor.watched import Watched
from forerun.session.foresight import foreseen
from forerun.session.growing import GrowingCurve
from forerun.session.look import Look, run_decision

State = dict[str, Any]
"""Where something stands, as JSON can carry it."""


@dataclass(frozen=True)
class Changes:
    """What new points changed.

    Args:
        run: the run's id.
        raised: findings that are new.
        closed: findings that are over.
        withdrawn: findings that are told no more, as another metric tells of the event, or as history has changed.
        forecast: where it was made anew.
        decision: what to do, where it is something else than before.
        others: what to do with other runs, by run, where that is something else than before.
    """

    run: str
    raised: tuple[Finding, ...] = ()
    closed: tuple[Finding, ...] = ()
    withdrawn: tuple[Finding, ...] = ()
    forecast: RunForecast | None = None
    decision: Decision | Undecided | None = None
    others: Mapping[str, Decision | Undecided] = field(default_factory=dict[str, Decision | Undecided])


@dataclass
class Followed:
    """A run while it grows.

    Args:
        run: what is known of it, with its points as they were when it was last asked for.
        curves: its points.
        watched: its detectors.
        metric: what it is judged by, where it has it; default what its settings say.
        ranked: its metrics that measure quality, the one it is judged by first.
        read: those that detectors may read, in the order of `watched_names`.
        findings: what was told of it last.
        due: points of that metric at which its forecast is to be made anew.
        look: what was said of it last; None before that.
    """

    run: Run
    curves: dict[str, GrowingCurve]
    watched: Watched
    metric: str | None
    ranked: list[str] = field(default_factory=list[str])
    read: list[str] = field(default_factory=list[str])
    findings: tuple[Finding, ...] = ()
    due: int = FEWEST
    look: Look | None = None

    @classmethod
    def of(cls, run: Run, detectors: Sequence[Detector], metric: str | None) -> Followed:
        """A run with the points it has, all of which detectors have seen and none of which was told of."""
        one = cls(run, _growing(run), Watched(detectors), metric)
        one._read_on()
        return one

    @property
    def points(self) -> int:
        """Of the metric that the run is judged by."""
        return len(self.curves[self.ranked[0]]) if self.ranked else 0

    @property
    def assumed(self) -> dict[tuple[str, str], float]:
        """The end that was assumed when it was forecast last, by run and metric."""
        forecast = None if self.look is None else self.look.forecast
        if forecast is None or forecast.end_by != "assumed":
            return {}
        return {(self.run.id, forecast.metric): forecast.at}

    def as_run(self) -> Run:
        """The run with all its points."""
        if any(
            name not in self.run.curves or len(self.run.curves[name]) < len(self.curves[name]) for name in self.curves
        ):
            self.run = replace(self.run, curves=FrozenMap({name: self.curves[name].curve for name in self.curves}))
        return self.run

    def events(self) -> tuple[Finding, ...]:
        """What detectors have seen, each event once, in order of alarm."""
        return tuple(once(self.watched.findings(), [self.curves[name].curve for name in self.read]))

    def add(self, x: float, metrics: Mapping[str, float], axis: str) -> Changes:
        """Take what was logged at an x.

        Raises:
            BadInput: x does not lie beyond the last one of any of the metrics; nothing is taken.
        """
        values = {name: float(y) for name, y in metrics.items()}
        curves = self._curves_of(values, axis)
        for curve in curves.values():
            curve.check(x)
        for name, curve in curves.items():
            curve.append(x, values[name])
        return self._grown(curves, dict.fromkeys(curves, 1))

    def extend(self, points: Mapping[str, tuple[ArrayLike, ArrayLike]], axis: str) -> Changes:
        """Take several points of each of some metrics, as `add` would take them one by one.

        Raises:
            BadInput: the x of a metric do not lie beyond its last one, or do not increase; nothing is taken.
        """
        arrays = {name: _increasing(name, x, y) for name, (x, y) in points.items()}
        arrays = {name: columns for name, columns in arrays.items() if len(columns[0])}
        curves = self._curves_of(arrays, axis)
        for name, curve in curves.items():
            curve.check(float(arrays[name][0][0]))
        for name, curve in curves.items():
            curve.extend(*arrays[name])
        return self._grown(curves, {name: len(x) for name, (x, _) in arrays.items()})

    def _curves_of(self, metrics: Iterable[str], axis: str) -> dict[str, GrowingCurve]:
        return {name: self.curves[name] if name in self.curves else _nothing(name, axis) for name in metrics}

    def _grown(self, curves: Mapping[str, GrowingCurve], by: Mapping[str, int]) -> Changes:
        """Hand on the points that came last, so many of each metric."""
        self.curves |= curves
        begun = any(len(curve) - by[name] < n <= len(curve) for name, curve in curves.items() for n in (1, FEWEST))
        # where one has begun, the order of metrics may change
        differs = self._read_on() if begun else self.watched.follow(self._since, curves, self._foresee)
        return self.tell() if differs else Changes(self.run.id)

    def go_on(self, run: Run) -> bool:
        """Take the run as it was read anew; whether its metrics go on from the points that are known."""
        if not all(name in run.curves and self.curves[name].goes_on_in(run.curves[name]) for name in self.read):
            return False
        self.run, self.curves = run, _growing(run)
        self._read_on()
        return True

    def before(self, x: float) -> Run:
        """The run as it was before an x."""
        run = self.as_run()
        counts = {name: int(np.searchsorted(curve.x, x)) for name, curve in run.curves.items()}
        return _cut(run, {name: n for name, n in counts.items() if n})

    def look_at(self, run: Run) -> Look | None:
        """What was said last, of the run as it is said to be now; None where its metric is gone."""
        look = self.look
        lost = look is not None and look.forecast is not None and look.forecast.metric not in run.curves
        return None if look is None or lost else replace(look, run=run)

    def end(self, status: Status) -> None:
        """Say that it is over."""
        self.run = replace(self.as_run(), status=status)
        self.look = None if self.look is None else replace(self.look, run=replace(self.look.run, status=status))

    def tell(self) -> Changes:
        """What is to be told of the findings since they were told last."""
        before, now = ({one.key: one for one in findings} for findings in (self.findings, self.events()))
        self.findings = tuple(now.values())
        lasted = {event for event, one in before.items() if one.end is None}
        return Changes(
            self.run.id,
            raised=tuple(one for event, one in now.items() if event not in before),
            closed=tuple(one for event, one in now.items() if event in lasted and one.end is not None),
            withdrawn=tuple(one for event, one in before.items() if event not in now),
        )

    def state(self) -> State:
        """Where it stands."""
        return {
            "run": codec.encode(self.as_run()),
            "watched": self.watched.state(),
            "findings": codec.encode(self.findings),
            "due": self.due,
            "look": None if self.look is None else _look_state(self.look),
        }

    @classmethod
    def restored(cls, state: State, detectors: Sequence[Detector], metric: str | None) -> Followed:
        """The run that stood there; it goes on as it would have."""
        run: Run = codec.decode(state["run"])
        one = cls(
            run, _growing(run), Watched(detectors), metric, findings=tuple(codec.decode(state["findings"])),
            due=state["due"], look=None if state["look"] is None else _look_restored(run, state["look"]),
        )  # fmt: skip
        one.watched.restore(state["watched"])
        one._read_on()
        return one

    def _since(self, metric: str, begin: int) -> Curve:
        return self.curves[metric].since(begin)

    def _foresee(self, metric: str, x: float) -> Forecast | None:
        return foreseen(self.as_run(), metric, x)

    def _read_on(self) -> bool:
        """Settle anew which metrics are read, and hand on all that is new; whether findings may differ."""
        first = self.run.settings.metric if self.metric is None else self.metric
        points = {name: len(curve) for name, curve in self.curves.items()}
        self.ranked, self.read = quality_names(points, first), watched_names(points, first)
        lost = self.watched.choose(self.read, [name for name in self.read if len(self.curves[name])])
        return self.watched.follow(self._since, foresee=self._foresee) or lost


def _increasing(metric: str, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Points of a metric as arrays, shape (n,), x increasing.

    Raises:
        BadInput: they are not.
    """
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if xs.ndim != 1 or xs.shape != ys.shape:
        raise BadInput(f"x has shape {xs.shape} and its values {ys.shape}; give one value an x", where=metric)
    back = np.flatnonzero(~(np.diff(xs) > 0.0) | ~np.isfinite(xs[1:]))
    if back.size:
        i = int(back[0])
        raise BadInput(f"x must increase, but x[{i}]={xs[i]:g} and x[{i + 1}]={xs[i + 1]:g}", where=metric)
    return xs, ys


def _nothing(metric: str, axis: str) -> GrowingCurve:
    return GrowingCurve(Curve(np.empty(0), np.empty(0), metric, axis, meaning(metric).direction))


def _growing(run: Run) -> dict[str, GrowingCurve]:
    return {name: GrowingCurve(curve) for name, curve in run.curves.items()}


def _cut(run: Run, counts: Mapping[str, int]) -> Run:
    """The run with so many of its first points, by metric."""
    return replace(run, curves=FrozenMap({name: part(run.curves[name], slice(n)) for name, n in counts.items()}))


def resumed(run: Run, x: float, before: Run) -> Run:
    """The run as it goes on from an x, told what it had come to before."""
    curves = {name: _resumed(curve, x, float(before.curves[name].x[-1])) for name, curve in run.curves.items()}
    return replace(run, curves=FrozenMap(curves))


def _resumed(curve: Curve, x: float, reached: float) -> Curve:
    earlier = np.empty((0, 2)) if curve.resumes is None else curve.resumes
    return replace(curve, resumes=np.append(earlier, [[x, reached]], axis=0))


def _look_state(look: Look) -> State:
    """What was said of a run, and of how many points; those are the run's first ones."""
    points = {name: len(curve) for name, curve in look.run.curves.items()}
    return {
        "decision": codec.encode(run_decision(look)),
        "diagnosis": codec.encode(look.diagnosis),
        "seconds_left": look.seconds_left,
        "points": points,
    }


def _look_restored(run: Run, state: State) -> Look:
    past, of = _cut(run, state["points"]), codec.decode(state["decision"])
    diagnosis = codec.decode(state["diagnosis"])
    return Look(past, of.forecast, of.findings, of.answer, of.standing, state["seconds_left"], diagnosis)
