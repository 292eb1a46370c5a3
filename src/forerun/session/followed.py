"""A run as far as a session knows it: its points, where each detector stands, and what was told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from forerun.core import Curve, Decision, Finding, FrozenMap, Run, RunForecast, Undecided, codec, part
from forerun.core.choosing import quality_names
from forerun.core.metrics import FEWEST, meaning
from forerun.monitor import Detector
from forerun.monitor.events import once
from forerun.monitor.watched import Watched
from forerun.session.growing import Growing

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
    """

    run: str
    raised: tuple[Finding, ...] = ()
    closed: tuple[Finding, ...] = ()
    withdrawn: tuple[Finding, ...] = ()
    forecast: RunForecast | None = None
    decision: Decision | Undecided | None = None


@dataclass
class Followed:
    """A run while it grows.

    Args:
        run: what is known of it, with its points as they were when it was last asked for.
        curves: its points.
        watched: its detectors.
        metric: what it is judged by, where it has it; default what its settings say.
        ranked: its metrics that measure quality, the one it is judged by first.
        findings: what was told of it last.
        due: points of that metric at which its forecast is to be made anew.
        decision: what was decided last.
        assumed: ends that were assumed, by metric.
    """

    run: Run
    curves: dict[str, Growing]
    watched: Watched
    metric: str | None
    ranked: list[str] = field(default_factory=list[str])
    findings: tuple[Finding, ...] = ()
    due: int = FEWEST
    decision: Decision | Undecided | None = None
    assumed: dict[str, float] = field(default_factory=dict[str, float])

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

    def as_run(self) -> Run:
        """The run with all its points."""
        if any(
            name not in self.run.curves or len(self.run.curves[name]) < len(self.curves[name]) for name in self.curves
        ):
            self.run = replace(self.run, curves=FrozenMap({name: self.curves[name].curve for name in self.curves}))
        return self.run

    def events(self) -> tuple[Finding, ...]:
        """What detectors have seen, each event once, in order of alarm."""
        return tuple(once(self.watched.findings(), [self.curves[name].curve for name in self.ranked]))

    def add(self, x: float, metrics: Mapping[str, float], axis: str) -> Changes:
        """Take what was logged at an x.

        Raises:
            BadInput: x does not lie beyond the last one of any of the metrics; nothing is taken.
        """
        values = {name: float(y) for name, y in metrics.items()}
        curves = {name: self.curves[name] if name in self.curves else _nothing(name, axis) for name in values}
        for curve in curves.values():
            curve.check(x)
        for name, curve in curves.items():
            curve.append(x, values[name])
        self.curves |= curves
        if any(len(self.curves[name]) in (1, FEWEST) for name in metrics):  # where the order of metrics may change
            differs = self._read_on()
        else:
            differs = self.watched.follow(self._since, metrics)
        return self.tell() if differs else Changes(self.run.id)

    def go_on(self, run: Run) -> bool:
        """Take the run as it was read anew; whether its metrics go on from the points that are known."""
        if not all(name in run.curves and self.curves[name].goes_on_in(run.curves[name]) for name in self.ranked):
            return False
        self.run, self.curves = run, _growing(run)
        self._read_on()
        return True

    def before(self, x: float) -> Run:
        """The run as it was before an x."""
        run = self.as_run()
        curves = {name: part(curve, curve.x < x) for name, curve in run.curves.items()}
        return replace(run, curves=FrozenMap({name: curve for name, curve in curves.items() if len(curve)}))

    def tell(self) -> Changes:
        """What is to be told of the findings since they were told last."""
        before, now = ({_event(one): one for one in findings} for findings in (self.findings, self.events()))
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
            "decision": codec.encode(self.decision),
            "assumed": self.assumed,
        }

    @classmethod
    def restored(cls, state: State, detectors: Sequence[Detector], metric: str | None) -> Followed:
        """The run that stood there; it goes on as it would have."""
        run: Run = codec.decode(state["run"])
        one = cls(
            run, _growing(run), Watched(detectors), metric, findings=tuple(codec.decode(state["findings"])),
            due=state["due"], decision=codec.decode(state["decision"]), assumed=dict(state["assumed"]),
        )  # fmt: skip
        one.watched.restore(state["watched"])
        one._read_on()
        return one

    def _since(self, metric: str, begin: int) -> Curve:
        return self.curves[metric].since(begin)

    def _read_on(self) -> bool:
        """Settle anew which metrics are read, and hand on all that is new; whether findings may differ."""
        first = self.run.settings.metric if self.metric is None else self.metric
        self.ranked = quality_names({name: len(curve) for name, curve in self.curves.items()}, first)
        lost = self.watched.choose(self.ranked, [name for name in self.ranked if len(self.curves[name])])
        return self.watched.follow(self._since) or lost


def _nothing(metric: str, axis: str) -> Growing:
    return Growing(Curve(np.empty(0), np.empty(0), metric, axis, meaning(metric).direction))


def _growing(run: Run) -> dict[str, Growing]:
    return {name: Growing(curve) for name, curve in run.curves.items()}


def _event(finding: Finding) -> tuple[str, str, float]:
    return finding.detector, finding.metric, finding.start
