"""A Gaussian process with the freeze-thaw kernel: a mixture of exponential decays to a level shared with siblings."""

from __future__ import annotations

import itertools
from typing import Any, cast

import numpy as np
from scipy import linalg

from forerun.core import LEVELS, Array, Card, Curve
from forerun.forecast.forecaster import Fan, Forecaster, Request, each, leaned_on
from forerun.stats.condense import condense
from forerun.stats.mixture import mixture_quantiles
from forerun.stats.robust import noise_sd, robust_sd

CARD = Card(
    name="gp",
    does="A Gaussian process over exponential decays to a level, which finished siblings tell.",
    source="Swersky, Snoek, Adams 2014, eq. 6: k(t, t') = β^α / (t + t' + β)^α; hyper-parameters on a grid, ours",
    assumes="The curve decays to a level that is normal over the sweep, with even noise.",
    needs="4 finite points; finished siblings sharpen the level.",
    promises="Coverage and skill per source: evidence/forecast.",
    known_answer="An exponential decay is continued to a fifth of what is left of it.",
    control="On a curve that rises again late the outcome lies outside its 80% interval.",
)
_LEAST, _LEAST_SIBLINGS = 4, 5
_POINTS = 48
_WIDEST = 100.0  # sd of the siblings' levels, in ranges of the curve, from which they tell nothing
_ALPHAS, _BETAS = np.array([0.5, 1.0, 2.0, 4.0]), np.array([0.05, 0.2, 0.5, 1.0])
_SIZES, _NOISES = np.array([0.5, 1.5, 4.0]), np.array([1.0, 2.0])


def _quantiles(request: Request) -> Fan:
    x, y = request.x, request.y
    shift = 0.0 if x[0] > 0 else float(np.diff(x).min() - x[0])
    thinned = condense((x + shift) / (x[-1] + shift), y, _POINTS)
    ahead = (request.at + shift) / (x[-1] + shift)
    unit = float(np.ptp(thinned.y)) or max(1e-8, 1e-3 * abs(float(y[-1])))
    center = float(thinned.y[-1])
    beside = [one for one in request.siblings if np.isfinite(one.curve.y).sum() >= _LEAST]
    prior = _level((np.array([_end(one.curve) for one in beside], float) - center) / unit)
    noise = max(noise_sd(y) / unit, 1e-3)
    grid = list(itertools.product(_ALPHAS, _BETAS, _SIZES, noise * _NOISES))
    parts = [_posterior(thinned.x, (thinned.y - center) / unit, thinned.count, ahead, prior, *point) for point in grid]
    evidence = np.array([part[0] for part in parts])
    weight = np.exp(evidence - evidence.max())
    mean, sd = (np.stack([part[i] for part in parts]) for i in (1, 2))
    best = np.argsort(weight)[::-1][:32]
    quantiles = center + unit * mixture_quantiles(weight[best] / weight[best].sum(), mean[best], sd[best], LEVELS)
    return Fan(quantiles, leaned_on(beside, np.full(len(beside), float(len(beside) >= _LEAST_SIBLINGS))))


def _end(curve: Curve) -> float:
    """Where a run that is over ended."""
    return float(np.median(curve.y[np.isfinite(curve.y)][-3:]))


def _level(known: Array) -> tuple[float, float]:
    """Mean and sd of the level that is decayed to, by where siblings ended; few tell nothing."""
    if known.size < _LEAST_SIBLINGS:
        return 0.0, 1.0
    return float(np.median(known)), float(np.clip(robust_sd(known), 0.1, _WIDEST))


def _posterior(
    t: Array, z: Array, count: Array, ahead: Array, prior: tuple[float, float],
    alpha: float, beta: float, size: float, noise: float,
) -> tuple[float, Array, Array]:  # fmt: skip
    """Log evidence, and mean and sd at the points ahead, of level + decay + noise."""

    def kernel(a: Array, b: Array) -> Array:
        return prior[1] ** 2 + size**2 * (beta / (a[:, None] + b + beta)) ** alpha

    own_size = prior[1] ** 2 + size**2
    factor = np.linalg.cholesky(kernel(t, t) + np.diag(noise**2 / count) + 1e-9 * own_size * np.eye(t.size))
    solve = cast(Any, linalg).solve_triangular
    free: Array = solve(factor, z - prior[0], lower=True, check_finite=False)
    cross: Array = solve(factor, kernel(t, ahead), lower=True, check_finite=False)
    own = prior[1] ** 2 + size**2 * (beta / (2 * ahead + beta)) ** alpha + noise**2
    evidence = -0.5 * float(free @ free) - float(np.log(np.diag(factor)).sum())
    return evidence, prior[0] + free @ cross, np.sqrt(np.maximum(own - (cross**2).sum(axis=0), 1e-12))


GP = Forecaster(card=CARD, version="1", quantiles=each(_quantiles), least=_LEAST, heeds_siblings=True)
