"""What detectors see in a run: in the metrics that each of them reads, each event told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forerun.core import Curve, Finding, until
from forerun.monitor.detector import Detector
from forerun.monitor.events import once
from forerun.monitor.reads import complete


def findings_in(curves: Iterable[Curve], detectors: Sequence[Detector], horizon: float | None = None) -> list[Finding]:
    """What detectors see in a run's curves up to an x, in order of alarm; the curves in order of importance.

    Example:
        >>> from forerun.monitor import DETECTORS
        >>> curve = Curve([1, 2, 3], [1.0, float("inf"), 0.9], metric="loss")
        >>> [finding.kind for finding in findings_in([curve], [DETECTORS.load("non_finite")])]
        ['non_finite']
    """
    ranked = [curve if horizon is None else until(curve, horizon) for curve in curves]
    by_name = {curve.metric: curve for curve in ranked if len(curve)}
    names = [curve.metric for curve in ranked]
    findings = [
        (finding, detector.same_event)
        for detector in detectors
        for metrics in complete(detector.reads(names), detector.roles, by_name)
        for finding in detector.replay({role: by_name[name] for role, name in metrics.items()})
    ]
    return once(findings, ranked)
