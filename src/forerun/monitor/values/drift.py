"""Training goes over to another task or other data, as its loss alone tells: what was learned helps no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from forerun.core import Array, Card, Finding
from forerun.core.display import number, place
from forerun.core.metrics import meaning
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.monitor.reads import is_held_out
from forerun.monitor.recent import Places, Recent
from forerun.stats.robust import MAD_TO_SD

CARD = Card(
    name="drift",
    does="Raises where the mean of 3 training losses, each of them high, lies 5 robust sds and a quarter of what was "
    "learned above the last 64; lasts until that of 3 is back. Labels of tasks are not needed.",
    source="the loss-deviation test of Zhu et al. 2024 (TAME), with scales of the run's own: ours",
    assumes="That a task was learned before another begins, and that this rises by no more than three times what was "
    "learned. Other jumps of the loss that last, as after a bad batch at a high rate, look alike.",
    needs="To be asked for by name. 16 finite losses since the last switch.",
    promises="Of streams of permuted digits at least 90% of the switches, with at most one false alarm a stream. On "
    "losses that only fall at most 1% of runs of 1,000 points raise it (normal, t4, AR(1) .5).",
    known_answer="A network trained on digits permuted anew four times has four findings, each where its task begins.",
    control="The same network, shown the same number of digits permuted once, has none.",
)
_WINDOW = 64  # losses that tell the level
_FIRST = 16  # since a switch, before another can be told
_STRIDE = 8  # losses judged by one level
_AT_ONCE = 256  # looks made together
_MOST = 3.0  # times what was learned: no task begins so much worse than the first, but a loss that diverges does
_EACH = 1.5  # sds above the level of each of them
_BEGAN = 4  # losses that tell where a task began


@dataclass(frozen=True)
class _Settings:
    sds: float
    share: float
    lasts: int


def drift(*, sds: float = 5.0, share: float = 0.25, lasts: int = 3) -> Detector:
    """The detector with other settings; what its card promises holds for those given here.

    Args:
        sds: robust sds above the level.
        share: of what was learned, by which the loss rises (arbitrary).
        lasts: losses in a row, whose mean it is.

    Example:
        >>> from forerun.core import Curve
        >>> task = [1.0, 0.5, 0.3, 0.2] + [0.1, 0.12] * 20
        >>> curve = Curve(range(88), task + task, metric="loss")
        >>> [(finding.start, finding.end) for finding in drift().replay({"value": curve})]
        [(44.0, 48.0)]
    """
    return Detector(
        CARD, "1", _start, partial(_update, _Settings(sds, share, lasts)), reads=training_losses, by_name=True
    )


def training_losses(ranked: Sequence[str]) -> list[dict[str, str]]:
    """The first loss that is measured on what is trained on.

    Example:
        >>> training_losses(["val/loss", "train/loss", "train/aux_loss", "reward"])
        [{'value': 'train/loss'}]
    """
    losses = [name for name in ranked if meaning(name).kind == "loss" and not is_held_out(name)]
    return [{"value": name} for name in losses[:1]]


def _start(points: Points) -> State:
    curve = points["value"]
    return {
        "metric": curve.metric,
        "axis": curve.axis,
        "recent": [],
        "count": 0,
        "begin": 0,
        "look": _FIRST,
        "began": None,
        "learned": 0.0,
        "open": None,
    }


def _update(
    settings: _Settings, state: State, points: Points, forecast: ForecastAt | None
) -> tuple[State, list[Finding]]:
    curve, state, findings = points["value"], dict(state), list[Finding]()
    past = Recent.of(state["recent"], state["count"], curve)
    at, end = int(state["count"]), past.end
    while at < end:
        until, opened = _next(settings, state, past, at, end)
        findings += _closed(settings, state, past, np.arange(at, until))
        findings += [] if opened is None else _opened(settings, state, past, until - 1, opened)
        at = until
    return state | {"count": end, "recent": past.last(2 * _WINDOW)}, findings


def _next(settings: _Settings, state: State, past: Recent, at: int, end: int) -> tuple[int, dict[str, float] | None]:
    """Judge losses from place ``at`` on, as far as the looks reach that are made together, or to a switch."""
    look = int(state["look"])
    if at < look:
        return min(look, end), None
    window = min(_WINDOW, look - int(state["begin"]))
    looks = np.arange(look, end if window == _WINDOW else look + 1, _STRIDE)[:_AT_ONCE]
    level, sd = _levels(past.values(looks[:, None] + np.arange(-window, 0)))
    if state["began"] is None:
        state["began"] = float(np.median(past.values(int(state["begin"]) + np.arange(_BEGAN))))
    learned = np.maximum.accumulate(np.append(state["learned"], state["began"] - level))[1:]
    rise = np.maximum(settings.sds * sd, settings.share * learned)
    until = min(end, int(looks[-1]) + _STRIDE)
    judged = np.arange(at, until)
    rows = (judged - look) // _STRIDE
    last = past.values(judged[:, None] - np.arange(settings.lasts))
    above = (last.mean(axis=1) > (level + rise)[rows]) & (last.min(axis=1) > (level + _EACH * sd)[rows])
    above &= (learned > settings.sds * sd)[rows] & (last.mean(axis=1) < (level + _MOST * learned)[rows])
    first = int(above.argmax()) if above.any() else None
    row = int(rows[-1] if first is None else rows[first])
    state["learned"] = float(learned[row])
    if first is not None:
        return at + first + 1, {"level": float(level[row]), "rise": float(rise[row]), "learned": float(learned[row])}
    state["look"] = until if until == looks[-1] + _STRIDE else int(looks[row])
    return until, None


def _levels(windows: Array) -> tuple[Array, Array]:
    """Median and robust sd of windows (k, n), the sd no less than the last digit."""
    level = np.median(windows, axis=1)
    spread = MAD_TO_SD * np.median(np.abs(windows - level[:, None]), axis=1)
    moves = np.abs(np.diff(windows, axis=1))
    digit = np.min(np.where(moves > 0.0, moves, np.inf), axis=1)
    return level, np.maximum(spread, np.where(np.isfinite(digit), digit, 0.0))


def _opened(settings: _Settings, state: State, past: Recent, alarm: int, switch: dict[str, float]) -> list[Finding]:
    """A switch that is told; one before it that was never learned ends with it."""
    start = alarm - settings.lasts + 1
    unlearned = [] if state["open"] is None else [_finding(state, past.x_of(start), "not learned by then")]
    opened: dict[str, Any] = switch | {"start": past.x_of(start), "alarm": past.x_of(alarm)}
    opened["to"] = float(np.mean(past.values(np.arange(start, alarm + 1))))
    state |= {"begin": start, "look": max(alarm + 1, start + _FIRST), "began": None, "open": opened}
    return [*unlearned, _finding(state, None, "not back yet")]


def _closed(settings: _Settings, state: State, past: Recent, places: Places) -> list[Finding]:
    """The switch that is open, where losses are back by these places."""
    opened: dict[str, Any] | None = state["open"]
    if opened is None:
        return []
    last = past.values(places[:, None] - np.arange(settings.lasts)).mean(axis=1)
    back = last <= opened["level"] + opened["rise"]
    if not back.any():
        return []
    end = past.x_of(int(places[back.argmax()]))
    finding = _finding(state, end, f"back after {number(end - opened['start'])} {state['axis']}s")
    state["open"] = None
    return [finding]


def _finding(state: State, end: float | None, how: str) -> Finding:
    opened, axis = state["open"], state["axis"]
    lost = (opened["to"] - opened["level"]) / opened["learned"]
    level, to = (number(float(f"{opened[key]:.3g}")) for key in ("level", "to"))
    message = (
        f"{state['metric']} rises from {level} to {to} at {axis} {place(opened['start'], axis)}, as where another task "
        f"or other data begin: {lost:.0%} of what was learned; {how}"
    )
    return Finding(
        kind="drift",
        metric=state["metric"],
        axis=axis,
        start=opened["start"],
        end=end,
        alarm=opened["alarm"],
        statistic=(opened["to"] - opened["level"]) / opened["rise"],
        threshold=1.0,
        promise="at least 90% of switches of permuted digits, at most one false alarm a stream",
        detector="drift",
        message=message,
        evidence={"before": opened["level"], "after": opened["to"], "share": lost},
    )


DRIFT = drift()
