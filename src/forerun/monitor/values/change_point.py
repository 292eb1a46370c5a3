"""A metric leaves its course: the level of its values beside it changes, whichever way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from forerun.core import Array, Card, Finding
from forerun.core.display import number, place
from forerun.core.metrics import meaning
from forerun.core.words import words_of
from forerun.monitor.course import CLIP, Courses, courses
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.monitor.events import nearby
from forerun.monitor.reads import main_but_returns
from forerun.monitor.recent import Recent
from forerun.stats.change_points import Change, Detection, numbers

CARD = Card(
    name="change_point",
    does="Raises where values leave the course of the last 256, up or down, and stay off it; of a loss or score by 5% "
    "of the range it has come through, of a throughput by 5% of its level. Tells when, from what, to what.",
    source="Alami, Maillard, Féraud 2020 (R-BOCPD), with a Student-t predictive; on residuals to a course: ours",
    assumes="A trend that bends no faster than a power of the step. Noise may be heavy-tailed, and follow itself.",
    needs="To be asked for by name. 48 finite points since the last change; more where noise follows itself.",
    promises="Per 10,000 points at most 3 false alarms under normal noise, 5 under t4, 10 under AR(1) .5, before what "
    "is too small to tell is left out; on values beside a course that is known the rate that is set, 1.",
    known_answer="A level that rises by 3 sds at step 301 is told, from what to what, within 12 points.",
    control="On values beside nothing, instead of a course, a power law that never changes is told over and over.",
)
_WINDOW = 256  # values that tell a course
_FIRST = 48  # since the last change, before anything is said
_STRIDES = 8  # looks anew while as many values come as a window has
_AT_ONCE = 64  # looks made together
_SHORTEST = 8  # points of a new level: what is over sooner is a spike
_BEGAN = 8  # values that tell where a curve began
_APART = 4.0  # times the usual distance of points, beyond which what was is no course of what comes
_SMALL = 0.2  # of what is worth telling, below which noise is taken not to fall


@dataclass(frozen=True)
class _Settings:
    detection: Detection
    matters: float


def change_point(*, rate: float = 1e-4, matters: float = 0.05) -> Detector:
    """The detector with other settings.

    Args:
        rate: false alarms per point, on residuals as they should be.
        matters: least share of the range so far, or of a throughput's level, by which values must leave their course
            (arbitrary).

    Example:
        >>> from forerun.core import Curve
        >>> curve = Curve(range(200), [i % 3 + 9.0 * (i > 99) for i in range(200)], metric="loss")
        >>> [finding.start for finding in change_point().replay({"value": curve})]
        [100.0]
    """
    settings = _Settings(Detection(numbers(), rate=rate, shortest=_SHORTEST), matters)
    return Detector(
        CARD, "1", partial(_start, settings), partial(_update, settings), reads=_reads, same_event=nearby, by_name=True
    )


def throughputs(names: Sequence[str]) -> list[str]:
    """The metrics that say how fast a run goes: something a second, of everything.

    Example:
        >>> throughputs(["loss", "tokens_per_second", "it/s", "seconds", "throughput/device/tokens_per_sec"])
        ['tokens_per_second', 'it/s', 'throughput/device/tokens_per_sec']
    """
    return [name for name in names if meaning(name).kind == "time" and _is_speed(words_of(name))]


def _is_speed(words: frozenset[str]) -> bool:
    return bool(words & _SPEED or (words & _SECOND and words & _DONE))


_SPEED = frozenset("throughput fps tps ips mfu".split())
_SECOND = frozenset("s sec second seconds".split())
_DONE = frozenset("tokens token tok samples sample examples example images it iter iters iterations steps step".split())


def _reads(ranked: Sequence[str]) -> list[dict[str, str]]:
    """Losses and scores that are called so, and speeds."""
    named = [roles for roles in main_but_returns(ranked) if meaning(roles["value"]).kind != "other"]
    return [*named, *({"value": name} for name in throughputs(ranked))]


def _start(settings: _Settings, points: Points) -> State:
    curve = points["value"]
    return {
        "metric": curve.metric,
        "axis": curve.axis,
        "speed": bool(throughputs([curve.metric])),
        "recent": [],
        "count": 0,
        "begin": 0,
        "look": _FIRST,
        "range": None,
        "resumed": None,
        "test": settings.detection.start(),
    }


def _update(
    settings: _Settings, state: State, points: Points, forecast: ForecastAt | None
) -> tuple[State, list[Finding]]:
    curve, state, findings = points["value"], dict(state), list[Finding]()
    if curve.resumes is not None:
        state["resumed"] = float(curve.resumes[-1, 0])
    past = Recent.of(state["recent"], state["count"], curve)
    at, end = int(state["count"]), past.end
    while at < end:
        at, finding = _next(settings, state, past, at, end)
        findings += [] if finding is None else [finding]
    return state | {"count": end, "recent": past.last(2 * _WINDOW)}, findings


def _next(settings: _Settings, state: State, past: Recent, at: int, end: int) -> tuple[int, Finding | None]:
    """Judge values from place ``at`` on, as far as the looks reach that are made together, or to a change."""
    look = int(state["look"])
    if at < look:
        return min(look, end), None
    window = look - max(int(state["begin"]), look - _WINDOW, look // 4)
    stride = max(window // _STRIDES, 1)
    looks = np.arange(look, end if window == _WINDOW else look + 1, stride)[:_AT_ONCE]
    places = looks[:, None] + np.arange(-window, 0)
    course = courses(past.values(places), places)
    ranges = _ranges(state, past, course)
    scale = np.abs(course.level) if state["speed"] else ranges[:, 1] - ranges[:, 0]
    sd = np.maximum(np.maximum(course.sd, course.digit), _SMALL * settings.matters * scale + 1e-300)
    until = min(end, int(looks[-1]) + stride)
    judged = np.arange(at, until)
    rows = (judged - look) // stride
    usual = (past.at(looks - 1) - past.at(looks - window)) / (window - 1)
    apart = np.flatnonzero(past.at(judged) - past.at(judged - 1) > _APART * usual[rows])
    if apart.size and not apart[0]:
        state |= {"begin": at, "look": at + _FIRST, "test": settings.detection.start()}
        return at, None
    if apart.size:
        judged, rows, until = judged[: apart[0]], rows[: apart[0]], at + int(apart[0])
    z = (past.values(judged) - course.at(judged, rows)) / sd[rows]
    state["test"], changes = settings.detection.follow(state["test"], np.clip(z, -CLIP, CLIP))
    row = int(rows[-1])
    if changes:
        first = int(state["begin"]) + _FIRST
        at, row = first + changes[0].at, (first + changes[0].at - look) // stride
        moved = _Moved(changes[0], first, course, row, float(settings.matters * scale[row]))
        state["range"] = ranges[row].tolist()
        return at + 1, _restart(settings, state, past, moved)
    state["look"] = until if until == looks[-1] + stride else int(looks[row])
    state["range"] = ranges[row].tolist()
    return until, None


def _ranges(state: State, past: Recent, course: Courses) -> Array:
    """The lowest and highest level by each look, (looks, 2)."""
    low, high = state["range"] or [float(np.median(past.y[:_BEGAN]))] * 2
    lows = np.minimum.accumulate(np.append(low, course.level))[1:]
    return np.stack([lows, np.maximum.accumulate(np.append(high, course.level))[1:]], axis=1)


@dataclass(frozen=True)
class _Moved:
    """A change of values that were counted from place ``first`` on, the course by which, and what is worth telling."""

    change: Change
    first: int
    course: Courses
    row: int
    worth: float


def _restart(settings: _Settings, state: State, past: Recent, moved: _Moved) -> Finding | None:
    """Begin anew at the change; it as a finding, where it is worth telling."""
    change, first = moved.change, moved.first
    at, start = first + change.at, first + change.start
    state |= {"begin": start, "look": max(at + 1, start + _FIRST), "test": settings.detection.start()}
    state["test"]["count"] = state["look"] - start - _FIRST
    since = np.arange(start, at + 1)
    led = float(moved.course.at(since, np.full(since.size, moved.row)).mean())
    level = float(past.values(since).mean())
    if abs(level - led) < moved.worth:
        return None
    return _finding(settings, state, past, moved, led, level)


def _finding(settings: _Settings, state: State, past: Recent, moved: _Moved, led: float, level: float) -> Finding:
    change, first, axis = moved.change, moved.first, state["axis"]
    places = first + np.array([change.start, change.at, change.earliest, change.latest])
    start, alarm, earliest, latest = past.at(places).tolist()
    span = f" (between {place(earliest, axis)} and {place(latest, axis)})" if latest > earliest else ""
    resumed = state["resumed"] if state["resumed"] is not None and earliest <= state["resumed"] <= alarm else None
    after = "" if resumed is None else f"; the run was resumed at {place(resumed, axis)}"
    message = (
        f"{state['metric']} leaves its course at {axis} {place(start, axis)}{span}: "
        f"{number(float(f'{level:.3g}'))} where {number(float(f'{led:.3g}'))} was to be expected{after}"
    )
    return Finding(
        kind="change_point",
        metric=state["metric"],
        axis=axis,
        start=start,
        end=alarm,
        alarm=alarm,
        statistic=change.statistic,
        threshold=settings.detection.threshold,
        promise="per 10,000 points at most 3 false alarms under normal noise, 5 under Student-t4, 10 under AR(1) .5",
        detector="change_point",
        message=message,
        evidence={"before": led, "after": level, "earliest": earliest, "latest": latest, "resumed": resumed},
    )


CHANGE_POINT = change_point()
