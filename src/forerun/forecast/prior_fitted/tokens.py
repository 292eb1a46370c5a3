"""A curve of any length as at most 96 tokens, and points asked as queries: numbers without a unit.

Bins are log-spaced from both ends of the seen part and even in between, so that the start of a power law and the last
values are both told in detail. Works on many curves of equal length at once, so that a network is trained on what it is
later told. Up is better everywhere: u = ±(y - centre) / scale in the scale of `forerun.stats.zscale`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array
from forerun.forecast.nets.movement import MOVEMENT, movement
from forerun.forecast.nets.simple_curves import SHAPES, continued
from forerun.stats.ragged import Ragged

Array32, Ints = NDArray[np.float32], NDArray[np.intp]
MOST = 96
"""Tokens of the longest curve."""
_PLAIN = 24  # points up to which each is its own token; beyond, at most twelve more tokens for each doubling
FAR = 8.0
"""No z is larger: values told, outcomes learned, and quantiles answered."""
_FINE = 50.0  # u is told a second time, this much larger, so that the last digits are seen
_LITTLE = 1e-2  # of the peak rate, so that logarithms of a rate of zero are finite
_WINDOWS = (0.0, 0.3)
TOKEN = 14
"""Numbers a token has: 7 of its values, 3 of its place, 4 of the schedule there."""
SCHEDULE = 7
QUERY = 7 + MOVEMENT + SCHEDULE + 2 * SHAPES * (len(_WINDOWS) + 1)
"""Numbers a query has: place, movement of the curve, schedule, and simple curves over time and over area."""


@dataclass(frozen=True)
class Rates:
    """The learning rate and its area up to there, at tokens (n, k) and at points asked (n, m), in any unit.

    Args:
        known: shape (n,), 1 where a schedule is known and 0 where the others are to be left out of account.
        ahead: shape (n, m), the mean rate between the last point seen and each asked.
    """

    known: Array
    at_tokens: Array
    area_at_tokens: Array
    at_queries: Array
    area_at_queries: Array
    ahead: Array

    @classmethod
    def unknown(cls, n: int, k: int, m: int) -> Rates:
        return cls(np.zeros(n), np.ones((n, k)), np.ones((n, k)), np.ones((n, m)), np.ones((n, m)), np.ones((n, m)))


def bins(n: int) -> Ints:
    """Where each token's points begin among n, increasing from 0; at most `MOST`.

    Example:
        >>> bins(5).tolist(), bins(10**6).size <= MOST
        ([0, 1, 2, 3, 4], True)
    """
    if n <= _PLAIN:
        return np.arange(n, dtype=np.intp)
    third = int(min(MOST, _PLAIN + 12 * np.log2(n / _PLAIN))) // 3
    near = n - np.geomspace(1, n, third)
    cuts = np.concatenate([near, np.linspace(0, n - 1, third), np.geomspace(1, n, third) - 1])
    return np.unique(np.clip(cuts, 0, n - 1).astype(np.intp))


def places(t: Array, cut: Ints) -> Array:
    """Mean time of each token's points, (n, k)."""
    return np.add.reduceat(t, cut, axis=1) / np.diff(np.append(cut, t.shape[1]))


def tokens(t: Array, u: Array, cut: Ints, rates: Array) -> Array32:
    """Tokens of curves, (n, k, `TOKEN`).

    Args:
        t: shape (n, points), times as shares of the last one seen, in (0, 1].
        u: shape (n, points), values in the scale, up is better.
        cut: where each token's points begin, as `bins` gives.
        rates: what `of_schedule` tells of tokens, (n, k, 4).
    """
    count = np.diff(np.append(cut, t.shape[1])).astype(float)
    place = places(t, cut)
    z, fine = _z(u), np.clip(np.arcsinh(_FINE * u) / 2.0, -FAR, FAR)
    level, level_fine = (np.add.reduceat(v, cut, axis=1) / count for v in (z, fine))
    spread = np.sqrt(np.maximum(np.add.reduceat(z * z, cut, axis=1) / count - level**2, 0.0))
    step = np.diff(level_fine, axis=1, prepend=level_fine[:, :1])
    columns = [
        level,
        np.minimum.reduceat(z, cut, axis=1) - level,
        np.maximum.reduceat(z, cut, axis=1) - level,
        np.log(spread + 1e-3) / 3.0,
        level_fine,
        step,
        np.broadcast_to(np.log(count) / 4.0, level.shape),
        place,
        np.log(np.maximum(place, 1e-6)) / 4.0,
        np.log(1.0 - place + 1e-4) / 4.0,
    ]
    return np.concatenate([np.stack(columns, axis=-1), rates], axis=-1).astype(np.float32)


def queries(t: Array, u: Array, cut: Ints, ahead: Array, rates: Rates) -> Array32:
    """Queries of points asked, (n, m, `QUERY`).

    Args:
        t, u, cut: as `tokens` takes them.
        ahead: shape (n, m), times asked as shares of the last one seen, beyond 1; the last stands for the run's end.
        rates: at the tokens and at the points asked.
    """
    count = np.diff(np.append(cut, t.shape[1])).astype(float)
    place, level = places(t, cut), np.add.reduceat(np.clip(u, -50.0, 50.0), cut, axis=1) / count
    pace, gone = np.median(np.diff(t, axis=1), axis=1, keepdims=True), 1.0 - t[:, :1] + 1e-9
    columns = [
        np.log(ahead),
        np.log((ahead - 1.0) / gone + 1e-5) / 4.0,
        np.log(np.maximum((ahead - 1.0) / np.maximum(pace, 1e-12), 1e-3)) / 4.0,
        np.broadcast_to(np.log(ahead[:, -1:]), ahead.shape),
        ahead / ahead[:, -1:],
        np.full(ahead.shape, min(np.log(t.shape[1]) / 4.0, 2.0)),
        np.broadcast_to(np.log(np.maximum(t[:, :1], 1e-5)) / 4.0, ahead.shape),
    ]
    moved = np.broadcast_to(movement(Ragged.of(u), np.ones(len(u)))[:, None], (*ahead.shape, MOVEMENT))
    over_time = continued(place, level, count, ahead, _WINDOWS)
    return np.concatenate(
        [np.stack(columns, axis=-1), moved, _planned(rates), over_time, _over_area(place, level, count, ahead, rates)],
        axis=-1,
    ).astype(np.float32)


def of_tokens(rates: Rates) -> Array:
    """What tokens are told of the schedule, (n, k, 4): known, the rate, its area so far, the rate against the last."""
    peak, last = rates.at_tokens.max(axis=1, keepdims=True), rates.area_at_tokens[:, -1:]
    share = rates.at_tokens / peak
    columns = [
        np.ones_like(share),
        share,
        np.log(np.maximum(rates.area_at_tokens / last, 1e-6)) / 4.0,
        np.log((share + _LITTLE) / (share[:, -1:] + _LITTLE)) / 2.0,
    ]
    return np.stack(columns, axis=-1) * rates.known[:, None, None]


def _planned(rates: Rates) -> Array:
    """What queries are told of the schedule, (n, m, `SCHEDULE`)."""
    peak = rates.at_tokens.max(axis=1, keepdims=True)
    now, later, ahead = (
        rates.at_tokens[:, -1:] / peak,
        *(np.minimum(r / peak, 3.0) for r in (rates.at_queries, rates.ahead)),
    )
    columns = [
        np.ones_like(later),
        later,
        np.broadcast_to(now, later.shape),
        ahead,
        np.log(rates.area_at_queries / rates.area_at_tokens[:, -1:]),
        np.log((later + _LITTLE) / (now + _LITTLE)) / 2.0,
        np.broadcast_to(1.0 - now, later.shape) * now,
    ]
    return np.stack(columns, axis=-1) * rates.known[:, None, None]


def _over_area(place: Array, level: Array, count: Array, ahead: Array, rates: Rates) -> Array:
    """As simple curves over time, with the area under the rate for time where the rate is known."""
    last, known = rates.area_at_tokens[:, -1:], rates.known[:, None] > 0
    past = np.where(known, np.maximum(rates.area_at_tokens / last, 1e-6), place)
    return continued(past, level, count, np.where(known, rates.area_at_queries / last, ahead), (0.0,))


def _z(u: Array) -> Array:
    return np.clip(np.arcsinh(2.0 * u), -FAR, FAR)
