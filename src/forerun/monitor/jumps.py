"""Where a curve jumps to the bad side: one value far above what was expected, or two in a row that are less far.

Heavy-tailed noise throws single values as far as a jump does, but hardly ever two in a row; so what lasts is seen
sooner. How far one value and two in a row have to be is told by how far they have been. A jump is a spike where the
values come back; where they have not by a patience, the level has shifted, or the run diverges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array
from forerun.core.words import words_of
from forerun.monitor import residuals
from forerun.monitor.limits import limits
from forerun.monitor.limits import nothing as no_limits
from forerun.monitor.residuals import LEAST, Expected

RENEWED = 64
"""Points after which what is expected follows a new level."""
_PATIENCE = (16, 48)  # points within which a spike is back: an eighth of those before, within these (ours)
_SCORE_LEAST = 64  # points of scores and returns, whose early evaluations scatter
_FEW = 12.0  # thresholds of normal noise grow by this over the number of points that tell the spread
_TWICE = 4.0 / 5.5  # of the sds of one value under normal noise, for each of two in a row
_SCORE_MATTERS = 0.25  # share of the recent range, for scores and returns, which fall for one evaluation
_GAINED = 0.05  # share of what the level of a loss has fallen by; less is dust beside that
_BEGAN = 3  # values whose median is where it began
_EXPONENTIAL = {"ppl", "perplexity", "perplexities"}
_DUST = 1e-3  # share of the level that no jump is told below
_DIGITS = 3.5  # a jump is more than this many of the last digit logged
_BACK_SDS = 3.0  # a value is back within this many sds, or half of what matters


@dataclass(frozen=True)
class Jumps:
    """Of each of n new values, how it stands to a jump.

    Args:
        score: shape (n,), robust sds above what was expected.
        threshold: shape (n,), of one value.
        center, back: shape (n,), the level before, and where a value is back at it.
        sd: shape (n,), of the noise around the level.
        hit: shape (n,), whether a jump shows here.
        start, peak, value: shape (n,), where such a jump began, its greatest score so far, and the value there.
    """

    score: Array
    threshold: Array
    center: Array
    back: Array
    sd: Array
    hit: NDArray[np.bool_]
    start: Array
    peak: Array
    value: Array


def nothing(metric: str = "loss") -> dict[str, Any]:
    """Where it stands before a metric's first value. A perplexity has not fallen by what it began at."""
    began = None if words_of(metric) & _EXPONENTIAL else list[float]()
    levels = {"began": began, "levels": [np.inf, -np.inf]}
    return {
        "expected": residuals.nothing(),
        "limits": no_limits(),
        "range": None,
        **levels,
        "last": [0.0, 0.0, 0.0, 0.0],
    }


def jumps(
    state: dict[str, Any], x: Array, y: Array, *, sds: float, matters: float, rises: bool
) -> tuple[dict[str, Any], Jumps]:
    """Where the next values jump, and where it stands after them, as JSON can carry it.

    Args:
        state: where it stood.
        x, y: shape (n,), n at least 1, finite; higher is worse.
        sds: robust sds of one value under normal noise; more where the tail is heavy.
        matters: least share of a level above zero, or of the range where that is less.
        rises: whether it is a loss that rises, not a score or return that falls.

    Example:
        >>> y = np.append(np.tile([1.0, 2.0], 50), [30.0, 1.0])
        >>> state, read = jumps(nothing(), np.arange(102.0), y, sds=5.5, matters=0.1, rises=True)
        >>> np.flatnonzero(read.hit).tolist(), read.start[100].item()
        ([100], 100.0)
    """
    ranges = _ranges(state["range"], y)
    after, expected = residuals.expect(state["expected"], y)
    score = expected.residuals(y)
    began, levels = _levels(state["began"], state["levels"], y, expected)
    least = _matters(expected, ranges[:-1], levels, matters, rises) / expected.sd
    known = expected.known >= (LEAST if rises else _SCORE_LEAST)
    reached, noise = limits(state["limits"], score)
    few = 1.0 + _FEW / np.maximum(expected.known, 1.0)
    threshold = np.where(known, np.maximum(np.maximum(sds * few, noise[:, 0]), least), np.inf)
    twice = np.where(known, np.maximum(_TWICE * sds * few, noise[:, 1]), np.inf)
    before = np.concatenate([[state["last"]], np.array([x, y, score, score / twice]).T])
    pair = (before[1:, 3] > 1.0) & (before[:-1, 3] > 1.0) & (np.maximum(before[1:, 2], before[:-1, 2]) > least)
    first = np.where((pair & (before[:-1, 2] > before[1:, 2]))[:, None], before[:-1], before[1:])
    back = expected.center + np.maximum(_BACK_SDS, np.minimum(threshold / 2.0, twice)) * expected.sd
    read = Jumps(
        score, threshold, expected.center, back, expected.sd, (score > threshold) | pair,
        np.where(pair, before[:-1, 0], x), first[:, 2], first[:, 1],
    )  # fmt: skip
    known = {"began": began, "levels": levels[-1].tolist(), "range": ranges[-1].tolist()}
    return {"expected": after, "limits": reached, **known, "last": before[-1].tolist()}, read


def patience(count: int) -> int:
    """Points within which a spike after so many points is back."""
    return int(np.clip(count // 8, *_PATIENCE))


def _ranges(before: list[float] | None, y: Array) -> Array:
    """The lowest and highest value before each new point and after the last one, (n + 1, 2)."""
    first = [y[0], y[0]] if before is None else before
    low, high = (np.concatenate([[end], y]) for end in first)
    return np.array([np.minimum.accumulate(low), np.maximum.accumulate(high)]).T


def _levels(
    began: list[float] | None, before: list[float], y: Array, expected: Expected
) -> tuple[list[float] | None, Array]:
    """The first values, and the lowest and highest level known at each new point, (n, 2)."""
    ends = (np.where(expected.known > 0, expected.center, far) for far in (np.inf, -np.inf))
    low, high = (np.concatenate([[first], end]) for first, end in zip(before, ends, strict=True))
    if began is not None and len(began) < _BEGAN:
        first = y[: _BEGAN - len(began)]
        began = [*began, *first.tolist()]
        high[first.size] = max(high[first.size], float(np.median(began))) if len(began) == _BEGAN else -np.inf
    return began, np.array([np.minimum.accumulate(low), np.maximum.accumulate(high)]).T[1:]


def _matters(expected: Expected, ranges: Array, levels: Array, share: float, rises: bool) -> Array:
    """The least jump worth telling, by the metric's own scale and its last digit; infinite where it never moved."""
    if rises:
        above_zero = np.where(ranges[:, 0] > 0.0, share * expected.center, np.inf)
        scale = np.minimum(share * (ranges[:, 1] - ranges[:, 0]), above_zero)
        scale = np.maximum(scale, _GAINED * (levels[:, 1] - levels[:, 0]))
    else:
        scale = _SCORE_MATTERS * expected.span
    return np.maximum(np.maximum(scale, _DUST * np.abs(expected.center)), _DIGITS * expected.digit)
