"""What more tries at inference are worth: pass@k, best of n by a verifier that errs, and where a small model's
tries overtake a large one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, BadInput, Undecided
from forerun.stats.pass_rates import BetaRates

_GRID = np.linspace(-8.5, 8.5, 801)  # of a verifier's scores, in its standard deviations


def best_of(rate: ArrayLike, n: ArrayLike, *, auc: float) -> Array:
    """Chance that the candidate a verifier likes best of n is right.

    Scores of right and wrong candidates are normal, of one spread, and as far apart as the verifier's AUC says: 1
    makes it pass@n, 0.5 a single try, and between, many tries end in what the verifier falls for.

    Args:
        rate: chance p that a candidate is right. n: candidates, broadcast with ``rate``.
        auc: chance that the verifier prefers a right candidate to a wrong one, 0.5 to 1.

    Raises:
        BadInput: a rate or AUC outside its range, or n below 1.

    Source: derived: one right candidate in n times the chance that it beats the n - 1 others, integrated over its
        score. ``n ∫ p φ(x - d) [p Φ(x - d) + (1 - p) Φ(x)]^(n - 1) dx`` with ``d = √2 Φ⁻¹(auc)``.

    Example:
        >>> best_of(0.2, [1, 4, 4], auc=1.0).round(4).tolist()
        [0.2, 0.5904, 0.5904]
        >>> best_of(0.2, 4, auc=0.5).round(4).tolist()
        0.2
    """
    p, m = np.broadcast_arrays(np.asarray(rate, float), np.asarray(n, float))
    if not ((p >= 0) & (p <= 1)).all() or (m < 1).any() or not 0.5 <= auc <= 1.0:
        raise BadInput(f"best of n needs rates in 0 to 1, n from 1 and an AUC in 0.5 to 1, but auc={auc:g}")
    if auc == 1.0:
        return -np.expm1(m * np.log1p(-np.minimum(p, 1 - 1e-16)))
    apart = np.sqrt(2.0) * special.ndtri(auc)
    x = _GRID + apart
    density = np.exp(-0.5 * (x - apart) ** 2) / np.sqrt(2.0 * np.pi)
    P, M = p[..., None], m[..., None]
    below = np.clip(P * special.ndtr(x - apart) + (1.0 - P) * special.ndtr(x), 1e-300, 1.0)
    told = np.trapezoid(M * P * density * np.exp((M - 1.0) * np.log(below)), x, axis=-1)
    return np.clip(told, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Plan:
    """How many tries each group of items gets.

    Args:
        tries: shape (groups,). expected: the mean score so reached. cost: mean tries an item.
        even: the mean score of the best even plan that costs no more.
    """

    tries: Array
    expected: float
    cost: float
    even: float


def allocate(gain: ArrayLike, tries: ArrayLike, share: ArrayLike, budget: float) -> Plan:
    """The tries for each group of items (a bin of difficulty) that score most within a budget.

    Tries are handed out where the next ones add most per cost, along the concave hull of each group's curve; what the
    hull leaves of the budget goes to the best step that still fits.

    Args:
        gain: shape (groups, choices), score of each group at each number of tries.
        tries: shape (choices,), strictly increasing, the first what every item gets.
        share: shape (groups,), of the items; they are made to sum to 1.
        budget: mean tries an item.

    Raises:
        BadInput: shapes that do not fit, tries that do not increase, or a budget below the first choice.

    Example:
        >>> plan = allocate([[0.9, 0.91, 0.92], [0.2, 0.5, 0.6]], [1, 4, 16], [0.5, 0.5], budget=3)
        >>> plan.tries.tolist(), round(plan.expected, 3), round(plan.even, 3)
        ([1.0, 4.0], 0.7, 0.55)
    """
    y, k, w = np.asarray(gain, float), np.asarray(tries, float), np.asarray(share, float)
    if y.ndim != 2 or y.shape != (w.size, k.size) or (np.diff(k) <= 0).any() or (w < 0).any() or w.sum() <= 0:
        raise BadInput(f"gain must be (groups, choices) for {w.size} shares and {k.size} increasing tries: {y.shape}")
    if budget < k[0]:
        raise BadInput(f"the budget of {budget:g} tries an item is below the first choice, {k[0]:g}")
    w = w / w.sum()
    at, spent = np.zeros(w.size, int), float(k[0])
    while True:
        step = _best_step(y, k, w, at, budget - spent)
        if step is None:
            break
        group, to = step
        spent += float(w[group] * (k[to] - k[at[group]]))
        at[group] = to
    even = max(float(w @ y[:, j]) for j in range(k.size) if k[j] <= budget)
    expected = float(w @ y[np.arange(w.size), at])
    return Plan(k[at], expected, spent, even)


def _best_step(y: Array, k: Array, w: Array, at: Array, left: float) -> tuple[int, int] | None:
    """The move of one group to more tries that adds most score per cost and fits; None where none adds any."""
    cost = w[:, None] * (k[None, :] - k[at][:, None])
    adds = w[:, None] * (y - y[np.arange(w.size), at][:, None])
    allowed = (cost > 0) & (cost <= left * (1 + 1e-12)) & (adds > 0)
    if not allowed.any():
        return None
    worth = np.where(allowed, adds / np.where(cost > 0, cost, 1.0), -np.inf)
    group, to = np.unravel_index(int(np.argmax(worth)), worth.shape)
    return int(group), int(to)


@dataclass(frozen=True)
class Crossing:
    """The number of a small model's tries at which it does as well as the large one, with an interval.

    Args:
        k, low, high: tries; inf where none within the horizon suffices.
        chance: that it happens within the horizon.
        cheaper: chance that it then costs less than the large model, at the price ratio given (else None).
    """

    k: float
    low: float
    high: float
    chance: float
    cheaper: float | None


def crossing(
    small: BetaRates,
    large: BetaRates,
    *,
    large_tries: int = 1,
    price_ratio: float | None = None,
    auc: float = 1.0,
    horizon: float = 1e4,
    level: float = 0.8,
    rng: np.random.Generator | None = None,
) -> Crossing | Undecided:
    """Where a small model's best of k overtakes a large model's best of a few, on the same tasks.

    Args:
        small, large: rates fitted to both models' counts (`forerun.stats.pass_rates.fit_beta`).
        price_ratio: cost of a large model's try in tries of the small one.
        auc: of the verifier that picks; 1 where a checker knows (unit tests, proofs).
        horizon: most tries looked at.
        level: mass of the interval.

    Returns:
        `Crossing`, or `Undecided` where the counts do not tell whether it happens.
    """
    rng = rng or np.random.default_rng(0)
    k = np.unique(np.round(np.geomspace(1, horizon, 60)))
    ours, theirs = small.rates(rng), large.rates(rng)
    goal = best_of(theirs, large_tries, auc=auc).mean(axis=1)
    reached = np.stack([best_of(ours, n, auc=auc).mean(axis=1) for n in k], axis=1)
    there = reached >= goal[:, None]
    first = np.where(there.any(axis=1), k[there.argmax(axis=1)], np.inf)
    chance = float(np.isfinite(first).mean())
    if 0.5 - level / 2 < chance < 0.5 + level / 2:
        return Undecided(
            f"it overtakes within {horizon:g} tries in {chance:.0%} of what the counts allow",
            "more tries of each task, more tasks, or a longer horizon",
        )
    low, middle, high = np.quantile(first, [0.5 - level / 2, 0.5, 0.5 + level / 2], method="inverted_cdf")
    cheaper = None if price_ratio is None else float((first < large_tries * price_ratio).mean())
    return Crossing(float(middle), float(low), float(high), chance, cheaper)
