"""`scan`: what detectors see, each event told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import overload

from forerun.api.reading import Where, runs_of
from forerun.core import Answers, Curve, Finding, Forecast, Run, RunFindings, Runs, Undecided
from forerun.core.choosing import check_metrics, no_quality, watched_of
from forerun.monitor import detectors_of
from forerun.monitor.detector import Detector
from forerun.monitor.diagnosis import diagnose
from forerun.monitor.watched import findings_in


@overload
def scan(
    what: Curve, *, detector: str | Detector | Sequence[str | Detector] = (), until: float | None = None
) -> tuple[Finding, ...] | Undecided: ...
@overload
def scan(
    what: Run | Iterable[Run] | Where,
    *,
    detector: str | Detector | Sequence[str | Detector] = (),
    until: float | None = None,
    metric: str | None = None,
) -> Answers[RunFindings]: ...
def scan(
    what: Curve | Run | Iterable[Run] | Where,
    *,
    detector: str | Detector | Sequence[str | Detector] = (),
    until: float | None = None,
    metric: str | None = None,
) -> tuple[Finding, ...] | Undecided | Answers[RunFindings]:
    """What detectors see in the metric a run is judged by, in its first losses, scores and returns, and beside them.

    Values that are not finite are told of every metric that measures quality; some detectors read metrics of certain
    names (entropies, shares, norms), or two together, as their cards say. What shows in several metrics at the
    same place is one finding: of the metric that showed it first, of several at once the most important;
    ``evidence["also"]`` names the others.

    Args:
        what: a curve, a run, several, or a path to read.
        detector: a detector or several, by name or as they are; default all but those that look only where
            they are named (`change_point`, `drift`).
        until: look only at points up to this x, as if the run stood there.
        metric: what runs are judged by; default that of the settings they were read under, else the most
            important one they have.

    Returns:
        For a curve, its findings in order of alarm; for runs `Answers`, a `RunFindings` a run. `Undecided` where there
        is nothing to look at.

    Raises:
        UnknownName: no such detector, or no run has the metric.

    Example:
        >>> curve = Curve([1, 2, 3], [1.0, float("inf"), 0.9], metric="loss")
        >>> [finding.kind for finding in scan(curve)]
        ['non_finite']
        >>> scan(Run("a", {"loss": curve}, "example"))["a"].findings == scan(curve)
        True
    """
    detectors = detectors_of(detector)
    if isinstance(what, Curve):
        if not len(what):
            return Undecided("nothing was logged", "a point")
        return _findings(Run("curve", {what.metric: what}, "memory"), [what], detectors, until)
    runs = runs_of(what)
    check_metrics(runs, [metric] if metric else [])
    return Answers(tuple(_scanned(run, detectors, until, metric) for run in runs), Runs(tuple(runs)))


def _scanned(run: Run, detectors: Sequence[Detector], until: float | None, metric: str | None) -> RunFindings:
    curves = watched_of(run, metric)
    findings = _findings(run, curves, detectors, until)
    points = {curve.metric: len(curve) if until is None else int((curve.x <= until).sum()) for curve in curves}
    diagnosis = diagnose(run, findings, points, detectors)
    first = curves[0].metric if curves else None
    return RunFindings(run.id, first, findings if curves else no_quality(run), diagnosis)


def _findings(
    run: Run, curves: Sequence[Curve], detectors: Sequence[Detector], until: float | None
) -> tuple[Finding, ...]:
    return tuple(findings_in(curves, detectors, until, partial(_foreseen, run)))


def _foreseen(run: Run, metric: str, x: float) -> Forecast | None:
    from forerun.session.foresight import foreseen  # slow to import, and asked for by few runs

    return foreseen(run, metric, x)
