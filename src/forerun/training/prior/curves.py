"""Curves of the prior before they are logged: a mixture of what follows a learning rate and what does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array
from forerun.training.prior.dynamics import multi_power, noisy_quadratic
from forerun.training.prior.schedules import GRID, random_rates
from forerun.training.prior.shapes import families, late_learning, trendless, turns

Rng = np.random.Generator
SHARES = {"quadratic": 0.28, "multi_power": 0.27, "families": 0.22, "late": 0.07, "turns": 0.09, "trendless": 0.07}
"""Share of each kind. A decision: a little over half follow a learning rate."""
FOLLOWING = ("quadratic", "multi_power")
KNOWN, KNOWN_IN_VAIN = 0.8, 0.3
"""How often the schedule is told of a curve that follows it, and of one that does not. A decision: a rate that is told
mostly matters."""
_BENT = 0.3  # of curves are read through a monotone function, as an accuracy reads a loss
_WORSE = 0.1  # of curves are turned over: the run gets worse
_STARTED = int(np.searchsorted(GRID, 0.01))


@dataclass(frozen=True)
class Curves:
    """Curves on `GRID` (n, times), lower is better, the learning rate there, and whether it is told (n,).

    Rates are shares of their peak.
    """

    y: Array
    rate: Array
    known: Array

    def part(self, rows: slice) -> Curves:
        return Curves(self.y[rows], self.rate[rows], self.known[rows])


def curves(n: int, rng: Rng) -> Curves:
    """Curves of the prior, each spread by one from 1% of the horizon on.

    Example:
        >>> made = curves(64, np.random.default_rng(0))
        >>> made.y.shape == made.rate.shape == (64, GRID.size), bool(np.isfinite(made.y).all())
        (True, True)
    """
    rate = random_rates(n, rng)
    which = rng.choice(len(SHARES), n, p=list(SHARES.values()))
    y = np.zeros_like(rate)
    makers = (
        lambda rows: noisy_quadratic(rate[rows], rng),
        lambda rows: multi_power(rate[rows], rng),
        lambda rows: families(rows.size, rng),
        lambda rows: late_learning(rows.size, rng),
        lambda rows: turns(rows.size, rng),
        lambda rows: trendless(rows.size, rng),
    )
    for kind, maker in enumerate(makers):
        rows = np.flatnonzero(which == kind)
        y[rows] = maker(rows)
    y = _bent(_unit(y), rng)
    chance = np.where(which < len(FOLLOWING), KNOWN, KNOWN_IN_VAIN)
    return Curves(np.where(rng.random((n, 1)) < _WORSE, -y, y), rate, rng.random(n) < chance)


def _unit(y: Array) -> Array:
    low, high = np.quantile(y[:, _STARTED:], [0.02, 0.98], axis=1)
    spread = (high - low)[:, None]
    return np.clip((y - low[:, None]) / np.where(spread > 1e-9, spread, 1.0), -1e6, 1e6)


def _bent(y: Array, rng: Rng) -> Array:
    """Some of the curves through a power or a saturation, either end up."""
    column = (len(y), 1)
    share = np.clip(y, -0.5, 30.0)
    power = np.exp(rng.uniform(-0.8, 0.8, column))
    steep = np.exp(rng.uniform(-1.0, 1.5, column))
    ways = [
        np.sign(share) * np.abs(share) ** power,
        -np.expm1(-steep * share) / -np.expm1(-steep),
        np.expm1(np.minimum(steep, 1.5) * np.minimum(share, 4.0)) / np.expm1(np.minimum(steep, 1.5)),
    ]
    bent = np.stack(ways)[rng.integers(0, 3, len(y)), np.arange(len(y))]
    return np.where(rng.random(column) < _BENT, bent, y)
