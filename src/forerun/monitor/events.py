"""Each event once: what shows in several metrics at the same place is one finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from forerun.core import Curve, Finding
from forerun.core.frozen import FrozenMap

Same = Callable[[Finding, Finding, float], bool]


def once(findings: Iterable[tuple[Finding, Same]], ranked: Sequence[Curve]) -> list[Finding]:
    """Each event once, in order of alarm; ``evidence["also"]`` names the other metrics that show it.

    A finding that tells better what another has begun to tell, as of a spike that did not come back, stands instead of
    it. Whoever alarms first tells it, so that what was told stays told as the curves grow; the metric that the run is
    judged by tells it again: ``evidence["retells"]`` has the metric and start as it was told first.

    Args:
        findings: each with what tells whether another is of the same event.
        ranked: the curves they were found in, that of the metric the run is judged by first.
    """
    findings = list(findings)
    better = {(one.evidence.get("instead_of"), one.metric, one.start) for one, _ in findings}
    findings = [(one, same) for one, same in findings if (one.kind, one.metric, one.start) not in better]
    rank = {curve.metric: i for i, curve in enumerate(ranked)}
    pause = {curve.metric: _pause(curve) for curve in ranked}
    events: list[tuple[Finding, list[str]]] = []
    for finding, same in sorted(findings, key=lambda one: (one[0].alarm, rank.get(one[0].metric, len(rank)))):
        event = next((one for one in events if _is_of(one[0], finding, same, pause)), None)
        if event is None or (rank.get(finding.metric) == 0 and event[0].metric != finding.metric):
            events.append((finding if event is None else _retelling(finding, event[0]), []))
        elif finding.metric not in (event[0].metric, *event[1]):
            event[1].append(finding.metric)
    return [_with(finding, also) for finding, also in events]


def overlapping(event: Finding, other: Finding, pause: float) -> bool:
    """Whether the first still lasts where the other begins."""
    return event.end is None or other.start < event.end


def nearby(event: Finding, other: Finding, pause: float) -> bool:
    """Whether they begin within two usual pauses of each other."""
    return abs(event.start - other.start) <= 2.0 * pause


def _is_of(event: Finding, other: Finding, same: Same, pause: dict[str, float]) -> bool:
    if (event.kind, event.axis) != (other.kind, other.axis) or event.metric == other.metric:
        return False
    return same(event, other, max(pause.get(event.metric, 0.0), pause.get(other.metric, 0.0)))


def _pause(curve: Curve) -> float:
    """The usual distance of two points."""
    return float(np.median(np.diff(curve.x))) if len(curve) > 1 else 0.0


def _retelling(finding: Finding, first: Finding) -> Finding:
    return replace(finding, evidence=FrozenMap({**finding.evidence, "retells": (first.metric, first.start)}))


def _with(finding: Finding, also: list[str]) -> Finding:
    return finding if not also else replace(finding, evidence=FrozenMap({**finding.evidence, "also": sorted(also)}))
