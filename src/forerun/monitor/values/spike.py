"""A value far on the bad side of the recent ones, by their own spread and tail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, Card, Finding
from forerun.core.display import number, place
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.monitor.events import nearby
from forerun.monitor.reads import main_but_returns
from forerun.monitor.residuals import LEAST, Expected, expect, nothing

CARD = Card(
    name="spike",
    does="Raises when a value jumps to the bad side by 5.5 robust sds, more if the tail is heavy, and by a tenth of "
    "its level or range, whichever is less; smaller jumps are not told. After three, ones like them are counted.",
    source="ours; the tail-aware threshold replaces the fixed 6 and 7 sd rules of OLMo-core and OLMo 2",
    assumes="Trend over 64 points is small beside a spike. Noise may be heavy-tailed but not skewed to the bad side.",
    needs="16 finite points before it can alarm, 64 of a score or return.",
    promises="Per 100,000 points at most 2 false alarms under normal noise, 40 under t4; 95% of 10-sd spikes. "
    "On records 15 per 100,000 of TaskSet losses and 67 of TD-MPC2 returns, where starting at 64 points has 0 and 37.",
    known_answer="One point 20 sds up in normal noise gives one finding of one point.",
    control="A 3-sd rule on the same noise alarms over 50 times as often.",
)
_SCORE_LEAST = 64  # points of scores and returns, whose early evaluations scatter
_FEW = 12.0  # the threshold grows by this over the number of points that tell the spread
_HEAVIER = 3.0  # how much faster than that ratio the threshold grows, so that heavy tails do not flood
_BACK_SDS = 3.0  # a spike is over within this many sds, or half of what matters
_SCORE_MATTERS = 0.25  # share of the recent range, for scores and returns, which fall for one evaluation
_DUST = 1e-3  # share of the level that no jump is told below
_LARGER = 2.0  # a further spike is told by itself, not counted, if so many times larger than any before,
_LASTS = 16  # or is not back after so many points
_DIGITS = 3.5  # a jump is more than this many of the last digit logged


@dataclass(frozen=True)
class _Settings:
    sds: float
    matters: float
    one_by_one: int


def spike(*, sds: float = 5.5, matters: float = 0.1, one_by_one: int = 3) -> Detector:
    """The detector with other settings; what its card promises holds for those given here.

    Args:
        sds: robust sds of a jump under normal noise; more where the tail is heavy.
        matters: least share of a level above zero, or of the range where that is less; arbitrary.
        one_by_one: spikes of a metric that are told one by one; further ones like them are counted with the last.

    Example:
        >>> from forerun.core import Curve
        >>> curve = Curve(range(60), [1 + 0.01 * (i % 3) + (i == 50) for i in range(60)], metric="loss")
        >>> [len(spike(sds=sds).replay({"value": curve})) for sds in (5.5, 500.0)]
        [1, 0]
    """
    update = partial(_update, _Settings(sds, matters, one_by_one))
    return Detector(card=CARD, version="2", start=_start, update=update, reads=main_but_returns, same_event=nearby)


def _start(points: Points) -> State:
    curve = points["value"]
    sign = 1.0 if curve.direction == "min" else -1.0
    return {
        "metric": curve.metric,
        "axis": curve.axis,
        "sign": sign,
        "expected": nothing(),
        "range": None,
        "open": None,
        "raised": {"count": 0, "largest": 0.0, "more": 0},
    }


def _update(
    settings: _Settings, state: State, points: Points, forecast: ForecastAt | None
) -> tuple[State, list[Finding]]:
    curve = points["value"]
    finite = np.isfinite(curve.y)
    x, y = curve.x[finite], state["sign"] * curve.y[finite]
    if not y.size:
        return state, []
    count, ranges = state["expected"]["count"], _ranges(state["range"], y)
    after, expected = expect(state["expected"], y)
    score, threshold = expected.residuals(y), _threshold(settings, state["sign"], expected, ranges[:-1])
    opened, raised, findings = state["open"], dict(state["raised"]), list[Finding]()
    i = 0
    while i < y.size:
        if opened is None:
            i = _first(score > threshold, i)
            if i < y.size:
                level = (float(expected.center[i]), float(expected.sd[i]), float(threshold[i]))
                opened = _opened(float(x[i]), float(state["sign"] * y[i]), float(score[i]), level)
                opened["alone"] = _is_told_alone(settings, raised, opened["score"])
                opened["due"] = count + i + _LASTS
                findings += _raised(state, raised, opened) if opened["alone"] else []
            continue
        back = _first(y <= opened["back"], i)
        lasts = max(i, opened["due"] - count)
        if not opened["alone"] and lasts < min(back, y.size):
            opened = opened | {"alone": True, "alarm": float(x[lasts])}
            findings += _raised(state, raised, opened)
        if back < y.size:
            findings += _over(state, raised, opened, float(x[back]))
            opened = None
        i = back
    return state | {"expected": after, "range": ranges[-1].tolist(), "open": opened, "raised": raised}, findings


def _first(mask: NDArray[np.bool_], begin: int) -> int:
    """The first place at or after ``begin`` where the mask holds; past its end where there is none."""
    places = np.flatnonzero(mask[begin:])
    return begin + int(places[0]) if places.size else mask.size


def _opened(x: float, y: float, score: float, level: tuple[float, float, float]) -> dict[str, Any]:
    center, sd, threshold = level
    back = center + max(_BACK_SDS, threshold / 2.0) * sd
    return {"start": x, "alarm": x, "y": y, "score": score, "threshold": threshold, "level": center, "back": back}


def _is_told_alone(settings: _Settings, raised: dict[str, Any], score: float) -> bool:
    """Whether a spike is told at once: one of the first, or far larger than they were."""
    return raised["count"] < settings.one_by_one or score > _LARGER * raised["largest"]


def _raised(state: State, raised: dict[str, Any], opened: dict[str, Any]) -> list[Finding]:
    raised |= {"count": raised["count"] + 1, "largest": max(raised["largest"], opened["score"]), "more": 0}
    return [_finding(state, opened, None)]


def _over(state: State, raised: dict[str, Any], opened: dict[str, Any], end: float) -> list[Finding]:
    """The spike once more, with its end; of one that is only counted, the last that was told, with the count."""
    if opened["alone"]:
        raised["last"] = opened | {"end": end}
    else:
        raised |= {"more": raised["more"] + 1, "until": opened["start"]}
    return [_finding(state, raised["last"], raised["last"]["end"], raised)]


def _ranges(before: list[float] | None, y: Array) -> Array:
    """The lowest and highest value before each new point and after the last one, (new + 1, 2)."""
    first = [y[0], y[0]] if before is None else before
    low = np.minimum.accumulate(np.append(first[0], y))
    return np.stack([low, np.maximum.accumulate(np.append(first[1], y))], axis=1)


def _threshold(settings: _Settings, sign: float, expected: Expected, ranges: Array) -> Array:
    """How many sds each value must lie above what was expected; infinite during the burn-in."""
    sds = settings.sds * (1.0 + _FEW / np.maximum(expected.known, 1.0)) * np.minimum(expected.tail, 1e3) ** _HEAVIER
    least = np.maximum(sds, _matters(settings, sign, expected, ranges) / expected.sd)
    return np.where(expected.known < (LEAST if sign > 0 else _SCORE_LEAST), np.inf, least)


def _matters(settings: _Settings, sign: float, expected: Expected, ranges: Array) -> Array:
    """The least jump worth telling, by the metric's own scale and its last digit; infinite where it never moved."""
    if sign < 0:
        scale = _SCORE_MATTERS * expected.span
    else:
        above_zero = np.where(ranges[:, 0] > 0.0, settings.matters * expected.center, np.inf)
        scale = np.minimum(settings.matters * (ranges[:, 1] - ranges[:, 0]), above_zero)
    return np.maximum(np.maximum(scale, _DUST * np.abs(expected.center)), _DIGITS * expected.digit)


def _finding(state: State, opened: dict[str, Any], end: float | None, raised: dict[str, Any] | None = None) -> Finding:
    more, axis = raised["more"] if raised else 0, state["axis"]
    jump = f"{state['metric']} jumps to {opened['y']:.4g} at {axis} {place(opened['start'], axis)}"
    size = f"{opened['score']:.0f} robust sds from {number(state['sign'] * opened['level'])} before"
    ends = "not back yet" if end is None else f"back by {place(end, axis)}"
    since = f"; {more} more like it, the last at {axis} {place(raised['until'], axis)}" if raised and more else ""
    return Finding(
        kind="spike",
        metric=state["metric"],
        axis=axis,
        start=opened["start"],
        end=end,
        alarm=opened["alarm"],
        statistic=opened["score"],
        threshold=opened["threshold"],
        promise="at most 2 false alarms per 100,000 points under normal noise, 40 under Student-t4",
        detector="spike",
        message=f"{jump}, {size}; {ends}{since}",
        evidence={"more": more, "until": raised["until"]} if raised and more else {},
    )


SPIKE = spike()
