"""What a task that was learned before loses while another is learned, and whether it comes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from forerun.core import Array, Card, Finding
from forerun.core.display import number, place
from forerun.core.metrics import meaning
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.stats.robust import MAD_TO_SD

CARD = Card(
    name="stability_gap",
    does="Raises when two evaluations in a row of a task's score lie 6 sds of those before and a tenth of their level "
    "below it; tells depth and recovery, and lasts while that is lost; ends where it is back within 2 sds.",
    source="ours, for the stability gap of De Lange et al. 2023, arXiv 2205.13452; `evaluate.streams` has the metrics",
    assumes="A level of 8 evaluations before it falls. When tasks were switched is not known: a fall is told, whatever "
    "its cause.",
    needs="8 evaluations before the fall; two or more curves named by tasks (``acc{task=1}``, ``task_1/acc``). What "
    "happens between evaluations is not seen; the evaluation interval is told.",
    promises="At most 2% of learning curves that rise to their level raise it in 400 evaluations, under noise of sd "
    ".02 (normal, AR(1) .5), 5% under t4.",
    known_answer="A score of .9 that falls to .4 at step 1000 and is back at 1100 has a depth of .5 and a recovery of "
    "100.",
    control="The same curve evaluated every 500 steps raises nothing.",
)
_LEAST = 8  # evaluations that tell level and noise
_BACK_SDS = 2.0
_STRIDE = 4096  # values looked at together
_OF_LEVEL = 0.1


def stability_gap(*, sds: float = 6.0) -> Detector:
    """The detector with another threshold; what its card promises holds for the one given here.

    Args:
        sds: of the last evaluations, by which a task must fall.

    Example:
        >>> from forerun.core import Curve
        >>> y = [0.9, 0.91] * 8 + [0.6, 0.8] + [0.9, 0.91] * 4
        >>> curve = Curve(range(26), y, metric="acc{task=1}", direction="max")
        >>> [len(stability_gap(sds=sds).replay({"value": curve})) for sds in (6.0, 600.0)]
        [1, 0]
    """
    return Detector(CARD, "1", _start, partial(_update, sds), reads=scores_of_tasks, least=_LEAST, same_event=_never)


def scores_of_tasks(names: Sequence[str]) -> list[dict[str, str]]:
    """The scores that are logged a task, where there are two tasks or more.

    Example:
        >>> scores_of_tasks(["acc{task=1}", "acc{task=2}", "loss{task=1}", "val/acc"])
        [{'value': 'acc{task=1}'}, {'value': 'acc{task=2}'}]
        >>> scores_of_tasks(["eval/task_0/accuracy", "eval/acc"])
        []
    """
    of_tasks = [name for name in names if _TASK.search(name) and meaning(name).kind == "score"]
    return [{"value": name} for name in of_tasks] if len(of_tasks) > 1 else []


_TASK = re.compile(r"(?i)(?:^|[^a-z])(?:task|experience|exp)[ _/=-]?\d+|\{[^}]*\b(?:task|experience|domain)=")


def _never(event: Finding, other: Finding, pause: float) -> bool:
    """Every task is told of by itself."""
    return False


def _start(points: Points) -> State:
    curve = points["value"]
    sign = -1.0 if curve.direction == "min" else 1.0
    return {"metric": curve.metric, "axis": curve.axis, "sign": sign, "recent": [], "low": None, "open": None}


def _update(sds: float, state: State, points: Points, forecast: ForecastAt | None) -> tuple[State, list[Finding]]:
    curve, state, findings = points["value"], dict(state), list[Finding]()
    finite = np.isfinite(curve.y)
    x, y = curve.x[finite], state["sign"] * curve.y[finite]
    while x.size:
        take = _quiet(sds, state, x[:_STRIDE], y[:_STRIDE])
        if take:
            state["recent"] = [*state["recent"], *np.stack([x[:take], y[:take]], axis=1).tolist()][-_LEAST:]
        else:
            take = 1
            at, value = float(x[0]), float(y[0])
            findings += _next(sds, state, at, value) if state["open"] is None else _falling(state, at, value)
        x, y = x[take:], y[take:]
    return state, findings


def _quiet(sds: float, state: State, x: Array, y: Array) -> int:
    """How many of the next values are as those before them: looked at together, as one by one takes long."""
    if state["open"] is not None or state["low"] is not None or len(state["recent"]) < _LEAST:
        return 0
    history = np.concatenate([[value for _, value in state["recent"]], y])
    level, _, worth = _references(sds, np.lib.stride_tricks.sliding_window_view(history[:-1], _LEAST))
    lows = np.flatnonzero(level - y > worth)
    return int(lows[0]) if lows.size else y.size


def _references(sds: float, windows: Array) -> tuple[Array, Array, Array]:
    """Level and noise of windows (w, 8), and how far below is low."""
    level = np.median(windows, axis=1)
    spread = np.median(np.abs(windows - level[:, None]), axis=1)
    noise = np.median(np.abs(np.diff(windows, 2, axis=1)), axis=1) / np.sqrt(6.0)
    sd = MAD_TO_SD * np.maximum(spread, noise) + 1e-3 * np.ptp(windows, axis=1)
    return level, sd, np.maximum(sds * sd, _OF_LEVEL * np.abs(level))


def _next(sds: float, state: State, x: float, y: float) -> list[Finding]:
    """A value where there are few yet, or that lies low, or that follows a low one: two such open a gap."""
    recent: list[list[float]] = state["recent"]
    if len(recent) < _LEAST:
        state["recent"] = [*recent, [x, y]]
        return []
    level, sd, worth = (float(one[0]) for one in _references(sds, np.array([[value for _, value in recent]])))
    if level - y <= worth:
        state["recent"], state["low"] = [*recent, [x, y]][-_LEAST:], None
        return []
    if state["low"] is None:
        state["low"] = [x, y]
        return []
    low_x, low = min(state["low"], [x, y], key=lambda point: point[1])
    every = float(np.median(np.diff([at for at, _ in recent])))
    fall = {"start": recent[-1][0], "alarm": x, "low": low, "low_x": low_x}
    state["low"], state["open"] = None, fall | {"level": level, "sd": sd, "every": every}
    return [_finding(state, state["open"], None)]


def _falling(state: State, x: float, y: float) -> list[Finding]:
    """While it is low: a new lowest value is told again; back within noise it is over."""
    opened: dict[str, Any] = state["open"]
    if y >= opened["level"] - _BACK_SDS * opened["sd"]:
        state["open"], state["recent"] = None, []
        return [_finding(state, opened, x)]
    if y >= opened["low"]:
        return []
    state["open"] = opened | {"low": y, "low_x": x}
    return [_finding(state, state["open"], None)]


def _finding(state: State, opened: dict[str, Any], end: float | None) -> Finding:
    axis, sign, depth = state["axis"], state["sign"], opened["level"] - opened["low"]
    how = "not back yet" if end is None else f"back after {number(end - opened['start'])} {axis}s"
    message = (
        f"{state['metric']} falls from {number(sign * opened['level'])} to {number(sign * opened['low'])} after {axis} "
        f"{place(opened['start'], axis)} (gap depth {number(float(f'{depth:.3g}'))}, lowest at "
        f"{place(opened['low_x'], axis)}); {how}; evaluated every {number(opened['every'])} {axis}s"
    )
    return Finding(
        kind="stability_gap",
        metric=state["metric"],
        axis=axis,
        start=opened["start"],
        end=end,
        alarm=opened["alarm"],
        statistic=depth,
        threshold=_OF_LEVEL * abs(opened["level"]),
        promise="raised on at most 2% of curves that rise to their level, per 400 evaluations; 5% under Student-t4",
        detector="stability_gap",
        message=message,
        evidence={
            "depth": depth,
            "recovery": None if end is None else end - opened["start"],
            "interval": opened["every"],
        },
    )


STABILITY_GAP = stability_gap()
