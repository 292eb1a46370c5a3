"""What detectors see in a run: in the metrics that each of them reads, each event told once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from forerun.core import BadInput, Curve, Finding, Forecast, codec, part, until
from forerun.monitor.detector import Detector, State
from forerun.monitor.events import Same, once
from forerun.monitor.reads import complete

Since = Callable[[str, int], Curve]
"""A metric's points from the given one on."""
Foresee = Callable[[str, float], Forecast | None]
"""The forecast of a metric as it is made from the points up to an x; None where it cannot be said."""


def findings_in(
    curves: Iterable[Curve],
    detectors: Sequence[Detector],
    horizon: float | None = None,
    foresee: Foresee | None = None,
) -> list[Finding]:
    """What detectors see in a run's curves up to an x, in order of alarm; the curves in order of importance.

    Args:
        curves: in order of importance.
        detectors: of different names.
        horizon: the x; default all points.
        foresee: makes forecasts for detectors that ask for one; default nobody does.

    Example:
        >>> from forerun.monitor import DETECTORS
        >>> curve = Curve([1, 2, 3], [1.0, float("inf"), 0.9], metric="loss")
        >>> [finding.kind for finding in findings_in([curve], [DETECTORS.load("non_finite")])]
        ['non_finite']
    """
    ranked = [curve if horizon is None else until(curve, horizon) for curve in curves]
    by_name = {curve.metric: curve for curve in ranked}
    watched = Watched(detectors)
    watched.choose(list(by_name), [name for name, curve in by_name.items() if len(curve)])
    watched.follow(lambda metric, begin: part(by_name[metric], slice(begin, None)), foresee=foresee)
    return once(watched.findings(), ranked)


@dataclass
class _Reading:
    """A detector on the metrics that it reads together: where it stands, and what it has raised."""

    detector: Detector
    metrics: dict[str, str]
    state: State | None = None
    points: dict[str, int] = field(default_factory=dict[str, int])
    findings: dict[tuple[str, str, float], Finding] = field(default_factory=dict[tuple[str, str, float], Finding])

    def follow(self, since: Since, foresee: Foresee | None) -> bool:
        """Take the points that are new; whether that raised or closed anything."""
        fresh = {role: since(metric, self.points.get(role, 0)) for role, metric in self.metrics.items()}
        if self.state is None:
            self.state = self.detector.start({role: part(curve, slice(0, 0)) for role, curve in fresh.items()})
        if not any(len(curve) for curve in fresh.values()):
            return False
        forecast = None if foresee is None else partial(foresee, self.metrics[self.detector.roles[0]])
        self.state, raised = self.detector.update(self.state, fresh, forecast)
        self.points = {role: self.points.get(role, 0) + len(curve) for role, curve in fresh.items()}
        self.findings |= {(one.detector, one.metric, one.start): one for one in raised}
        return bool(raised)


class Watched:
    """What detectors know of one run, while its metrics grow.

    Args:
        detectors: of different names.
    """

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = tuple(detectors)
        self._readings: list[_Reading] = []

    def choose(self, ranked: Sequence[str], begun: Collection[str]) -> bool:
        """Settle what is read; whether that lost anything that was raised. What is new is read from its first point.

        Args:
            ranked: the run's metrics, those that measure quality first, the one it is judged by foremost.
            begun: those that have points.
        """
        known = {(one.detector.name, *one.metrics.items()): one for one in self._readings}
        self._readings = [
            known.pop((detector.name, *metrics.items()), None) or _Reading(detector, metrics)
            for detector in self._detectors
            for metrics in complete(detector.reads(ranked), detector.roles, begun)
        ]
        return any(one.findings for one in known.values())

    def follow(self, since: Since, grown: Collection[str] | None = None, foresee: Foresee | None = None) -> bool:
        """Hand on the points that are new; whether that raised or closed anything.

        Args:
            since: tells them.
            grown: the metrics that have any; default any may.
            foresee: makes forecasts for detectors that ask for one; default nobody does.
        """
        readings = self._readings if grown is None else [one for one in self._readings if _reads_any(one, grown)]
        raised = [one.follow(since, foresee) for one in readings]
        return any(raised)

    def findings(self) -> list[tuple[Finding, Same]]:
        """Everything raised, as it stands, by every metric that shows it."""
        return [
            (finding, one.detector.same_event)
            for one in self._readings
            for finding in sorted(one.findings.values(), key=lambda finding: finding.alarm)
        ]

    def state(self) -> list[dict[str, Any]]:
        """Where all detectors stand, as JSON can carry it."""
        return [
            {
                "detector": one.detector.name,
                "version": one.detector.version,
                "metrics": one.metrics,
                "state": codec.encode(one.state),
                "points": one.points,
                "findings": codec.encode(list(one.findings.values())),
            }
            for one in self._readings
        ]

    def restore(self, state: Sequence[dict[str, Any]]) -> None:
        """Stand where a state says; a detector of another version is left to read from the first point again.

        Raises:
            BadInput: a detector that the state tells of is not among these.
        """
        by_name = {detector.name: detector for detector in self._detectors}
        unknown = sorted({str(one["detector"]) for one in state} - by_name.keys())
        if unknown:
            raise BadInput(
                f"the state tells of {', '.join(unknown)}; give the detectors it was made with", where="state"
            )
        self._readings = [_restored(by_name[one["detector"]], one) for one in state]


def _reads_any(reading: _Reading, metrics: Collection[str]) -> bool:
    return any(metric in metrics for metric in reading.metrics.values())


def _restored(detector: Detector, state: dict[str, Any]) -> _Reading:
    if state["version"] != detector.version:
        return _Reading(detector, state["metrics"])
    findings: list[Finding] = codec.decode(state["findings"])
    by_event = {(one.detector, one.metric, one.start): one for one in findings}
    return _Reading(detector, state["metrics"], codec.decode(state["state"]), state["points"], by_event)
