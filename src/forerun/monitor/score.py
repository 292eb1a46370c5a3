"""How a detector is judged, on runs whose events are known: what it finds and how late, and how often it cries wolf.

An alarm within an event's patience of its start is of that event; the first one tells its delay, later ones are none
of it nor false. Every other alarm is false. On runs without an event every alarm is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from forerun.core import BadInput, Finding


@dataclass(frozen=True)
class Judged:
    """A run as a detector saw it.

    Args:
        alarms: points at which it was raised, in order, counted from 0.
        points: how many points the run has.
        events: the point at which each event that it is for begins, in order.
        patience: points after its beginning within which an event counts as found; default the rest of the run.
    """

    alarms: Sequence[float]
    points: int
    events: Sequence[float] = ()
    patience: float = inf


@dataclass(frozen=True)
class DetectorScore:
    """What a detector did on runs; where nothing could be counted, a word says so.

    Args:
        runs, points, events: how many there were.
        detected: share of events found within their patience.
        delay: median points from an event's beginning to its first alarm, of those found.
        false_per_run: share of runs with a false alarm.
        false_per_1e5: false alarms per 100,000 points.
        undefined: of each number that is None, why.
    """

    runs: int
    points: int
    events: int
    detected: float | None
    delay: float | None
    false_per_run: float | None
    false_per_1e5: float | None
    undefined: dict[str, str] = field(default_factory=dict[str, str])


def score(runs: Iterable[Judged]) -> DetectorScore:
    """Delay, alarms missed and false alarms of a detector over runs.

    Raises:
        BadInput: a run's patience is not above zero.

    Example:
        >>> never = Judged(alarms=[], points=100)
        >>> late, wrong = Judged([55.0], 100, events=[50.0]), Judged([20.0], 100, events=[50.0])
        >>> one = score([never, late, wrong])
        >>> one.detected, one.delay, round(one.false_per_run, 2), round(one.false_per_1e5)
        (0.5, 5.0, 0.33, 333)
        >>> score([never]).undefined["detected"]
        'no events'
    """
    judged = [(run, *_matched(run)) for run in runs]
    points, events = sum(run.points for run, _, _ in judged), sum(len(run.events) for run, _, _ in judged)
    delays = [delay for _, times, _ in judged for delay in times]
    false = [count for _, _, count in judged]
    numbers = {
        "detected": (len(delays) / events if events else None, "no events"),
        "delay": (float(np.median(delays)) if delays else None, "no event was found" if events else "no events"),
        "false_per_run": (sum(count > 0 for count in false) / len(false) if false else None, "no runs"),
        "false_per_1e5": (1e5 * sum(false) / points if points else None, "no points"),
    }
    undefined = {name: why for name, (number, why) in numbers.items() if number is None}
    return DetectorScore(len(judged), points, events, **{k: v for k, (v, _) in numbers.items()}, undefined=undefined)


def alarms_of(findings: Iterable[Finding], x: Sequence[float]) -> list[float]:
    """At which point of a run, counted from 0, each finding was raised.

    Example:
        >>> from forerun.core import Curve
        >>> from forerun.monitor import replay
        >>> curve = Curve([10, 20, 30], [1.0, float("nan"), 0.9], metric="loss")
        >>> alarms_of(replay(curve, "non_finite"), curve.x)
        [1.0]
    """
    return sorted(float(np.searchsorted(x, finding.alarm)) for finding in findings)


def _matched(run: Judged) -> tuple[list[float], int]:
    """The delay of each event that was found, and how many alarms are of none."""
    if not run.patience > 0.0:
        raise BadInput(f"patience is {run.patience}; it is a number of points above zero", where="judged run")
    later = [*run.events[1:], inf][: len(run.events)]
    spans = [(start, min(start + run.patience, end)) for start, end in zip(run.events, later, strict=True)]
    hits = [[alarm for alarm in run.alarms if start <= alarm < end] for start, end in spans]
    delays = [min(of) - start for of, (start, _) in zip(hits, spans, strict=True) if of]
    return delays, len(run.alarms) - sum(map(len, hits))
