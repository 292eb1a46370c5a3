"""Losses that follow the learning rate: the noisy quadratic and the multi-power law, many at once.

Both are computed on `GRID`, under rates as shares of their peak.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from forerun.core import Array
from forerun.schedules.path import RatePath
from forerun.training.prior.schedules import GRID

Rng = np.random.Generator
_MODES = np.geomspace(1.0, 1e4, 48)
_FAR = 60.0  # in the exponent: a mode that diverges further is as good as infinite
_LAGS = 6


def steps_of_time() -> Array:
    """Time between nodes of the grid, the first from zero."""
    return np.diff(GRID, prepend=0.0)


def areas(rate: Array) -> Array:
    """Area under the rate up to each node, (n, times)."""
    return _path(rate).area[:, 1:]


def _path(rate: Array) -> RatePath:
    """The rates (n, times) as paths from time zero, where they are what they are at the first node."""
    return RatePath(np.concatenate([[0.0], GRID]), np.concatenate([rate[:, :1], rate], axis=1))


def noisy_quadratic(rate: Array, rng: Rng) -> Array:
    """Expected loss of stochastic gradient descent on a quadratic with a power-law spectrum, (n, times).

    48 modes of curvature h = i^-p; E_i' = (1 - ηh)² E_i + η² c h, in closed form between nodes, where η is constant.
    Power laws, drops on cooling down and divergence above ηh = 2 all follow from the schedule.

    Source: Zhang et al. 2019 (noisy quadratic model), with spectra as in Bordelon et al. 2021.

    Example:
        >>> loss = noisy_quadratic(np.ones((200, GRID.size)), np.random.default_rng(0))
        >>> bool(np.median(loss[:, -1] / loss[:, 0]) < 0.6)
        True
    """
    n = len(rate)
    h = _MODES ** -rng.uniform(0.8, 2.0, (n, 1))
    width = np.gradient(_MODES)
    error = np.broadcast_to(_MODES ** -rng.uniform(0.3, 1.6, (n, 1)), h.shape).copy()
    peak = np.where(rng.random((n, 1)) < 0.04, rng.uniform(1.95, 2.1, (n, 1)), _log_uniform(0.02, 1.8, (n, 1), rng))
    noise, steps = _log_uniform(1e-4, 1.0, (n, 1), rng), _log_uniform(1e2, 1e5, (n, 1), rng)
    loss = np.zeros_like(rate)
    for k, dt in enumerate(steps_of_time()):
        eh = rate[:, k, None] * peak * h
        left = np.exp(np.clip(steps * dt * np.log(np.maximum((1.0 - eh) ** 2, 1e-20)), -_FAR, _FAR))
        gap = 1.0 - (1.0 - eh) ** 2
        floor = np.where(np.abs(gap) > 1e-9, (1.0 - left) / np.where(np.abs(gap) > 1e-9, gap, 1.0), steps * dt)
        error = np.minimum(left * error + floor * eh**2 / h * noise, 1e30)
        loss[:, k] = 0.5 * (width * h * error).sum(axis=1)
    return loss


def multi_power(rate: Array, rng: Rng) -> Array:
    """The multi-power law: a power of the area under the rate, less what each fall of the rate has given, (n, times).

    Its (1 + C x)^-β is a Gamma mixture of exponentials in the area, computed with six of them. A share of curves has no
    drops at all (the S1 law), and in some the drop follows the schedule at once.

    Source: Luo et al. 2025, eq. 4 and 5; Tissue et al. 2024, eq. 3. γ = 0.

    Example:
        >>> rate = np.minimum(1.0, (1.0 - GRID) / 0.2)[None].repeat(200, axis=0)
        >>> flat, cooled = (multi_power(r, np.random.default_rng(0))[:, -1] for r in (np.ones_like(rate), rate))
        >>> bool((cooled < flat).mean() > 0.6)
        True
    """
    n, area = len(rate), areas(rate)
    fall = (area + _log_uniform(1e-4, 0.05, (n, 1), rng)) ** -_log_uniform(0.1, 1.2, (n, 1), rng)
    fall = (fall - fall[:, -1:]) / (fall[:, [_EARLY]] - fall[:, -1:] + 1e-9)
    size = np.where(rng.random((n, 1)) < 0.15, 0.0, _log_uniform(0.02, 1.5, (n, 1), rng))
    return fall - size * _given(rate, area, rng)


_EARLY = int(np.searchsorted(GRID, 0.02))


def _given(rate: Array, area: Array, rng: Rng) -> Array:
    """What falls of the rate since its peak have given so far, as a share of the peak, (n, times)."""
    n = len(rate)
    power, quick = rng.uniform(0.3, 1.0, n), _log_uniform(3.0, 1e3, n, rng)
    lags = stats.gamma.ppf(((np.arange(_LAGS) + 0.5) / _LAGS)[:, None], power) * quick
    after_peak = np.arange(rate.shape[1]) > np.argmax(rate, axis=1)[:, None]
    drop = np.where(after_peak, _path(rate).falls().size, 0.0)
    more = np.diff(area, axis=1, prepend=0.0)
    waiting, total, given = np.zeros((_LAGS, n)), np.zeros(n), np.zeros_like(rate)
    for k in range(rate.shape[1]):
        waiting = (waiting + drop[:, k]) * np.exp(-lags * more[:, k])
        total += drop[:, k]
        given[:, k] = total - waiting.mean(axis=0)
    return given


def _log_uniform(low: float, high: float, shape: tuple[int, ...] | int, rng: Rng) -> Array:
    return np.exp(rng.uniform(np.log(low), np.log(high), shape))
