"""The metric has been getting worse since its best: over-fitting on held-out data, divergence on training data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from forerun.core import Array, Card, Finding
from forerun.core.display import number, place
from forerun.core.metrics import meaning
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.monitor.events import overlapping
from forerun.monitor.reads import is_held_out
from forerun.stats.best_step import best_places
from forerun.stats.bins import Bins
from forerun.stats.robust import mean_noise_sd, noise_sd, robust_sd
from forerun.stats.trend import trend_z

CARD = Card(
    name="rising",
    does="Raises when the last fifth of a run is worse than its best by more than noise, and by enough to matter, "
    "for 15% more points or by half as much again; less is asked where the values since the best keep rising "
    "(Mann-Kendall), of a held-out loss least where each since the best is worse.",
    source="ours; the best is a level of several points, where patience rules take a lucky one",
    assumes="Noise is independent between 1/64ths of the run, or follows itself within a third of the run. Losses with "
    "noise that follows itself are told oftener: flat ones under AR(1) .5 of a tenth of their level in most long runs.",
    needs="5 finite points of a held-out loss above zero, 16 of one on training data, 24 of any other metric.",
    promises="Of what ends at its best 1% of losses, scores and returns are told, per run; of flat losses under noise "
    "of a tenth of their level that is independent a fifth. Of losses that end 5% above their best level 79% are told, "
    "77% still at the end (most others are noise by their pictures); of fallen scores 63%.",
    known_answer="A loss that falls to 1 at step 10 and rises steadily to 1.3 at step 30 raises it, since step 10.",
    control="A patience of 3 fires on most curves that end at their best.",
)
_LEAST = 5  # points of a held-out loss
_TRAIN_LEAST = 16  # of a loss on training data, which is often that of one batch
_OTHERS_LEAST = 24  # of a metric that is no loss above zero
_RECENT = 0.2  # share of the run, at least 3 points, that must be worse
_EARLY = 0.25  # share of the run whose steep descent tells nothing of the noise
_FEW = 3.0  # sds are this much wider over the number of points that tell the noise: few do not tell it well
_STEADY = 4  # values in a row, each worse than the one before, of which a rise by one sd of noise is beyond it
_LASTS = 1.15  # times the points, while which it must stay so: noise passes any threshold at one of many looks,
_PLAIN = 1.5  # but not by this factor
_OF_BEST = 0.03  # for a loss that has only been positive
_OF_GAIN = 0.15  # of the improvement so far, where a loss has improved by little
_OF_OTHERS_GAIN = 0.3  # of the improvement so far, for a metric that is no loss above zero: it may wander
_OF_LEVEL = 0.01  # of the best, at the least
_DUST = 0.002  # of the improvement so far, at the least: a loss that fell from 2 to .001 may rise to .004
_BACK = 0.5  # share of what was worth raising; nearer to the best than this, it is over


@dataclass(frozen=True)
class _Settings:
    sds: tuple[float, float]
    sds_others: tuple[float, float]
    trend: float


def rising(
    *, sds: tuple[float, float] = (3.5, 2.5), sds_others: tuple[float, float] = (6.0, 3.0), trend: float = 1.65
) -> Detector:
    """The detector with other settings; what its card promises holds for those given here.

    Args:
        sds: how far beyond noise a held-out loss must have risen; the second where the values since the best one rise
            beyond chance.
        sds_others: the same of any other metric.
        trend: sds of a Mann-Kendall trend from which values rise beyond chance.

    Example:
        >>> from forerun.core import Curve
        >>> loss = [2.0, 1.5, 1.0, 1.2, 1.1, 1.4, 1.3, 1.6]
        >>> curve = Curve(range(8), loss, metric="val/loss")
        >>> [len(rising(sds=(most, most)).replay({"value": curve})) for most in (0.5, 50.0)]
        [1, 0]
    """
    settings = _Settings(sds, sds_others, trend)
    return Detector(
        card=CARD, version="3", start=_start, update=partial(_update, settings), least=_LEAST, same_event=_same_event
    )


def _same_event(event: Finding, other: Finding, pause: float) -> bool:
    """Of the two splits the one is a divergence, the other an over-fit."""
    return is_held_out(event.metric) == is_held_out(other.metric) and overlapping(event, other, pause)


def _start(points: Points) -> State:
    curve = points["value"]
    sign = 1.0 if curve.direction == "min" else -1.0
    plain = {"metric": curve.metric, "axis": curve.axis, "sign": sign}
    return plain | {"bins": Bins(most=64).state(), "best": None, "after": None, "worse": None, "open": None}


def _update(
    settings: _Settings, state: State, points: Points, forecast: ForecastAt | None
) -> tuple[State, list[Finding]]:
    curve = points["value"]
    if curve.direction == "min" and meaning(curve.metric).kind == "return":
        return state, []  # its log contradicts its name, so nobody knows what is worse
    finite = np.isfinite(curve.y)
    x, y = curve.x[finite], state["sign"] * curve.y[finite]
    bins, state = Bins(**state["bins"]), dict(state)
    findings: list[Finding] = []
    while x.size:
        take = bins.width - bins.pending
        bins.push(x[:take], y[:take])
        state["best"] = _better(state["best"], x[:take], y[:take])
        if not bins.pending:
            findings += _check(settings, state, bins, float(x[:take][-1]))
        x, y = x[take:], y[take:]
    return state | {"bins": bins.state()}, findings


def _better(best: list[float] | None, x: Array, y: Array) -> list[float]:
    i = int(np.argmin(y))
    return [float(x[i]), float(y[i])] if best is None or y[i] < best[1] else best


def _check(settings: _Settings, state: State, bins: Bins, at: float) -> list[Finding]:
    """Raise or close the finding that ``state`` holds; called each time a bin is full."""
    x, y = bins.means()
    opened = state["open"]
    if opened is None:
        rise = _rise(settings, state, x, y)
        since: int = state["worse"] or bins.count
        state["worse"] = None if rise is None else since
        if rise is None or not _lasts(rise, bins.count, since):
            return []
        state["open"] = rise | {"alarm": at, "best": state["best"]}
        return [_finding(state, state["open"], None)]
    if float(y[-3:].mean()) > opened["level"] + _BACK * opened["worth"]:
        return []
    state["open"], state["after"], state["worse"] = None, at, None
    return [_finding(state, opened, at)]


def _lasts(rise: dict[str, Any], count: int, since: int) -> bool:
    """Whether it has been worse than noise makes it at every look for a while, or plainly is."""
    return count >= _LASTS * since or rise["statistic"] > _PLAIN * rise["threshold"]


def _rise(settings: _Settings, state: State, x: Array, y: Array) -> dict[str, Any] | None:
    """Since when and how far the last fifth is worse than the best since the last rise; None where it is not."""
    after, loss = state["after"], bool(state["sign"] > 0 and y.min() > 0.0)
    least = _OTHERS_LEAST if not loss else _LEAST if is_held_out(state["metric"]) else _TRAIN_LEAST
    begin = 0 if after is None else int(np.searchsorted(x, float(after), side="right"))
    recent = max(3, int(np.ceil(_RECENT * y.size)))
    wide = max(1, recent // 2)
    earlier, now = y[begin:-recent], y[-recent:]
    if y.size < least or earlier.size < wide:
        return None
    levels = np.convolve(earlier, np.full(wide, 1.0 / wide), mode="valid")
    best = int(np.argmin(levels))
    level = float(levels[best])
    since = begin + best + int(np.argmin(earlier[best : best + wide]))
    gap = float(np.median(now)) - level
    if gap <= 0.0:
        return None  # mostly, and at little cost: what matters is never below zero
    worth = _worth(y, level, loss)
    if gap <= worth:
        return None
    few = loss and is_held_out(state["metric"])
    threshold = max(worth, _threshold(settings, y, since, (recent, wide), few))
    if gap <= threshold or np.quantile(now, 0.1) <= level + _BACK * worth:
        return None
    numbers = {"level": level, "worth": worth, "now": level + gap, "statistic": gap, "threshold": threshold}
    low, high = best_places(y[begin:], wide)
    return {"start": float(x[since]), "between": [float(x[begin + low]), float(x[begin + high])], **numbers}


def _threshold(settings: _Settings, y: Array, since: int, widths: tuple[int, int], few: bool) -> float:
    """How much worse is beyond noise; less where the values since the best one rise, least where each is worse."""
    later = y[since + 1 :]
    if few and later.size >= _STEADY and bool((np.diff(later) > 0.0).all()):
        return _error(y, widths, noise_sd)  # a steady rise that grows is no noise
    sure, beside_trend = settings.sds if few else settings.sds_others
    return _error(y, widths, mean_noise_sd) * (beside_trend if trend_z(later) > settings.trend else sure)


def _worth(y: Array, level: float, loss: bool) -> float:
    """How much worse matters.

    A share of the best means something for a loss above zero; a return, a log-likelihood and a score have only their
    improvement to be measured by, and what one point scatters by. Gain and level are bounded by each other, so that
    neither dust nor an early start counts.
    """
    gain = max(0.0, float(np.median(y[:3])) - level)
    of_loss, of_others = min(_OF_BEST * level, _OF_GAIN * gain), max(_OF_OTHERS_GAIN * gain, noise_sd(y))
    matters = of_loss if loss else of_others
    return max(matters, _OF_LEVEL * abs(level), _DUST * gain)


def _error(y: Array, widths: tuple[int, int], noise: Callable[[Array], float]) -> float:
    """Of the difference of two levels of so many bins, from the noise between neighbours and from what wanders."""
    late = y[int(_EARLY * y.size) :]
    points = float(np.sqrt(sum(1.0 / width for width in widths)))
    return max(noise(late) * points, _wandering(late, points)) * (1.0 + _FEW / late.size)


def _wandering(late: Array, points: float) -> float:
    """The same of noise that follows itself, an AR(1) around a moving average over a third; 0 for few points."""
    if late.size < 16:
        return 0.0
    width = late.size // 3 | 1
    trend = np.convolve(late, np.full(width, 1.0 / width), mode="valid")
    noise = late[width // 2 : width // 2 + trend.size] - trend
    power = float(np.mean(noise**2))
    follows = float(np.mean(noise[1:] * noise[:-1])) / power if power > 0.0 else 0.0
    follows = min(max(follows + (1.0 + 3.0 * follows) / noise.size, 0.0), 0.9)  # its bias, Kendall 1954
    return robust_sd(noise) * min(points * np.sqrt((1.0 + follows) / (1.0 - follows)), np.sqrt(2.0))


def _finding(state: State, opened: dict[str, Any], end: float | None) -> Finding:
    sign, axis = state["sign"], state["axis"]
    (best_x, best), now = opened["best"], sign * opened["now"]
    message = _message(state["metric"], axis, sign > 0, opened, sign * best, now)
    return Finding(
        kind="rising",
        metric=state["metric"],
        axis=axis,
        start=opened["start"],
        end=end,
        alarm=opened["alarm"],
        statistic=opened["statistic"],
        threshold=opened["threshold"],
        promise="raised on 1% of losses, scores and returns that end at their best, per run",
        detector="rising",
        message=message if end is None else f"{message}; back by {axis} {place(end, axis)}",
        evidence={
            "best": sign * best,
            "best_x": best_x,
            "best_between": opened["between"],
            "level": sign * opened["level"],
            "now": now,
        },
    )


def _message(metric: str, axis: str, lower: bool, opened: dict[str, Any], best: float, now: float) -> str:
    since = f"since {axis} {place(opened['start'], axis)}"
    levels = f"best {number(best)} at {axis} {place(opened['best'][0], axis)}, {number(now)} when this was raised"
    if is_held_out(metric):
        first, last = (place(end, axis) for end in opened["between"])
        where = "there" if first == last else f"between {axis} {first} and {last}"
        return f"{metric} has {'risen' if lower else 'fallen'} {since}: {levels}; the best checkpoint lies {where}"
    return f"{metric} has been {'rising' if lower else 'falling'} {since}: {levels}"


RISING = rising()
