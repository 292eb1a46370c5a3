"""Jumps that do not come back: by their last values the level has shifted, or the metric goes on getting worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np

from forerun.core import Array, Card, Finding
from forerun.core.display import number, place
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.monitor.events import nearby
from forerun.monitor.jumps import RENEWED, Jumps, jumps, nothing, patience
from forerun.monitor.reads import main_but_returns

Kind = Literal["level_shift", "divergence"]
Reads = Callable[[Sequence[str]], Iterable[Mapping[str, str]]]
_SDS, _MATTERS = 5.5, 0.1  # of the jump, as of spikes
_BEGAN = 8  # first values, by whose median the metric began
_BACK = 5  # values whose median is back at the level before
_SURE = 3.0  # errors by which the later half of the wait must differ from the earlier one,
_MORE = 0.1  # and by this share of the jump
_GAINED = 5.0  # sds that a metric must have gained before it can have lost it all
_OF_MEDIAN = 1.2533  # how much wider the error of a median is than that of a mean


def lasting(
    card: Card, kind: Kind, says: Callable[[str], str], promise: str, reads: Reads = main_but_returns
) -> Detector:
    """The detector of one kind of jumps that last.

    Args:
        card: its data sheet.
        kind: which of them it raises.
        says: from a metric, the beginning of the sentence, which the levels complete.
        promise: the rate at which it errs.
        reads: which metrics it reads.
    """
    update = partial(_update, kind, says, promise)
    return Detector(card, "3", _start, update, reads=reads, same_event=nearby)


def _start(points: Points) -> State:
    curve = points["value"]
    sign = 1.0 if curve.direction == "min" else -1.0
    plain = {"metric": curve.metric, "axis": curve.axis, "sign": sign, "count": 0, "jumps": nothing(curve.metric)}
    return plain | {"began": [], "tail": [], "waits": None, "deaf": 0, "open": None}


def _update(
    kind: Kind, says: Callable[[str], str], promise: str, state: State, points: Points, forecast: ForecastAt | None
) -> tuple[State, list[Finding]]:
    curve, state, raised = points["value"], dict(state), list[Finding]()
    finite = np.isfinite(curve.y)
    x, y = curve.x[finite], state["sign"] * curve.y[finite]
    if not y.size:
        return state, raised
    finding = partial(_finding, kind, says, promise, state)
    count = state["count"]
    state["jumps"], read = jumps(state["jumps"], x, y, sds=_SDS, matters=_MATTERS, rises=state["sign"] > 0)
    state["began"] = [*state["began"], *y[:_BEGAN].tolist()][:_BEGAN]
    hits, i = np.flatnonzero(read.hit), 0
    while i < y.size:
        if state["waits"] is None:
            later = hits[hits >= max(i, state["deaf"] - count)]
            end = int(later[0]) if later.size else y.size
            raised += _ended(state, finding, x[i:end], y[i:end])
            if later.size:
                state["waits"] = _waits(read, end, count + end + patience(count + end))
        else:
            waits: dict[str, Any] = state["waits"]
            end = min(waits["due"] - count, y.size)
            state["waits"] = waits | {"values": [*waits["values"], *y[i:end].tolist()]}
            raised += _ended(state, finding, x[i:end], y[i:end])
            if waits["due"] == count + end:
                raised += _judged(kind, state, finding, float(x[end - 1]))
        i = end
    state["count"] = count + y.size
    return state, raised


def _waits(read: Jumps, i: int, due: int) -> dict[str, Any]:
    columns = {"start": read.start, "level": read.center, "back": read.back, "sd": read.sd}
    return {name: float(column[i]) for name, column in columns.items()} | {"due": due, "values": []}


def _judged(kind: Kind, state: State, finding: Callable[..., Finding], at: float) -> list[Finding]:
    """What a jump has become when the wait is over; one that still comes down is waited for again."""
    waits, state["waits"] = state["waits"], None
    values = np.asarray(waits["values"])
    became = _became(values, waits, float(np.median(state["began"])))
    if became == "comes down":
        state["waits"] = waits | {"due": waits["due"] + values.size, "values": []}
    if became in ("level_shift", "divergence"):
        state["deaf"] = waits["due"] + RENEWED
    if became != kind:
        return []
    now = float(np.median(values[values.size // 2 :]))
    opened = {name: waits[name] for name in ("start", "level", "back", "sd")}
    state["open"] = opened | {"now": now, "alarm": at}
    return [finding(state["open"], None)]


def _became(values: Array, waits: dict[str, Any], began: float) -> str:
    half = values.size // 2
    before, now = float(np.median(values[:half])), float(np.median(values[half:]))
    if min(now, float(np.median(values[-_BACK:]))) <= waits["back"]:
        return "spike"
    sure = _SURE * _OF_MEDIAN * waits["sd"] * float(np.sqrt(2.0 / half))
    moves = max(sure, _MORE * (max(before, now) - waits["level"]))
    lost = now > began > waits["level"] + _GAINED * waits["sd"]
    if now - before > moves or lost:
        return "divergence"
    return "comes down" if before - now > moves else "level_shift"


def _ended(state: State, finding: Callable[..., Finding], x: Array, y: Array) -> list[Finding]:
    """The finding that lasts once more, where values are back at the level before it."""
    values = np.append(state["tail"], y)
    state["tail"] = values[-(_BACK - 1) :].tolist()
    if state["open"] is None or values.size < _BACK:
        return []
    levels = np.median(np.lib.stride_tricks.sliding_window_view(values, _BACK), axis=1)
    places = np.flatnonzero(levels <= state["open"]["back"])
    if not places.size:
        return []
    opened, state["open"] = state["open"], None
    return [finding(opened, float(x[int(places[0]) + _BACK - 1 - (values.size - y.size)]))]


def _finding(
    kind: Kind, says: Callable[[str], str], promise: str, state: State, opened: dict[str, Any], end: float | None
) -> Finding:
    axis, sign = state["axis"], state["sign"]
    jump = (opened["now"] - opened["level"]) / opened["sd"]
    levels = f"{number(sign * opened['level'])} before, {number(sign * opened['now'])} when this was raised"
    since = f"{says(state['metric'])} since {axis} {place(opened['start'], axis)}"
    message = f"{since}: {levels}, {number(round(jump, 0))} robust sds"
    return Finding(
        kind=kind,
        metric=state["metric"],
        axis=axis,
        start=opened["start"],
        end=end,
        alarm=opened["alarm"],
        statistic=jump,
        threshold=(opened["back"] - opened["level"]) / opened["sd"],
        promise=promise,
        detector=kind,
        message=message if end is None else f"{message}; back by {axis} {place(end, axis)}",
        evidence={"before": sign * opened["level"], "now": sign * opened["now"], "instead_of": "spike"},
    )
