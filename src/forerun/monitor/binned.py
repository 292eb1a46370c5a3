"""Detectors that look at curves from time to time, in a bounded number of equal bins; two functions of arrays make one.

What they share stands here: the points of several roles joined at the last role's x, a look each time the points have
grown by a tenth, two looks in a row that must agree before an alarm, and one open finding at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forerun.core import Array, Card, Curve, Finding
from forerun.core.display import place
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.monitor.events import overlapping
from forerun.stats.bins import Bins

_EVERY = 1.1  # a look each time the points have grown by a tenth: few, and almost independent
_FIRST = 8  # points that tell where a curve began


@dataclass(frozen=True)
class View:
    """What has been seen of the curves up to a look.

    Args:
        metrics: the metric of each role.
        signs: of each role 1 where lower is better, -1 where higher is.
        axis: what x counts.
        x: shape (b,), mean x of each bin.
        y: of each role shape (b,), mean values of the same points, as logged.
        first: of each role the median of its first eight values.
        now: x of the last point.
        interval: the usual distance of two points.
    """

    metrics: Mapping[str, str]
    signs: Mapping[str, float]
    axis: str
    x: Array
    y: Mapping[str, Array]
    first: Mapping[str, float]
    now: float
    interval: float

    def at(self, x: float) -> str:
        """A place on the axis, in words."""
        return f"{self.axis} {place(x, self.axis)}"


@dataclass(frozen=True)
class Sight:
    """What a look saw, as a finding tells it.

    Args:
        start: x at which it begins.
        statistic, threshold: the evidence's number and what it had to pass.
        message: one sentence for a reader, without its end.
        evidence: further numbers, as JSON can carry them.
    """

    start: float
    statistic: float
    threshold: float
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Judge:
    """What makes a detector of binned curves.

    Args:
        sees: what stands out at a look, or None.
        ends: of a finding that is open, how it ended by this look, in words, or None while it lasts.
        promise: the rate at which it errs, and per what.
        metric: the role whose metric the finding is of.
        roles, least: the roles, and the points of the last of them before the first look.
    """

    sees: Callable[[View], Sight | None]
    ends: Callable[[View, Sight], str | None]
    promise: str
    metric: str = "value"
    roles: tuple[str, ...] = ("value",)
    least: int = 32
    bins: int = 64


def binned(
    card: Card, version: str, judge: Judge, reads: Callable[[Sequence[str]], Iterable[Mapping[str, str]]]
) -> Detector:
    """A detector that looks at binned curves, with what its judge sees in them.

    Example:
        >>> sees = lambda view: Sight(view.x[0], 1.0, 0.5, "high") if view.y["value"][-1] > 0.5 else None
        >>> card = Card("high", *["none"] * 7)
        >>> judge = Judge(sees, lambda view, sight: None, "none", least=4)
        >>> high = binned(card, "1", judge, lambda names: [{"value": name} for name in names])
        >>> [found.alarm for found in high.replay({"value": Curve(range(9), [1.0] * 9, metric="share")})]
        [4.0]
    """

    def start(points: Points) -> State:
        return _start(judge, points)

    def update(state: State, points: Points, forecast: ForecastAt | None) -> tuple[State, list[Finding]]:
        return _update(card.name, judge, state, points)

    return Detector(
        card, version, start, update, roles=judge.roles, reads=reads, least=judge.least, same_event=overlapping
    )


def _start(judge: Judge, points: Points) -> State:
    curves = [points[role] for role in judge.roles]
    return {
        "metrics": [curve.metric for curve in curves],
        "signs": [1.0 if curve.direction == "min" else -1.0 for curve in curves],
        "axes": [curve.axis for curve in curves],
        "waiting": [[] for _ in curves],
        "last": None,
        "bins": [Bins(most=judge.bins).state() for _ in curves],
        "first": [[] for _ in curves],
        "next": judge.least,
        "likely": False,
        "open": None,
    }


def _update(name: str, judge: Judge, state: State, points: Points) -> tuple[State, list[Finding]]:
    state, findings = dict(state), list[Finding]()
    if len(set(state["axes"])) > 1:
        return state, findings  # nothing tells which points of an epoch and of a step belong together
    x, y = _joined(state, [points[role] for role in judge.roles])
    bins = [Bins(**one) for one in state["bins"]]
    state["first"] = [[*one, *new[:_FIRST].tolist()][:_FIRST] for one, new in zip(state["first"], y, strict=True)]
    while x.size:
        take = state["next"] - bins[0].count
        for one, values in zip(bins, y, strict=True):
            one.push(x[:take], values[:take])
        at, x, y = float(x[:take][-1]), x[take:], y[:, take:]
        if bins[0].count == state["next"]:
            state["next"] = int(np.ceil(state["next"] * _EVERY))
            findings += _look(name, judge, state, _view(judge, state, bins, at))
    return state | {"bins": [one.state() for one in bins]}, findings


def _joined(state: State, curves: Sequence[Curve]) -> tuple[Array, Array]:
    """Points of the last role, each with the mean of what the others have logged since the one before it, (r, n).

    A point waits until the others have come as far; where they logged nothing since, their mean before stands.
    """
    *others, judged = [_finite(old, curve) for old, curve in zip(state["waiting"], curves, strict=True)]
    reach = min((one[-1, 0] if len(one) else -np.inf for one in others), default=np.inf)
    ready, state["waiting"] = judged[judged[:, 0] <= reach], [[] for _ in curves]
    state["waiting"][-1] = judged[len(ready) :].tolist()
    rows, before = [ready[:, 1]], state["last"] or [None] * len(others)
    after: list[float | None] = []
    for i, other in enumerate(others):
        values, waiting, mean = _means(other, ready[:, 0], before[i])
        rows.insert(i, values)
        after.append(mean)
        state["waiting"][i] = waiting
    state["last"] = after
    y = np.stack(rows)
    known = np.isfinite(y).all(axis=0)
    return ready[known, 0], y[:, known]


def _finite(waiting: list[list[float]], curve: Curve) -> Array:
    finite = np.isfinite(curve.y)
    new = np.stack([curve.x[finite], curve.y[finite]], axis=1)
    return np.concatenate([np.array(waiting, dtype=np.float64).reshape(-1, 2), new])


def _means(other: Array, at: Array, before: float | None) -> tuple[Array, list[list[float]], float | None]:
    """Of another role's points the mean since the x before, at each x; what is left; and the last mean."""
    ends = np.searchsorted(other[:, 0], at, side="right")
    counts = np.diff(ends, prepend=0)
    new, used = np.flatnonzero(counts), int(ends.max(initial=0))
    sums = np.add.reduceat(other[:used, 1], (ends - counts)[new]) if new.size else np.empty(0)
    means = np.append(np.nan if before is None else before, sums / counts[new])
    values = means[np.searchsorted(new, np.arange(at.size), side="right")]
    return values, other[used:].tolist(), float(means[-1]) if new.size else before


def _view(judge: Judge, state: State, bins: Sequence[Bins], now: float) -> View:
    by_role = {role: one.means() for role, one in zip(judge.roles, bins, strict=True)}
    x = by_role[judge.roles[-1]][0]
    return View(
        metrics=dict(zip(judge.roles, state["metrics"], strict=True)),
        signs=dict(zip(judge.roles, state["signs"], strict=True)),
        axis=state["axes"][-1],
        x=x,
        y={role: means[1] for role, means in by_role.items()},
        first={role: float(np.median(one)) for role, one in zip(judge.roles, state["first"], strict=True)},
        now=now,
        interval=float(np.median(np.diff(x))) / bins[-1].width,
    )


def _look(name: str, judge: Judge, state: State, view: View) -> list[Finding]:
    if state["open"] is not None:
        opened = Sight(**state["open"]["sight"])
        how = judge.ends(view, opened)
        if how is None:
            return []
        alarm, state["open"] = state["open"]["alarm"], None
        return [_finding(name, judge, view, opened, alarm, how)]
    sight = judge.sees(view)
    again, state["likely"] = state["likely"], sight is not None
    if sight is None or not again:
        return []
    state["open"], state["likely"] = (
        {"sight": vars(sight) | {"evidence": dict(sight.evidence)}, "alarm": view.now},
        False,
    )
    return [_finding(name, judge, view, sight, view.now, None)]


def _finding(name: str, judge: Judge, view: View, sight: Sight, alarm: float, how: str | None) -> Finding:
    return Finding(
        kind=name,
        metric=view.metrics[judge.metric],
        axis=view.axis,
        start=sight.start,
        end=None if how is None else view.now,
        alarm=alarm,
        statistic=sight.statistic,
        threshold=sight.threshold,
        promise=judge.promise,
        detector=name,
        message=sight.message if how is None else f"{sight.message}; {how}",
        evidence=sight.evidence,
    )
