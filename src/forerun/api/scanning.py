"""`scan`: what detectors see, each event told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import overload

import numpy as np

from forerun.api.choosing import check_metrics, no_quality
from forerun.api.reading import Where, project_of, runs_of
from forerun.core import Answers, Curve, Finding, Run, RunFindings, Runs, Undecided
from forerun.core import until as up_to
from forerun.core.frozen import FrozenMap
from forerun.core.metrics import meaning, preferred
from forerun.monitor import DETECTORS, replay


@overload
def scan(
    what: Curve, *, detector: str | Sequence[str] = (), until: float | None = None
) -> tuple[Finding, ...] | Undecided: ...
@overload
def scan(
    what: Run | Iterable[Run] | Where,
    *,
    detector: str | Sequence[str] = (),
    until: float | None = None,
    metric: str | None = None,
) -> Answers[RunFindings]: ...
def scan(
    what: Curve | Run | Iterable[Run] | Where,
    *,
    detector: str | Sequence[str] = (),
    until: float | None = None,
    metric: str | None = None,
) -> tuple[Finding, ...] | Undecided | Answers[RunFindings]:
    """What detectors see in the metric a run is judged by, and in its first losses, scores and returns.

    Values that are not finite are told of every metric that measures quality. What shows in several metrics at the
    same place is one finding: of the metric that showed it first, of several at once the most important;
    ``evidence["also"]`` names the others.

    Args:
        what: a curve, a run, several, or a path to read.
        detector: a name or several; default all.
        until: look only at points up to this x, as if the run stood there.
        metric: what runs are judged by; default what ``forerun.toml`` says, else the most important one they have.

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
    names = [detector] if isinstance(detector, str) else list(detector) or DETECTORS.working()
    if isinstance(what, Curve):
        return tuple(found_in([what], names, until)) if len(what) else Undecided("nothing was logged", "a point")
    runs, project = runs_of(what), project_of(what)
    check_metrics(runs, [metric] if metric else [])
    judging = metric or project.metric
    return Answers(tuple(_findings(run, names, until, judging) for run in runs), Runs(tuple(runs)))


def _findings(run: Run, detectors: Sequence[str], until: float | None, metric: str | None) -> RunFindings:
    curves = quality_of(run, metric)
    if not curves:
        return RunFindings(run.id, None, no_quality(run))
    return RunFindings(run.id, curves[0].metric, tuple(found_in(curves, detectors, until)))


def quality_of(run: Run, asked: str | None = None) -> list[Curve]:
    """The curves of a run that measure quality, the one it is judged by first: the one asked for where it has it."""
    names = preferred(run.curves, {name: len(curve) for name, curve in run.curves.items()})
    first = [asked] if asked is not None and asked in run.curves else []
    return [run.curves[name] for name in dict.fromkeys([*first, *names])]


def found_in(curves: Iterable[Curve], detectors: Sequence[str], horizon: float | None) -> list[Finding]:
    """What detectors see in curves up to an x, in order of alarm; the curves in order of importance."""
    ranked = [curve if horizon is None else up_to(curve, horizon) for curve in curves]
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
