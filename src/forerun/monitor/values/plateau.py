"""No improvement worth the name over the last half of the run.

A run that has diverged has no plateau, nor has one that has nothing left to gain: nothing is said of a metric that is
worse than before, that is not finite, that has hardly moved at all, or that stands at its bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from forerun.core import Array, Card, Finding
from forerun.core.display import place
from forerun.core.metrics import bounds, meaning
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.stats.bins import Bins
from forerun.stats.robust import noise_sd, robust_sd
from forerun.stats.trend import follows

CARD = Card(
    name="plateau",
    does="Raises when, at two checks in a row, the last quarter is not better than the one before by 0.5% of all "
    "improvement so far; ends when it improves, gets worse or is not finite.",
    source="ours: an equivalence test, so that noise delays the alarm instead of causing it",
    assumes="Noise is what the last half shows beside a straight line, with the correlation it has there, up to .97; "
    "the improvement so far is the yardstick.",
    needs="32 finite points, an improvement of at least a thousandth of the level, and room left before its bound; or "
    "100 values that are all the same. Noise delays it: of levels that stay from evaluation 60 on, under noise of 1% "
    "of the drop 67% are told by evaluation 400, and 3% where that follows itself by .5.",
    promises="At most 5% of power laws t^-.1 to t^-1, which never end, raise it in 200 evaluations, at normal noise up "
    "to 3% of the drop that follows itself by up to .9 (measured: 0 to 4%). Not that nothing is to come: on recorded "
    "curves 23% of 52 alarms were followed by over 2% of the improvement so far, as after a learning rate's fall.",
    known_answer="A curve that is flat from step 60 raises it before step 150.",
    control="Patience-10 early stopping fires on over 90% of the same power laws.",
)
_LEAST = 32
_EVERY = 1.1  # a check each time the points have grown by a tenth, so that checks are few and almost independent
_SURE = float(special.ndtri(0.95))  # one-sided, per check, of which two in a row must say so
_LUCK = 0.8  # errors; a quarter that is worse by more is noise, and no further evidence: it would hasten the alarm
_LAG_SDS, _LAG_MOST = 0.5, 0.97  # how far above its estimate the noise's correlation is taken to lie, and at most
_MOVED = 1e-3  # share of the level; an improvement by less is dust
_FELL = 2.0  # times the level: a perplexity that began at 10,000 has no gain of that to be measured by
_ROOM = 0.02  # share of all improvement; nearer to its bound than this, a metric has arrived
_TAIL = 3  # values in a row that end a plateau at once by being worse,
_FAR_SDS = 4.0  # each by more than this
_WORSE = 0.05  # share of all improvement by which the level may have fallen back behind its best


@dataclass(frozen=True)
class _Settings:
    worth: float
    stuck: int


def plateau(*, worth: float = 0.005, stuck: int = 100) -> Detector:
    """The detector with other settings; what its card promises holds for those given here.

    Args:
        worth: share of all improvement so far that counts as further improvement; arbitrary, half a percent.
        stuck: values that are all the same to the last digit from which they are a plateau (ours).

    Example:
        >>> from forerun.core import Curve
        >>> curve = Curve(range(60), [0.5] * 60, metric="loss")
        >>> [len(plateau(stuck=most).replay({"value": curve})) for most in (40, 100)]
        [1, 0]
    """
    return Detector(card=CARD, version="1", start=_start, update=partial(_update, _Settings(worth, stuck)))


def _start(points: Points) -> State:
    curve = points["value"]
    sign = 1.0 if curve.direction == "min" else -1.0
    plain = {"metric": curve.metric, "axis": curve.axis, "sign": sign}
    return plain | {
        "bins": Bins().state(),
        "next": _LEAST,
        "low": None,
        "high": None,
        "tail": [],
        "likely": False,
        "open": None,
    }


def _update(
    settings: _Settings, state: State, points: Points, forecast: ForecastAt | None
) -> tuple[State, list[Finding]]:
    state, findings, curve = dict(state), list[Finding](), points["value"]
    finite = np.isfinite(curve.y)
    cuts = np.flatnonzero(np.diff(finite)) + 1
    for stretch in np.split(np.arange(len(curve)), cuts):
        if stretch.size and finite[stretch[0]]:
            findings += _finite(settings, state, curve.x[stretch], state["sign"] * curve.y[stretch])
        elif stretch.size and state["open"] is not None:
            findings += _close(state, float(curve.x[stretch[0]]), "where it is not finite")
    return state, findings


def _finite(settings: _Settings, state: State, x: Array, y: Array) -> list[Finding]:
    bins, findings = Bins(**state["bins"]), list[Finding]()
    while x.size:
        take = state["next"] - bins.count
        fallen = _fallen(state, y[:take])
        if fallen is not None:
            take = fallen + 1
        bins.push(x[:take], y[:take])
        at = float(x[min(take, x.size) - 1])
        state["tail"] = [*state["tail"], *y[:take].tolist()][-_TAIL:]
        _widen(state, y[:take])
        x, y = x[take:], y[take:]
        if fallen is not None:
            findings += _close(state, at, "where it gets worse")
        if bins.count == state["next"]:
            state["next"] = int(np.ceil(state["next"] * _EVERY))
            findings += _check(settings, state, bins, at)
    state["bins"] = bins.state()
    return findings


def _fallen(state: State, y: Array) -> int | None:
    """Where a few values in a row are first all beyond what a plateau's noise may do; None where nowhere."""
    if state["open"] is None:
        return None
    values = np.append(state["tail"][-(_TAIL - 1) :], y)
    if values.size < _TAIL:
        return None
    least = np.lib.stride_tricks.sliding_window_view(values, _TAIL).min(axis=1)
    places = np.flatnonzero(least > state["open"]["ceiling"])
    return int(places[0]) + _TAIL - 1 - (values.size - y.size) if places.size else None


def _close(state: State, end: float, why: str) -> list[Finding]:
    opened, state["open"] = state["open"], None
    return [_finding(state, opened, end, why)]


def _widen(state: State, y: Array) -> None:
    """Keep between which values the metric has been, by which its bounds are told."""
    ends = [state["sign"] * float(y.min()), state["sign"] * float(y.max())]
    known = [end for end in (state["low"], state["high"], *ends) if end is not None]
    state["low"], state["high"] = min(known), max(known)


def _check(settings: _Settings, state: State, bins: Bins, at: float) -> list[Finding]:
    x, y = bins.means()
    quarter, opened = y.size // 4, state["open"]
    before, now = y[-2 * quarter : -quarter], y[-quarter:]
    improvement = float(before.mean() - now.mean())
    error = _standard_error(y, quarter)
    gain = float(np.median(y[: max(3, y.size // 32)]) - now.mean())
    stuck = _is_stuck(settings, state, bins)
    worth = _MOVED * abs(float(now.mean())) if stuck else settings.worth * min(gain, _FELL * abs(float(now.mean())))
    again, state["likely"] = state["likely"], max(improvement, -_LUCK * error) + _SURE * error < worth
    if opened is None and again and state["likely"] and (stuck or _counts(state, y, gain)):
        beyond = max(worth, _WORSE * gain, _FAR_SDS * noise_sd(now) * np.sqrt(bins.width))
        state["open"] = {
            "start": float(x[-2 * quarter]),
            "alarm": at,
            "statistic": improvement + _SURE * error,
            "worth": worth,
            "ceiling": float(now.mean() + beyond),
        }
        return [_finding(state, state["open"], None)]
    if opened is not None and _worse(y, gain):
        return _close(state, float(x[-quarter]), "where it gets worse")
    if opened is not None and improvement - _SURE * error > opened["worth"]:
        return _close(state, float(x[-quarter]), "where it improves")
    return []


def _is_stuck(settings: _Settings, state: State, bins: Bins) -> bool:
    """Whether every value so far is the same to the last digit, and not the best there can be."""
    best = 1.0 if state["sign"] < 0 else 0.0
    return state["low"] == state["high"] != best and bins.count >= settings.stuck


def _counts(state: State, y: Array, gain: float) -> bool:
    """Whether a plateau here is one: there was a gain, most of it is still there, and there is room for more."""
    level = float(y[-(y.size // 4) :].mean())
    if gain <= _MOVED * abs(level) or _worse(y, gain):
        return False
    return level - _bound(state, level) > _ROOM * gain


def _bound(state: State, level: float) -> float:
    """The best the metric can come to; minus infinity where nothing tells."""
    values = np.array([state["low"], state["high"]])
    ends = [*bounds(state["metric"], values)]
    if meaning(state["metric"]).kind == "score" and values[0] >= 0.0 and values[1] <= 1.0:
        ends.append(1.0)
    return max((state["sign"] * end for end in ends if state["sign"] * end < level), default=-np.inf)


def _worse(y: Array, gain: float) -> bool:
    """Whether the last quarter has fallen back behind the best one."""
    quarter = y.size // 4
    quarters = np.convolve(y, np.full(quarter, 1.0 / quarter), mode="valid")
    return bool(quarters[-1] - quarters.min() > _WORSE * max(gain, 0.0))


def _standard_error(y: Array, quarter: int) -> float:
    """Of the difference of two quarters' means; noise that follows itself beside a straight line is of fewer values."""
    recent = y[-2 * quarter :]
    t = np.arange(recent.size) - (recent.size - 1) / 2.0
    beside = recent - recent.mean() - t * float(t @ recent) / float(t @ t)
    lag = follows(recent)
    lag = min(lag + _LAG_SDS * float(np.sqrt((1.0 - lag**2) / recent.size)), _LAG_MOST)
    return float(robust_sd(beside) * np.sqrt(2.0 / quarter * (1.0 + lag) / (1.0 - lag)))


def _finding(state: State, opened: dict[str, Any], end: float | None, why: str = "") -> Finding:
    axis = state["axis"]
    message = f"{state['metric']} has not improved by {opened['worth']:.3g} since {axis} {place(opened['start'], axis)}"
    return Finding(
        kind="plateau",
        metric=state["metric"],
        axis=state["axis"],
        start=opened["start"],
        end=end,
        alarm=opened["alarm"],
        statistic=opened["statistic"],
        threshold=opened["worth"],
        promise="raised on at most 5% of power laws that never end improving, per 200 evaluations",
        detector="plateau",
        message=message if end is None else f"{message}, until {place(end, axis)}, {why}",
    )


PLATEAU = plateau()
