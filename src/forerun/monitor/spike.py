"""A value far on the bad side of the recent ones, by their own spread and tail."""

from __future__ import annotations

from typing import Any

import numpy as np

from forerun.core import Array, Card, Curve, Finding, Forecast
from forerun.stats.robust import MAD_TO_SD

CARD = Card(
    name="spike",
    does="Raises when a value jumps to the bad side by 5.5 robust sds, more if the recent tail is heavy.",
    source="ours; the tail-aware threshold replaces the fixed 6 and 7 sd rules of OLMo-core and OLMo 2",
    assumes="Trend over 64 points is small beside a spike. Noise may be heavy-tailed but not skewed to the bad side.",
    needs="64 finite points before it can alarm.",
    promises="Per 100,000 points at most 2 false alarms under normal noise, 40 under t4; 95% of 10-sd spikes.",
    known_answer="One point 20 sds up in normal noise gives one finding of one point.",
    control="A 3-sd rule on the same noise alarms over 50 times as often.",
)
_WINDOW = 256  # points whose differences tell the tail of the noise
_LEVEL = 64  # points that tell the level and its spread
_STRIDE = 32  # points judged by one reference, so that long curves are cheap
_BURN_IN = 64
_SDS = 5.5
_TAIL, _NORMAL_TAIL = 0.955, 2.0  # under normal noise this quantile of |difference| is this many robust sds
_HEAVIER = 3.0  # how much faster than that ratio the threshold grows, so that heavy tails do not flood
_BACK_SDS = 3.0  # a spike is over within this many sds


def start(curve: Curve) -> dict[str, Any]:
    sign = 1.0 if curve.direction == "min" else -1.0
    return {
        "metric": curve.metric,
        "axis": curve.axis,
        "sign": sign,
        "recent": [],
        "seen": 0,
        "level": None,
        "open": None,
    }


def update(
    state: dict[str, Any], points: Curve, forecast: Forecast | None = None
) -> tuple[dict[str, Any], list[Finding]]:
    finite = np.isfinite(points.y)
    x, y = points.x[finite], state["sign"] * points.y[finite]
    if not y.size:
        return state, []
    history = np.concatenate([np.asarray(state["recent"], float), y])
    seen, levels = _levels(state, history, y.size)
    findings: list[Finding] = []
    opened = state["open"]
    score = (y - levels[:, 0]) / levels[:, 1]
    i: int | None = 0
    while i is not None:
        if opened is None:
            i = _first(score > levels[:, 2], i)
            if i is not None:
                opened = _opened(float(x[i]), float(state["sign"] * y[i]), float(score[i]), levels[i])
                findings.append(_finding(state, opened, None))
        else:
            i = _first(y <= opened["back"], i)
            if i is not None:
                findings.append(_finding(state, opened, float(x[i])))
                opened = None
    kept = history[-(_WINDOW + _STRIDE) :].tolist()
    return state | {"recent": kept, "seen": seen, "level": levels[-1].tolist(), "open": opened}, findings


def _first(mask: np.ndarray, begin: int) -> int | None:
    """The first place at or after ``begin`` where the mask holds."""
    found = np.flatnonzero(mask[begin:])
    return begin + int(found[0]) if found.size else None


def _opened(x: float, y: float, score: float, level: Array) -> dict[str, Any]:
    center, sd, threshold = level.tolist()
    return {"start": x, "y": y, "score": score, "threshold": threshold, "back": center + _BACK_SDS * sd}


def _levels(state: dict[str, Any], history: Array, new: int) -> tuple[int, Array]:
    """Centre, sd and threshold in force at each new point, (new, 3); refreshed every ``_STRIDE`` points."""
    before = state["seen"]
    seen = before + new
    first = history.size - new
    refresh = np.arange(-(-before // _STRIDE) * _STRIDE, seen, _STRIDE)
    ends = first + refresh - before
    table = np.concatenate([[state["level"] or _SILENT], _references(history, ends, refresh)])
    return seen, table[np.searchsorted(refresh, np.arange(before, seen), side="right")]


_SILENT = [0.0, 1.0, np.inf]


def _references(history: Array, ends: np.ndarray, seen: np.ndarray) -> Array:
    """Centre, sd and threshold from the ``_WINDOW`` values before each end, (ends, 3); silent during the burn-in."""
    table = np.tile(np.array(_SILENT), (ends.size, 1))
    whole = seen >= _WINDOW
    if whole.any():
        table[whole] = _reference(history[ends[whole, None] + np.arange(-_WINDOW, 0)])
    for i in np.flatnonzero(~whole & (seen >= _BURN_IN)):
        table[i] = _reference(history[None, ends[i] - seen[i] : ends[i]])[0]
    return table


def _reference(windows: Array) -> Array:
    """Of windows (w, n): differences see the noise and its tail where there is a trend, the last points the level."""
    steps = np.abs(np.diff(windows, axis=1))
    step_sd = np.maximum(MAD_TO_SD * np.median(steps, axis=1), 1e-300)
    recent = windows[:, -_LEVEL:]
    center = np.median(recent, axis=1)
    spread = MAD_TO_SD * np.median(np.abs(recent - center[:, None]), axis=1)
    sd = np.maximum(np.maximum(step_sd / np.sqrt(2.0), spread), 1e-6 * np.abs(center) + 1e-300)
    tail = np.quantile(steps, _TAIL, axis=1) / step_sd / _NORMAL_TAIL
    tail = np.where(step_sd > 1e-299, np.maximum(tail, 1.0), 1.0)
    return np.stack([center, sd, _SDS * np.minimum(tail, 1e3) ** _HEAVIER], axis=1)


def _finding(state: dict[str, Any], opened: dict[str, Any], end: float | None) -> Finding:
    jump = f"{state['metric']} jumps to {opened['y']:.4g} at {state['axis']} {opened['start']:g}"
    size = f"{opened['score']:.0f} robust sds from the points before"
    return Finding(
        kind="spike",
        metric=state["metric"],
        axis=state["axis"],
        start=opened["start"],
        end=end,
        alarm=opened["start"],
        statistic=opened["score"],
        threshold=opened["threshold"],
        promise="at most 2 false alarms per 100,000 points under normal noise, 40 under Student-t4",
        detector="spike",
        message=f"{jump}, {size}; " + ("not back yet" if end is None else f"back by {end:g}"),
    )
