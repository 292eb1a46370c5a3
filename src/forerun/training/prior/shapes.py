"""Losses that follow time alone: eleven families with breaks, late learning, turns for the worse, and no trend."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forerun.core import Array
from forerun.synthetic import shapes as formulas
from forerun.training.prior.schedules import GRID

Rng = np.random.Generator


def families(n: int, rng: Rng) -> Array:
    """A sum of one or two of eleven families, each falling by one from 2% of the horizon to its end, (n, times).

    Source: the families of Domhan et al. 2015 and the broken power law of Caballero et al. 2023.

    Example:
        >>> loss = families(100, np.random.default_rng(0))
        >>> bool((loss[:, 60] >= loss[:, -1]).mean() > 0.9)  # a break may turn one upward
        True
    """
    second = np.where(rng.random((n, 1)) < 0.4, rng.random((n, 1)), 0.0)
    return _one_family(n, rng) + second * _one_family(n, rng)


def _one_family(n: int, rng: Rng) -> Array:
    which = rng.choice(len(_FAMILIES), n, p=_SHARES)
    y = np.zeros((n, GRID.size))
    for k, family in enumerate(_FAMILIES):
        rows = np.flatnonzero(which == k)
        if rows.size:
            y[rows] = family(rows.size, rng)
    return _unit_fall(y)


def _unit_fall(y: Array) -> Array:
    start = y[:, [int(np.searchsorted(GRID, 0.02))]]
    return np.clip((y - y[:, -1:]) / np.maximum(start - y[:, -1:], 1e-6), -10.0, 1e3)


def _power(n: int, rng: Rng) -> Array:
    shift = rng.choice([0.0, 1e-3, 0.01, 0.1], (n, 1))
    return formulas.power(GRID, np.exp(rng.normal(-0.9, 0.7, (n, 1))), shift)


def _broken_power(n: int, rng: Rng) -> Array:
    """Up to three smooth breaks, each a change of slope in log-log."""
    log_y = -np.exp(rng.normal(-1.2, 0.6, (n, 1))) * np.log(GRID)
    for k in range(3):
        at, sharp = rng.uniform(np.log(3e-3), 0.3, (n, 1)), np.exp(rng.uniform(-2.5, 0.0, (n, 1)))
        change = rng.normal(0.2, 0.4, (n, 1)) * (rng.random((n, 1)) < (0.8, 0.4, 0.2)[k])
        log_y -= change * sharp * np.logaddexp(0.0, (np.log(GRID) - at) / sharp)
    return np.exp(log_y)


def _log_power(n: int, rng: Rng) -> Array:
    middle = np.exp(rng.uniform(-4.5, 0.3, (n, 1)))
    return formulas.hill(GRID, middle, np.exp(rng.normal(0.3, 0.5, (n, 1))))


def _exponential(n: int, rng: Rng) -> Array:
    return np.exp(-np.exp(rng.uniform(-0.5, 4.5, (n, 1))) * GRID)


def _stretched(n: int, rng: Rng) -> Array:
    rate = np.exp(rng.uniform(-0.5, 4.5, (n, 1)))
    return formulas.stretched(GRID, rate, np.exp(rng.normal(-0.2, 0.5, (n, 1))))


def _inverse_log(n: int, rng: Rng) -> Array:
    return 1.0 / np.log(np.exp(rng.uniform(3.0, 9.0, (n, 1))) * GRID + 1.5)


def _logarithm(n: int, rng: Rng) -> Array:
    return formulas.logarithm(GRID, np.exp(rng.uniform(-7.0, -1.0, (n, 1))))


def _log_log(n: int, rng: Rng) -> Array:
    return -np.log(np.exp(rng.uniform(-2.0, 2.0, (n, 1))) * np.log(1e4 * GRID + 1.0) + 1.0)


def _vapour(n: int, rng: Rng) -> Array:
    x = GRID * np.exp(rng.uniform(0.0, 3.0, (n, 1))) + 0.05
    return np.exp(np.clip(rng.uniform(0.02, 0.3, (n, 1)) / x - rng.uniform(0.05, 0.6, (n, 1)) * np.log(x), -20, 20))


def _gompertz(n: int, rng: Rng) -> Array:
    return 1.0 - np.exp(-np.exp(rng.uniform(0.0, 2.5, (n, 1)) - np.exp(rng.uniform(0.5, 3.5, (n, 1))) * GRID))


def _straight(n: int, rng: Rng) -> Array:
    return -(GRID ** rng.uniform(0.6, 1.3, (n, 1)))


_FAMILIES: tuple[Callable[[int, Rng], Array], ...] = (
    _power, _broken_power, _log_power, _exponential, _stretched, _inverse_log, _logarithm, _log_log, _vapour, _gompertz,
    _straight,
)  # fmt: skip
_SHARES = (0.18, 0.2, 0.14, 0.07, 0.13, 0.05, 0.05, 0.05, 0.05, 0.05, 0.03)


def late_learning(n: int, rng: Rng) -> Array:
    """Slow starts, plateaus and drops (grokking), and double descent, over some ordinary fall, (n, times)."""
    scale = np.where(rng.random((n, 1)) < 0.5, GRID, 1.0 + np.log(GRID) / np.log(1e4))
    at, quick = rng.uniform(0.05, 1.15, (n, 1)), np.exp(rng.uniform(1.5, 5.0, (n, 1)))
    drop = formulas.late_drop(scale, at, quick)
    bump = np.exp(-(((scale - rng.uniform(0.1, 0.9, (n, 1))) / rng.uniform(0.03, 0.2, (n, 1))) ** 2))
    descent = rng.random((n, 1)) < 0.25
    return rng.uniform(0.0, 1.0, (n, 1)) * families(n, rng) + np.where(descent, 0.6 * bump, drop)


def turns(n: int, rng: Rng) -> Array:
    """Falls that turn: over-fitting, exponential escape, and jumps upward that may be made good, (n, times)."""
    since = np.maximum(0.0, GRID - rng.uniform(0.02, 1.0, (n, 1)))
    size = np.exp(rng.uniform(-3.0, 0.7, (n, 1)))
    over = size * since ** rng.choice([0.7, 1.0, 1.5, 2.0], (n, 1))
    escape = 1e-2 * np.expm1(np.clip(since * np.exp(rng.uniform(1.5, 4.5, (n, 1))), 0.0, 15.0))
    back = np.exp(-since * np.where(rng.random((n, 1)) < 0.4, 0.0, np.exp(rng.uniform(1.0, 5.0, (n, 1)))))
    jump = size * (since > 0) * back
    which = rng.choice(3, n, p=[0.6, 0.15, 0.25])
    return families(n, rng) + np.stack([over, escape, jump])[which, np.arange(n)]


def trendless(n: int, rng: Rng) -> Array:
    """Levels, walks and levels that jump now and then, spread by one, (n, times)."""
    step = np.sqrt(np.diff(GRID, prepend=0.0)) * rng.standard_normal((n, GRID.size))
    rare = step * (rng.random(step.shape) < 0.03) * 6.0
    walk = np.cumsum(np.where(rng.random((n, 1)) < 0.7, step, rare), axis=1)
    return np.where(rng.random((n, 1)) < 0.35, 0.0, walk)
