"""A value far on the bad side of the recent ones, by their own spread and tail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.core import Card, Finding
from forerun.core.display import number, place
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.monitor.events import nearby
from forerun.monitor.jumps import RENEWED, Jumps, jumps, nothing, patience
from forerun.monitor.reads import main_but_returns

CARD = Card(
    name="spike",
    does="Raises when a value jumps to the bad side by 5.5 robust sds, or two in a row by 4, more where the curve's "
    "own values have reached far before, by a tenth of its level or range, whichever is less, and by a twentieth of "
    "what a loss has fallen by. After three, ones like them are counted. One that does not come back is told as a "
    "level shift or a divergence.",
    source="ours; a posterior over tails replaces the fixed 6 and 7 sd rules of OLMo-core and OLMo 2",
    assumes="Trend over 64 points is small beside a spike; noise is no more skewed than Student t4 is heavy: under "
    "lognormal noise of sd .8 a tenth of runs of 200 points have a finding.",
    needs="16 finite points before it can alarm, 64 of a score or return.",
    promises="At most 5 false alarms per 100,000 points under normal and t4 noise, and 99% of 10-sd spikes that fade "
    "within points are found. Of single points 99% under normal noise; under t4, which throws as far itself, few.",
    known_answer="One point 20 sds up in normal noise gives one finding of one point.",
    control="A 3-sd rule on the same noise alarms over 50 times as often.",
)
_LARGER = 2.0  # a further spike is told by itself, not counted, if so many times larger than any before,
_LASTS = 16  # or is not back after so many points


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
    return Detector(card=CARD, version="4", start=_start, update=update, reads=main_but_returns, same_event=nearby)


def _start(points: Points) -> State:
    curve = points["value"]
    sign = 1.0 if curve.direction == "min" else -1.0
    return {
        "metric": curve.metric,
        "axis": curve.axis,
        "sign": sign,
        "count": 0,
        "jumps": nothing(curve.metric),
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
    count, sign = state["count"], state["sign"]
    after, read = jumps(state["jumps"], x, y, sds=settings.sds, matters=settings.matters, rises=sign > 0)
    opened, raised, findings = state["open"], dict(state["raised"]), list[Finding]()
    i = 0
    while i < y.size:
        if opened is None:
            i = _first(read.hit, i)
            if i < y.size:
                opened = _opened(read, i, float(x[i]), sign)
                opened["alone"] = _is_told_alone(settings, raised, opened["score"])
                opened["due"], opened["lost"] = count + i + _LASTS, count + i + patience(count + i) + RENEWED
                findings += _raised(state, raised, opened) if opened["alone"] else []
            i += 1
            continue
        back, lost = _first(y <= opened["back"], i), max(i, opened["lost"] - count)
        lasts = max(i, opened["due"] - count)
        if not opened["alone"] and lasts < min(back, lost, y.size):
            opened = opened | {"alone": True, "alarm": float(x[lasts])}
            findings += _raised(state, raised, opened)
        if back < min(lost, y.size):
            findings += _over(state, raised, opened, float(x[back]))
        i = min(back, lost)
        opened = None if i < y.size else opened
    after = {"jumps": after, "count": count + y.size, "open": opened, "raised": raised}
    return state | after, findings


def _first(mask: NDArray[np.bool_], begin: int) -> int:
    """The first place at or after ``begin`` where the mask holds; past its end where there is none."""
    places = np.flatnonzero(mask[begin:])
    return begin + int(places[0]) if places.size else mask.size


def _opened(read: Jumps, i: int, alarm: float, sign: float) -> dict[str, Any]:
    columns = {"start": read.start, "y": sign * read.value, "score": read.peak, "threshold": read.threshold}
    columns |= {"level": read.center, "back": read.back}
    return {name: float(values[i]) for name, values in columns.items()} | {"alarm": alarm}


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


def _finding(state: State, opened: dict[str, Any], end: float | None, raised: dict[str, Any] | None = None) -> Finding:
    more, axis = raised["more"] if raised else 0, state["axis"]
    jump = f"{state['metric']} jumps to {opened['y']:.4g} at {axis} {place(opened['start'], axis)}"
    size = f"{number(round(opened['score'], 0))} robust sds from {number(state['sign'] * opened['level'])} before"
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
        promise="at most 5 false alarms per 100,000 points under normal and Student-t4 noise",
        detector="spike",
        message=f"{jump}, {size}; {ends}{since}",
        evidence={"more": more, "until": raised["until"]} if raised and more else {},
    )


SPIKE = spike()
