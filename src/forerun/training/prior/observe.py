"""How a curve is logged: where, and with what noise. Many curves of as many points at once."""

from __future__ import annotations

import numpy as np

from forerun.core import Array
from forerun.training.prior.schedules import GRID

Rng = np.random.Generator


def on_grid(values: Array, t: Array) -> Array:
    """Values (n, times) on `GRID`, linearly in between, at t (n, points); held before the first node."""
    right = np.clip(np.searchsorted(GRID, t), 1, GRID.size - 1)
    share = np.clip((t - GRID[right - 1]) / (GRID[right] - GRID[right - 1]), 0.0, 1.0)
    low, high = (np.take_along_axis(values, i, axis=1) for i in (right - 1, right))
    return low + share * (high - low)


def times(n: int, points: int, later: int, rng: Rng) -> Array:
    """Increasing times in (0, 1], (n, seen + asked): those logged, even or not, and later ones, the last the end.

    Example:
        >>> t = times(50, 20, 4, np.random.default_rng(0))
        >>> bool((np.diff(t, axis=1) > 0).all() and (t > 0).all() and (t <= 1).all())
        True
    """
    column = (n, 1)
    which = rng.choice(3, column, p=[0.45, 0.45, 0.1])
    early, earlier = (np.exp(rng.uniform(np.log(low), 0.0, column)) for low in (0.03, 1e-3))
    now = np.clip(np.choose(which, [rng.uniform(0.04, 0.97, column), early, earlier]), 1e-3, 0.98)
    end = np.where(rng.random(column) < 0.75, 1.0, now + (1.0 - now) * rng.uniform(0.05, 1.0, column))
    ahead = np.where(rng.random(column) < 0.5, rng.random((n, later)), np.exp(rng.uniform(-6.0, 0.0, (n, later))))
    ahead = np.sort(ahead, axis=1) + 1e-5 * np.arange(1, later + 1)
    ahead = ahead / np.maximum(1.0, 1.01 * ahead[:, -1:])
    ahead[:, -1] = 1.0
    return np.concatenate([now * _logged(n, points, rng), now + (end - now) * ahead], axis=1)


def _logged(n: int, points: int, rng: Rng) -> Array:
    """Times as shares of the last one, (n, seen): even, crowded early, or irregular; some logs begin late."""
    column = (n, 1)
    gaps = np.where(rng.random(column) < 0.2, rng.gamma(1.5, size=(n, points)) + 1e-3, 1.0)
    share = np.cumsum(gaps, axis=1)
    share /= share[:, -1:]
    share **= np.where(rng.random(column) < 0.2, np.exp(rng.uniform(-0.3, 1.3, column)), 1.0)
    start = np.where(rng.random(column) < 0.2, rng.uniform(0.0, 0.6, column), 0.0)
    return start + (1.0 - start) * share + 1e-9 * np.arange(points) / points


def logged(y: Array, t: Array, points: int, rng: Rng) -> Array:
    """Values (n, points) at times t with noise that may follow itself, grow or shrink, drift, spike, or be rounded.

    Sizes are shares of the curve's own spread over those points; ``points`` of them come before the origin.
    """
    column = (len(y), 1)
    low, high = np.quantile(y, [0.05, 0.95], axis=1)
    spread = np.where(high - low > 1e-7, high - low, 1.0)[:, None]
    pace = (t[:, points - 1] - t[:, 0])[:, None] / (points - 1)
    size = spread * np.exp(rng.uniform(-7.5, -0.7, column))
    trend = np.where(rng.random(column) < 0.4, rng.uniform(-0.3, 0.5, column), 0.0)
    size = size * np.clip(t / t[:, [points - 1]], 1e-3, 1.0) ** -trend
    out = y + size * _following(t, pace, rng)
    drift = np.where(rng.random(column) < 0.4, np.exp(rng.uniform(-6.0, -1.2, column)), 0.0)
    out = out + spread * drift * _walk(t, rng) + spread * _spikes(t, pace, rng)
    grain = spread * np.exp(rng.uniform(-5.0, -1.5, column))
    out = np.where(rng.random(column) < 0.1, np.round(out / grain) * grain, out)
    best = rng.random(column) < 0.04
    return np.where(best, np.minimum.accumulate(out, axis=1), out)


def _following(t: Array, pace: Array, rng: Rng) -> Array:
    """Unit noise: independent in half of the curves, else following itself over one to thirty points; some Student."""
    n, points = t.shape
    free = rng.standard_normal(t.shape)
    wild = rng.random((n, 1)) < 0.25
    freedom = rng.uniform(3.0, 8.0, (n, 1))
    chi = rng.chisquare(freedom, t.shape)
    free = np.where(wild, free * np.sqrt((freedom - 2.0) / np.maximum(chi, 1e-3)), free)
    over = pace * np.where(rng.random((n, 1)) < 0.5, 1e-9, np.exp(rng.uniform(-0.5, 3.4, (n, 1))))
    follow = np.exp(-np.diff(t, axis=1) / over)
    new = np.sqrt(1.0 - follow**2)
    for k in range(1, points):
        free[:, k] = follow[:, k - 1] * free[:, k - 1] + new[:, k - 1] * free[:, k]
    return free


def _walk(t: Array, rng: Rng) -> Array:
    return np.cumsum(np.sqrt(np.diff(t, axis=1, prepend=0.0)) * rng.standard_normal(t.shape), axis=1)


def _spikes(t: Array, pace: Array, rng: Rng) -> Array:
    """In an eighth of the curves up to three jumps up that fade, (n, points)."""
    column = (len(t), 1)
    total, some = np.zeros_like(t), rng.random(column) < 0.125
    for _ in range(3):
        since = (t - rng.random(column) * t[:, -1:]) / (pace * np.exp(rng.uniform(-1.5, 1.8, column)))
        size = np.exp(rng.uniform(-2.5, 1.5, column)) * (rng.random(column) < 0.6)
        total += np.where(some & (since >= 0), size * np.exp(-np.clip(since, 0.0, 50.0)), 0.0)
    return total
