"""What is happening to one run, in a sentence: its findings in order of what matters, one event told once.

What lasts matters more than what is over, then the kind decides. A finding that another accounts for, as a spike on the
way to NaN or a held-out loss that rises on memorised data, is not told beside it but stays behind the sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from forerun.core import Finding, Run
from forerun.core.diagnosis import Diagnosis
from forerun.core.display import counted, place
from forerun.monitor.detector import Detector
from forerun.monitor.reads import complete, is_held_out

_NAMED = 3  # further events, metrics and detectors that a sentence names (ours)
_FEW = "too few for"
Readings = Sequence[tuple[Detector, Mapping[str, str]]]
"""Detectors with the metrics that stand in their roles."""


@dataclass(frozen=True)
class _Kind:
    """How a kind of finding is told.

    Args:
        name: the kind.
        one, several: what it is called where it is not the first thing told, before "of" and the metric.
        explains: kinds that it accounts for, whichever of both began first.
        causes: kinds that it accounts for where they were raised after it began.
    """

    name: str
    one: str
    several: str
    explains: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()


_MOVES = ("spike", "level_shift", "change_point")
_WARNINGS = ("gradient_drift", "growth")
_GRAVE = (
    _Kind(
        "non_finite",
        "a stretch that is not finite",
        "stretches that are not finite",
        ("divergence", *_MOVES, *_WARNINGS),
        ("rising", "plateau"),
    ),
    _Kind(
        "divergence", "a divergence", "divergences", (*_MOVES, *_WARNINGS), ("rising", "plateau", "proxy_gold", "drift")
    ),
    _Kind("memorised", "memorisation", "memorisations", ("rising", "plateau")),
    _Kind("rising", "a worsening", "worsenings", ("change_point", "level_shift")),
    _Kind("plateau", "a plateau", "plateaus"),
    _Kind("proxy_gold", "over-optimisation", "over-optimisations", ("rising", "change_point")),
    _Kind("narrowing", "narrowing", "narrowings", ("rising", "change_point", "level_shift")),
    _Kind("entropy_collapse", "a collapse", "collapses", ("change_point", "level_shift")),
    _Kind("ranking", "a ranking that does not improve", "rankings that do not improve"),
    _Kind("gradient_drift", "growth", "stretches of growth", ("change_point", "growth")),
    _Kind("growth", "growth", "stretches of growth", ("change_point",)),
    _Kind("stability_gap", "a drop at a switch of tasks", "drops at switches of tasks", _MOVES),
    _Kind("wasted", "waste", "stretches of waste", ("change_point", "level_shift")),
)
_SLIGHT = (
    _Kind("resume_bump", "a bump at a resume", "bumps at resumes", _MOVES),
    _Kind("drift", "a drift", "drifts", _MOVES),
    _Kind("level_shift", "a shift of the level", "shifts of the level", ("change_point", "spike")),
    _Kind("behaviour_gap", "a gap", "gaps"),
    _Kind("change_point", "a change", "changes"),
    _Kind("grokking", "delayed generalisation", "delayed generalisations", ("memorised",)),
    _Kind("spike", "a spike", "spikes", ("change_point",)),
)
_RANK = {kind.name: rank for rank, kind in enumerate((*_GRAVE, *_SLIGHT))}
_UNKNOWN = len(_GRAVE) - 0.5  # a kind of somebody else's detector is told before what is slight
KINDS = {kind.name: kind for kind in (*_GRAVE, *_SLIGHT)}


def diagnose(
    run: Run, findings: Iterable[Finding], points: Mapping[str, int], detectors: Sequence[Detector]
) -> Diagnosis:
    """What is happening to a run, in a sentence, with the findings behind it.

    Args:
        run: the run.
        findings: what the detectors saw in it, each event once.
        points: of how many points of each metric, in the order of `watched_names`; none where nothing measures quality.
        detectors: those that looked.

    Example:
        >>> from forerun.core import Curve
        >>> from forerun.monitor import detectors_of, replay
        >>> detectors = detectors_of(["non_finite", "spike"])
        >>> curve = Curve([1, 2, 3], [1.0, float("nan"), 0.9], metric="loss")
        >>> run = Run("a", {"loss": curve}, "example")
        >>> print(diagnose(run, replay(curve, "non_finite"), {"loss": 3}, detectors))
        loss is nan at step 2; finite again from 3
        >>> print(diagnose(run, [], {}, detectors))
        not looked at: no metric that measures quality; logged: loss
    """
    ranked = sorted(findings, key=_matters)
    explained = [one for one in ranked if any(_explains(other, one) for other in ranked)]
    events = [one for one in ranked if one not in explained]
    readings = _readings(tuple(points), frozenset(name for name, n in points.items() if n), tuple(detectors))
    readers: dict[str, list[str]] = {name: [] for name in points}
    for detector, roles in readings:
        for metric in roles.values():
            readers[metric].append(detector.name)
    looked_at = tuple(name for name in points if readers[name])
    gaps = (*_short(points, readings), *_unread(readers, several=len(detectors) > 1))
    if not points:
        gaps = (f"no metric that measures quality; logged: {_listed(list(run.curves)) or 'none'}",)
    says = _sentence(events, explained) if events else _quiet(detectors, looked_at, gaps)
    return Diagnosis(run.id, says, tuple(events), tuple(explained), looked_at, gaps)


def _matters(finding: Finding) -> tuple[bool, float, float]:
    """What lasts first, then by kind, then the latest."""
    return finding.end is not None, _RANK.get(finding.kind, _UNKNOWN), -finding.alarm


def _explains(other: Finding, one: Finding) -> bool:
    """Whether one finding accounts for another: their spans meet, and what lasts is not explained by what is over."""
    if other.kind == one.kind and other.evidence.get("retells") == (one.metric, one.start):
        return True
    kind = KINDS.get(other.kind)
    if kind is None or other.axis != one.axis or (one.end is None and other.end is not None):
        return False
    meet = (other.end is None or one.start <= other.end) and (one.end is None or other.start <= one.end)
    return meet and (
        one.kind in kind.explains or (one.kind in kind.causes and one.alarm >= other.start) or _worse_alike(other, one)
    )


def _worse_alike(other: Finding, one: Finding) -> bool:
    """Whether both splits get worse, of which the held-out one is told."""
    return other.kind == one.kind == "rising" and is_held_out(other.metric) and not is_held_out(one.metric)


def _sentence(events: Sequence[Finding], explained: Sequence[Finding]) -> str:
    first, *others = events
    beside = [one for one in explained if _explains(first, one)]
    with_it = f"; with it {_listed(_briefly(beside))}" if beside else ""
    also = f"; also {_listed(_briefly(others))}" if others else ""
    return f"{first.message}{with_it}{also}"


def _briefly(findings: Sequence[Finding]) -> list[str]:
    """A few words for each kind in each metric, in order of what matters."""
    groups: dict[tuple[str, str, bool], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.kind, one.metric, one.end is None), []).append(one)
    return [_words(group) for group in groups.values()]


def _words(group: Sequence[Finding]) -> str:
    latest = max(group, key=lambda one: one.start)
    plain = latest.kind.replace("_", " ")
    kind = KINDS.get(latest.kind, _Kind(latest.kind, plain, f"times {plain}"))
    at = f"{latest.axis} {place(latest.start, latest.axis)}"
    if len(group) > 1:
        return f"{len(group)} {kind.several} of {latest.metric}, the last at {at}"
    return f"{kind.one} of {latest.metric} {'since' if latest.end is None else 'at'} {at}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _quiet(detectors: Sequence[Detector], looked_at: Sequence[str], gaps: Sequence[str]) -> str:
    """That nothing stands out, in what, and what could not be seen."""
    if not looked_at:
        return f"not looked at: {', '.join(gaps)}"
    names = [one.name for one in detectors]
    nothing = "nothing stands out" if len(names) > _NAMED else f"nothing seen by {_listed(names)}"
    short = [gap for gap in gaps if _FEW in gap][:1]
    return "; ".join([f"{nothing} in {_listed(looked_at)}", *short])


@lru_cache(maxsize=256)  # a watch asks of the same runs again and again
def _readings(names: tuple[str, ...], begun: frozenset[str], detectors: tuple[Detector, ...]) -> Readings:
    return [
        (detector, roles) for detector in detectors for roles in complete(detector.reads(names), detector.roles, begun)
    ]


def _short(points: Mapping[str, int], readings: Readings) -> list[str]:
    """Metrics with too few points for some of what reads them."""
    lacking: dict[str, list[str]] = {}
    for detector, roles in readings:
        metric = roles[detector.roles[-1]]
        if points[metric] < detector.least:
            lacking.setdefault(metric, []).append(f"{detector.name} ({detector.least})")
    return [f"{name} has {counted(points[name], 'point')}, {_FEW} {', '.join(of)}" for name, of in lacking.items()]


def _unread(readers: Mapping[str, Sequence[str]], *, several: bool) -> list[str]:
    """Metrics that one detector of several alone reads, and those that none does."""
    alone: dict[str, list[str]] = {}
    for metric, names in readers.items() if several else ():
        if len(names) == 1:
            alone.setdefault(names[0], []).append(metric)
    unread = [metric for metric, names in readers.items() if not names]
    return [
        *(f"{name} alone reads {_listed(metrics)}" for name, metrics in alone.items()),
        *([f"no detector reads {_listed(unread)}"] if unread else []),
    ]
