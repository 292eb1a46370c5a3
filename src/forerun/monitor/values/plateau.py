"""No improvement worth the name is to come, as the last stretch of the run tells it.

A run that has diverged has no plateau, nor has one that has nothing left to gain: nothing is said of a metric that is
worse than before, that is not finite, that has hardly moved at all, or that stands at its bound.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from forerun.core import Array, BadInput, Card, Finding
from forerun.core.display import number, place
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.monitor.stalling import MOVED, SURE, Stalling, counts
from forerun.monitor.standing import BEGAN, CurveCheck
from forerun.stats.bins import Bins
from forerun.stats.remaining import Remaining

CARD = Card(
    name="plateau",
    does="Raises when, at two checks in a row, the chance that going on brings more than delta, .2% of all improvement "
    "so far, is below a tenth, and no forecast that is handed in says otherwise; ends when that is likely, when it "
    "gets worse or is not finite.",
    source="ours: a posterior over power laws that go on or have stopped, so that noise delays the alarm",
    assumes="The last stretch is a power law or has stopped; noise follows itself as its best fit leaves it, up to "
    ".97. Where the horizon is not known, it must have stood still for as long as it had moved, its last quarter must "
    "surely not be better than the one before by .5%, and what is asked is whether going on as far again brings more.",
    needs="32 finite points whose noise is worth 20 independent ones, an improvement of at least a thousandth of the "
    "level, and room left before its bound; or 100 values that are all the same.",
    promises="At most 5% of power laws t^-.1 to t^-1, which never end, raise it in 200 evaluations, at normal noise "
    "up to 3% of the drop that follows itself by up to .9. With delta .05 and the horizon given, 3.6% of 2,000 power "
    "laws are told too early (`evidence/detectors`). More may come all the same, as after a learning rate's fall.",
    known_answer="A curve that is flat from step 60 raises it before step 150.",
    control="Patience-10 early stopping fires on over 90% of the same power laws.",
)
_PROMISE = "raised on at most 5% of power laws t^-.1 to t^-1, which never end improving, per 200 evaluations"
_LEAST = 32
_EVERY = 1.04  # a check each time the points have grown by this,
_FAR = 0.9  # or by twice that, while more to come is likelier than this
_BINS = 96
_ENDS = 0.5  # chance above which it is over
_TAIL = 3  # values in a row that end a plateau at once by being worse than noise makes them


def plateau(*, delta: float = 0.002, horizon: float | None = None, stuck: int = 100) -> Detector:
    """The detector with other settings; what its card promises holds for those given here.

    Args:
        delta: share of all improvement so far below which what is to come must stay; a fifth of a percent, so that a
            power law up to t^-1 is no plateau within 200 evaluations by what it still gains.
        horizon: x by which it is to come; unknown by default, then what is asked is whether going on as far again
            brings it, or as far as a forecast that is handed in goes, and it must have stood still for as long as it
            had moved.
        stuck: values that are all the same to the last digit from which they are a plateau (ours).

    Raises:
        BadInput: delta does not lie between 0 and 1.

    Example:
        >>> from forerun.core import Curve
        >>> curve = Curve(range(60), [0.5] * 60, metric="loss")
        >>> [len(plateau(stuck=most).replay({"value": curve})) for most in (40, 100)]
        [1, 0]
    """
    if not 0.0 < delta < 1.0:
        raise BadInput(f"delta is {delta}; it is a share of all improvement so far, between 0 and 1", where="plateau")
    return Detector(card=CARD, version="3", start=_start, update=partial(_update, Stalling(delta, horizon, stuck)))


def _start(points: Points) -> State:
    curve = points["value"]
    sign = 1.0 if curve.direction == "min" else -1.0
    plain = {"metric": curve.metric, "axis": curve.axis, "sign": sign}
    return plain | {
        "bins": Bins(most=_BINS).state(),
        "next": _LEAST,
        "began": [],
        "ended": -np.inf,
        "low": None,
        "high": None,
        "tail": [],
        "likely": False,
        "open": None,
    }


def _update(
    question: Stalling, state: State, points: Points, forecast: ForecastAt | None
) -> tuple[State, list[Finding]]:
    state, findings, curve = dict(state), list[Finding](), points["value"]
    finite = np.isfinite(curve.y)
    cuts = np.flatnonzero(np.diff(finite)) + 1
    check = partial(_check, question, forecast)
    for stretch in np.split(np.arange(len(curve)), cuts):
        if stretch.size and finite[stretch[0]]:
            findings += _finite(check, state, curve.x[stretch], state["sign"] * curve.y[stretch])
        elif stretch.size and state["open"] is not None:
            findings += _close(state, float(curve.x[stretch[0]]), "where it is not finite")
    return state, findings


def _finite(check: Callable[[State, Bins, float], list[Finding]], state: State, x: Array, y: Array) -> list[Finding]:
    bins, findings = Bins(**state["bins"]), list[Finding]()
    new = zip(x[:BEGAN].tolist(), y[:BEGAN].tolist(), strict=True)
    state["began"] = [*state["began"], *map(list, new)][:BEGAN]
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
            findings += check(state, bins, at)
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
    opened, state["open"], state["ended"] = state["open"], None, end
    return [_finding(state, opened, end, why)]


def _widen(state: State, y: Array) -> None:
    """Keep between which values the metric has been, by which its bounds are told."""
    ends = [state["sign"] * float(y.min()), state["sign"] * float(y.max())]
    known = [end for end in (state["low"], state["high"], *ends) if end is not None]
    state["low"], state["high"] = min(known), max(known)


def _check(question: Stalling, forecast: ForecastAt | None, state: State, bins: Bins, at: float) -> list[Finding]:
    stands = CurveCheck.of(state["metric"], state["sign"], bins, at, state["began"], (state["low"], state["high"]))
    stuck = _is_stuck(question, state, bins)
    until = question.until(stands)
    answer = Remaining(0.0, stands.x[0] - stands.zero) if stuck else question.asked(stands, until)
    far = answer is not None and answer.chance > _FAR
    state["next"] = int(np.ceil(state["next"] * (_EVERY**2 if far else _EVERY)))
    if state["open"] is not None:
        return _follow(state, answer, stands)
    long = answer is not None and (stuck or question.is_long_enough(stands, answer))
    again, state["likely"] = state["likely"], answer is not None and answer.chance < SURE and long
    if answer is None or not (again and state["likely"] and (stuck or counts(stands))):
        return []
    ahead = None if forecast is None or stuck or stands.is_still else forecast(at)
    if ahead is not None:
        until = until if question.horizon is not None else max(until, float(ahead.at[-1]))
        answer = question.agreed(stands, until, ahead)
    return [] if answer is None else [_opened(question, state, answer, stands, until)]


def _is_stuck(question: Stalling, state: State, bins: Bins) -> bool:
    """Whether every value so far is the same to the last digit, and not the best there can be."""
    best = 1.0 if state["sign"] < 0 else 0.0
    return state["low"] == state["high"] != best and bins.count >= question.stuck


def _opened(question: Stalling, state: State, answer: Remaining, stands: CurveCheck, until: float) -> Finding:
    stuck = state["low"] == state["high"]
    worth = MOVED * abs(stands.now) if stuck else question.delta * stands.gain
    state["open"] = {
        "start": max(answer.since + stands.zero, state["ended"]),
        "alarm": stands.at,
        "chance": answer.chance,
        "worth": worth,
        "until": until,
        "delta": question.delta,
        "stuck": stuck,
        "ceiling": stands.ceiling(worth),
    }
    return _finding(state, state["open"], None)


def _follow(state: State, answer: Remaining | None, stands: CurveCheck) -> list[Finding]:
    quarter = float(stands.x[-(stands.x.size // 4)])
    if stands.is_worse:
        return _close(state, quarter, "where it gets worse")
    goes_on = answer is not None and answer.chance > _ENDS
    return _close(state, quarter, "where it improves") if goes_on else []


def _finding(state: State, opened: dict[str, Any], end: float | None, why: str = "") -> Finding:
    axis, start = state["axis"], place(opened["start"], state["axis"])
    message = f"{state['metric']} stands still since {axis} {start}"
    if not opened["stuck"]:
        sure, share = min(99, int(100 * (1.0 - opened["chance"]))), f"{100 * opened['delta']:.3g}%"
        little = f"under {number(opened['worth'])}, {share} of its improvement so far"
        message += f": {sure}% sure that {little}, is to come by {axis} {place(opened['until'], axis)}"
    return Finding(
        kind="plateau",
        metric=state["metric"],
        axis=axis,
        start=opened["start"],
        end=end,
        alarm=opened["alarm"],
        statistic=opened["chance"],
        threshold=SURE,
        promise=_PROMISE,
        detector="plateau",
        message=message if end is None else f"{message}; until {place(end, axis)}, {why}",
        evidence={"delta": opened["delta"], "worth": opened["worth"], "until": opened["until"]},
    )


PLATEAU = plateau()
