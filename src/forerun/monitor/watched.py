"""What detectors see in the metrics of a run that they look at, each event told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from forerun.core import Curve, Finding, until
from forerun.core.frozen import FrozenMap
from forerun.core.metrics import meaning
from forerun.monitor import replay


def findings_in(curves: Iterable[Curve], detectors: Sequence[str], horizon: float | None) -> list[Finding]:
    """What detectors see in curves up to an x, in order of alarm; the curves in order of importance."""
    ranked = [curve if horizon is None else until(curve, horizon) for curve in curves]
    main = _main([curve.metric for curve in ranked])
    found = [
        finding
        for curve in ranked
        for name in detectors
        if len(curve) and (name == "non_finite" or curve.metric in main.get(name, main["any"]))
        for finding in replay(curve, name)
    ]
    return _once(found, ranked)


def _main(ranked: Sequence[str]) -> dict[str, set[str]]:
    """The metrics that detectors look at: the one a run is judged by, and the first loss and score of either split.

    Parts move against each other while the whole improves, and what many metrics show is mostly in these. One bad
    episode is no instability, so returns are not searched for spikes.
    """
    kinds: dict[tuple[str, bool], str] = {}
    for name in ranked:
        kinds.setdefault((meaning(name).kind, _trained_on(name)), name)
    known = {name for (kind, _), name in kinds.items() if kind != "other"}
    main = {*known, *ranked[:1]}
    return {"any": main, "spike": {name for name in main if meaning(name).kind != "return"}}


def _once(found: Iterable[Finding], ranked: Sequence[Curve]) -> list[Finding]:
    """Each event once, in order of alarm.

    Whoever alarms first tells it, so that what was told stays told as the curves grow; the metric that the run is
    judged by tells it again.
    """
    rank = {curve.metric: i for i, curve in enumerate(ranked)}
    pause = {curve.metric: _pause(curve) for curve in ranked}
    events: list[tuple[Finding, list[str]]] = []
    for finding in sorted(found, key=lambda finding: (finding.alarm, rank[finding.metric])):
        event = next((one for one in events if _same(one[0], finding, pause)), None)
        if event is None or (rank[finding.metric] == 0 and event[0].metric != finding.metric):
            events.append((finding, []))
        elif finding.metric not in (event[0].metric, *event[1]):
            event[1].append(finding.metric)
    return [_with(finding, also) for finding, also in events]


def _pause(curve: Curve) -> float:
    """The usual distance of two points."""
    return float(np.median(np.diff(curve.x))) if len(curve) > 1 else 0.0


def _same(event: Finding, other: Finding, pause: dict[str, float]) -> bool:
    """Whether two findings are of one event: of one kind and axis, and at the same place."""
    if (event.kind, event.axis) != (other.kind, other.axis) or event.metric == other.metric:
        return False
    if event.kind in ("spike", "non_finite"):
        return abs(event.start - other.start) <= 2.0 * max(pause[event.metric], pause[other.metric])
    if event.kind == "rising" and _trained_on(event.metric) != _trained_on(other.metric):
        return False  # the one is a divergence, the other an over-fit
    return event.end is None or other.start < event.end


def _trained_on(metric: str) -> bool:
    return meaning(metric).split not in ("validation", "test")


def _with(finding: Finding, also: list[str]) -> Finding:
    return finding if not also else replace(finding, evidence=FrozenMap({**finding.evidence, "also": sorted(also)}))
