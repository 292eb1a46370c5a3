"""What the network is told of invented curves, what it is asked, and what happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array
from forerun.forecast.prior_fitted import tokens
from forerun.forecast.prior_fitted.tokens import Rates
from forerun.training.prior.curves import Curves
from forerun.training.prior.dynamics import areas
from forerun.training.prior.observe import logged, on_grid, times
from forerun.training.prior.schedules import GRID

Rng = np.random.Generator
ASKED = 16
"""Points asked of each curve."""
_LEAST, _LONGEST = 4, 2000


@dataclass(frozen=True)
class Lessons:
    """Tokens (n, k, ...), queries (n, m, ...) and outcomes z (n, m), up is better."""

    tokens: Array
    queries: Array
    z: Array


def length(rng: Rng) -> int:
    """How many points are seen: log-uniform."""
    return round(float(np.exp(rng.uniform(np.log(_LEAST), np.log(_LONGEST)))))


def lessons(made: Curves, points: int, rng: Rng) -> Lessons:
    """Lessons on curves, each seen over as many points.

    Example:
        >>> from forerun.training.prior.curves import curves
        >>> rng = np.random.default_rng(0)
        >>> made = lessons(curves(8, rng), 30, rng)
        >>> made.z.shape, made.tokens.shape[2] == tokens.TOKEN, made.queries.shape[2] == tokens.QUERY
        ((8, 16), True, True)
    """
    t = times(len(made.y), points, ASKED, rng)
    y = logged(on_grid(made.y, t), t, points, rng)
    y = y + np.exp(rng.uniform(-2.0, 7.0, (len(y), 1))) * np.ptp(y[:, :points], axis=1, keepdims=True)
    return lessons_of(made, t, y, points, made.known)


def lessons_of(made: Curves, t: Array, y: Array, points: int, known: Array) -> Lessons:
    """Lessons on curves as they were logged.

    Args:
        t, y: shape (n, points), of which the first ``points`` are shown; lower is better.
        known: shape (n,), whether the schedule is told.
    """
    u = _in_scale(y, points)
    cut, last = tokens.bins(points), t[:, [points - 1]]
    rates = _rates(made, t, points, cut, known)
    shown, ahead = t[:, :points] / last, t[:, points:] / last
    return Lessons(
        tokens.tokens(shown, u[:, :points], cut, tokens.of_tokens(rates)),
        tokens.queries(shown, u[:, :points], cut, ahead, rates),
        np.clip(np.arcsinh(2.0 * u[:, points:]), -tokens.FAR, tokens.FAR).astype(np.float32),
    )


def _in_scale(y: Array, points: int) -> Array:
    """u of values (n, points), up is better, in the scale of `forerun.stats.zscale` over the first ``points``."""
    part = y[:, :points]
    low, high = np.quantile(part, [0.1, 0.9], axis=1)
    steps = np.median(np.abs(np.diff(part, axis=1)), axis=1)
    scale = np.maximum(np.maximum(high - low, steps), np.maximum(1e-3 * np.abs(part[:, -1]), 1e-8))
    return np.clip(-(y - np.median(part[:, -3:], axis=1)[:, None]) / scale[:, None], -1e6, 1e6)


def _rates(made: Curves, t: Array, points: int, cut: Array, known: Array) -> Rates:
    """The rate and its area at the tokens and at the points asked."""
    area, place, later = areas(made.rate), tokens.places(t[:, :points], cut), t[:, points:]
    rate_seen, rate_asked = on_grid(made.rate, place), on_grid(made.rate, later)
    area_seen = np.where(place < GRID[0], place * made.rate[:, :1], on_grid(area, place))
    area_asked = on_grid(area, later)
    last = t[:, [points - 1]]
    ahead = (area_asked - area_seen[:, -1:]) / (later - last)
    known = known & (rate_seen.max(axis=1) > 0)
    floor = np.where(known, 0.0, 1.0)[:, None]  # a rate that is not told may be anything but zero
    return Rates(known.astype(float), rate_seen + floor, area_seen + floor, rate_asked, area_asked + floor, ahead)
