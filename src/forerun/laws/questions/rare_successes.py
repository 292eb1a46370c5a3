"""Rates of success too small for a fixed number of tries: `pass_until` item by item, and what sampling costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from forerun.core import Array, BadInput, Undecided

_ROUNDS = 40  # of expectation and maximisation; more change predictions by less than a tenth of their error
_AXIS = np.linspace(-4.0, 4.0, 13)  # of the grid that stands for an item's posterior, in sds
_LEAST_SPREAD = 1e-6  # variance of items, below which they count as alike


@dataclass(frozen=True)
class Bend:
    """How log(-log rate) bends in log N.

    Args:
        kind: ``linear`` (the law holds within noise), ``concave`` (rates rise faster than the law, and ever faster:
            accelerated emergence), ``convex`` (they slow down).
        curvature, low, high: second-order coefficient, and its 95% interval.
    """

    kind: str
    curvature: float
    low: float
    high: float


def bend(params: ArrayLike, rate: ArrayLike) -> Bend | Undecided:
    """Whether rates by size follow the law, or bend away from it.

    Args:
        params, rate: shape (sizes,), rates strictly between 0 and 1.

    Example:
        >>> N = np.geomspace(1e8, 1e10, 8)
        >>> bend(N, np.exp(-200 * N**-0.2)).kind, bend(N, np.exp(-20 * np.exp(-(N / 3e9)))).kind
        ('linear', 'concave')
    """
    N, p = np.asarray(params, float), np.asarray(rate, float)
    if not ((p > 0) & (p < 1)).all():
        raise BadInput(
            f"rates must lie between 0 and 1, but one is {p[(p <= 0) | (p >= 1)][0]:g}; sample until success"
        )
    if np.unique(N).size < 4:
        return Undecided(f"{np.unique(N).size} sizes do not tell a bend from noise", "4 sizes or more")
    x, F = np.log(N) - np.log(N).mean(), np.log(-np.log(p))
    basis = np.stack([np.ones_like(x), x, x**2], axis=1)
    coefficients, *_ = np.linalg.lstsq(basis, F, rcond=None)
    rest = F - basis @ coefficients
    variance = max(float(rest @ rest), 1e-20 * float(F @ F) + 1e-20) / (x.size - 3)
    error = np.sqrt(variance * np.linalg.inv(basis.T @ basis)[2, 2])
    wide = float(stats.t.ppf(0.975, x.size - 3) * error)
    curved = float(coefficients[2])
    kind = "concave" if curved < -wide else "convex" if curved > wide else "linear"
    return Bend(kind, curved, curved - wide, curved + wide)


@dataclass(frozen=True)
class Budget:
    """Draws that a relative error of a rate costs: successes to wait for, and expected draws for each size."""

    successes: int
    draws: tuple[float, ...]


def budget(rates: Sequence[float], *, relative_error: float, items: int = 1) -> Budget:
    """How long to sample: the unbiased estimate from r successes is off by about 1/√(r - 2) of itself.

    Args:
        rates: expected rate of each size, from a pilot or from the law.
        relative_error: wanted, of the mean over ``items`` that are alike.

    Example:
        >>> budget([1e-4, 1e-3], relative_error=0.1, items=100)
        Budget(successes=3, draws=(3000000.0, 300000.0))
    """
    wrong = [rate for rate in rates if not 0 < rate <= 1]
    if wrong or relative_error <= 0 or items < 1:
        raise BadInput(f"a budget needs rates in 0 to 1 and a positive error, but got {wrong or relative_error}")
    successes = max(2, int(np.ceil(round(1.0 / (relative_error**2 * items) + 2, 6))))
    return Budget(successes, tuple(round(successes * items / rate, 6) for rate in rates))


@dataclass(frozen=True, eq=False)
class ItemRates:
    """The law fitted to every item, with what items have in common.

    Args:
        line: shape (items, 2), log c - α log(N / N0) of each item: intercept and slope in ``log(N / N0)``.
        nodes, weight: shape (items, nodes, 2) and (items, nodes), lines that the counts and the other items allow.
        of_mean: covariance (2, 2) of the items' mean line. pull: shape (items, 2, 2), how an item's line follows it.
        centre: log N0.
    """

    line: Array
    nodes: Array
    weight: Array
    of_mean: Array
    pull: Array
    centre: float

    def predict(
        self, params: float, *, level: float = 0.8, draws: int = 1000, rng: np.random.Generator | None = None
    ) -> tuple[float, float, float]:
        """Mean rate of success over the items at a size, with an interval: ``(mean, low, high)``."""
        rng = rng or np.random.default_rng(0)
        at = np.array([1.0, np.log(params) - self.centre])
        mean = rng.multivariate_normal(np.zeros(2), self.of_mean, draws)
        upto = np.cumsum(self.weight, axis=1)
        picked = np.stack([np.searchsorted(c, rng.random(draws) * c[-1]) for c in upto], axis=1)
        lines = (self.nodes @ at)[np.arange(len(upto)), picked] + np.einsum("ijk,dk,j->di", self.pull, mean, at)
        drawn = np.exp(-np.exp(lines)).mean(axis=1)
        low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2])
        return float(drawn.mean()), float(low), float(high)


def fit_items(params: ArrayLike, successes: ArrayLike, draws: ArrayLike) -> ItemRates | Undecided:
    """The law for each item of a suite, from draws until success by models of several sizes.

    Rates averaged over items bend even where each item's do not, so the law is fitted to items and averaged after.
    An item's few successes tell its line poorly: lines are drawn to their common mean by how much they vary (empirical
    Bayes), and successes count by their own likelihood, also where the budget ended before any.

    Args:
        params: shape (sizes,).
        successes, draws: shape (items, sizes), r successes in K draws; sampling may have stopped at success or at
            a budget (the likelihood is the same).

    Returns:
        `ItemRates`, or `Undecided` for fewer than 3 sizes or 10 successes in all.

    Example:
        >>> rng, N = np.random.default_rng(0), np.geomspace(1e7, 1e9, 6)
        >>> rates = np.exp(-np.exp(rng.normal(2.0, 0.3, (200, 1))) * (N / 1e7) ** -0.1)
        >>> found = fit_items(N, np.full(rates.shape, 5), 5 + rng.negative_binomial(5, rates))
        >>> round(float(np.exp(found.line[:, 0]).mean() / np.exp(-0.1 * (found.centre - np.log(1e7)))), 1)
        7.7
    """
    N = np.asarray(params, float)
    r, K = np.atleast_2d(np.asarray(successes, float)), np.atleast_2d(np.asarray(draws, float))
    if r.shape != K.shape or r.shape[1] != N.size or ((r < 0) | (r > K) | (K < 1)).any():
        raise BadInput(f"successes {r.shape} and draws {K.shape} must be (items, {N.size}), with 0 ≤ r ≤ K and K ≥ 1")
    if np.unique(N).size < 3 or r.sum() < 10:
        return Undecided(f"{np.unique(N).size} sizes and {r.sum():g} successes", "3 sizes and 10 successes")
    centre = float(np.log(N).mean())
    basis = np.stack([np.ones(N.size), np.log(N) - centre], axis=1)
    rate = np.clip((r.sum(axis=0) + 0.5) / (K.sum(axis=0) + 1.0), 1e-12, 0.999)
    mean = np.linalg.lstsq(basis, np.log(-np.log(rate)), rcond=None)[0]
    of, mode = np.diag([0.05, 0.001]), np.repeat(mean[None], len(r), axis=0)
    for _ in range(_ROUNDS):
        prior = np.linalg.inv(of)
        mode, normal = _climb(mode, basis, r, K, mean, prior)
        nodes, weight = _posterior(mode, normal, basis, r, K, mean, prior)
        line = np.einsum("ig,igk->ik", weight, nodes)
        off = nodes - line[:, None]
        spread = np.einsum("ig,igj,igk->ijk", weight, off, off)
        mean = line.mean(axis=0)
        off = line - mean
        of = (spread + off[:, :, None] * off[:, None, :]).mean(axis=0) + _LEAST_SPREAD * np.diag([1.0, 0.01])
    of_mean = np.linalg.inv((prior - prior @ spread @ prior).sum(axis=0))
    return ItemRates(line, nodes, weight, of_mean, spread @ prior, centre)


def _climb(mode: Array, basis: Array, r: Array, K: Array, mean: Array, prior: Array) -> tuple[Array, Array]:
    """One step of Fisher scoring to every item's likeliest line, and the covariance of the normal about it."""
    u = np.exp(np.clip(mode @ basis.T, -7.0, 5.0))
    odds = 1.0 / np.maximum(np.expm1(u), 1e-300)
    slope = -r * u + (K - r) * u * odds
    normal = np.linalg.inv(np.einsum("is,sj,sk->ijk", K * u**2 * odds, basis, basis) + prior)
    step = np.einsum("ijk,ik->ij", normal, slope @ basis - (mode - mean) @ prior)
    return mode + np.clip(step, -1.0, 1.0), normal


def _posterior(
    mode: Array, normal: Array, basis: Array, r: Array, K: Array, mean: Array, prior: Array
) -> tuple[Array, Array]:
    """Every item's posterior on a grid laid over that normal: few successes leave much lower rates possible than
    higher ones, and a normal would put them 1/(2r) too high."""
    z = np.stack(np.meshgrid(_AXIS, _AXIS), axis=-1).reshape(-1, 2)
    nodes = mode[:, None] + np.einsum("ijk,gk->igj", np.linalg.cholesky(normal), z)
    u = np.exp(np.clip(nodes @ basis.T, -7.0, 5.0))
    likely = (-r[:, None] * u + (K - r)[:, None] * np.log(-np.expm1(-u))).sum(axis=-1)
    off = nodes - mean
    likely -= 0.5 * np.einsum("igj,jk,igk->ig", off, prior, off)
    weight = np.exp(likely - likely.max(axis=1, keepdims=True))
    return nodes, weight / weight.sum(axis=1, keepdims=True)
