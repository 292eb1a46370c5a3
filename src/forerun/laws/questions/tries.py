"""What more tries at inference are worth: pass@k, best of n by a verifier that errs, and where a small model's
tries overtake a large one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided, UnknownName
from forerun.laws.question import Question, in_words
from forerun.stats.pass_rates import BetaRates, fit_beta

CARD = Card(
    name="tries",
    does="After how many tries a small model does as well as a large one, on the same tasks.",
    source="best of n by a verifier of known AUC, derived; Beta rates of `forerun.stats.pass_rates`",
    assumes="Tasks are alike for both; tries are independent.",
    needs="Columns model, tries and solved, one row a task and model; settings small and large (names of the models).",
    promises="Pairs with known truth: evidence/laws/test_time.md.",
    known_answer="The number of tries at which the true curves cross lies in the interval.",
    control="A crossing that the counts do not tell is undecided.",
)
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
    chance = np.trapezoid(M * P * density * np.exp((M - 1.0) * np.log(below)), x, axis=-1)
    return np.clip(chance, 0.0, 1.0)


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
    overtaken = reached >= goal[:, None]
    first = np.where(overtaken.any(axis=1), k[overtaken.argmax(axis=1)], np.inf)
    chance = float(np.isfinite(first).mean())
    if 0.5 - level / 2 < chance < 0.5 + level / 2:
        return Undecided(
            f"it overtakes within {horizon:g} tries in {chance:.0%} of what the counts allow",
            "more tries of each task, more tasks, or a longer horizon",
        )
    low, middle, high = np.quantile(first, [0.5 - level / 2, 0.5, 0.5 + level / 2], method="inverted_cdf")
    cheaper = None if price_ratio is None else float((first < large_tries * price_ratio).mean())
    return Crossing(float(middle), float(low), float(high), chance, cheaper)


def answer(
    table: Table,
    *,
    small: str,
    large: str,
    large_tries: int = 1,
    price_ratio: float | None = None,
    auc: float = 1.0,
    horizon: float = 1e4,
    level: float = 0.8,
    seed: int = 0,
) -> Answer | Undecided:
    """The crossing; drawn as each model's share solved by tries."""
    rng = np.random.default_rng(seed)
    rates = {name: _rates_of(table, name, rng) for name in (small, large)}
    options = {"auc": auc, "horizon": horizon, "level": level}
    first = crossing(rates[small], rates[large], large_tries=large_tries, price_ratio=price_ratio, rng=rng, **options)
    if isinstance(first, Undecided):
        return first
    tries = Range(first.k, first.low, first.high, "tries")
    values = {"tries": tries, "chance": first.chance}
    values |= {} if first.cheaper is None else {"cheaper": first.cheaper}
    k = np.unique(np.round(np.geomspace(1, min(10 * max(first.k, 1), horizon), 40)))
    solved, low, high = rates[small].pass_at(k, rng=np.random.default_rng(seed))
    goal = float(rates[large].pass_at([large_tries], rng=np.random.default_rng(seed))[0][0])
    rows = {"tries": k, "measured": np.full(k.size, goal), "predicted": solved, "low": low, "high": high}
    never = not np.isfinite(first.k)
    says = f"{small} never does as well" if never else f"{small} does as well from {in_words(tries)} tries on"
    return Answer(CARD.name, "1", f"{says} as {large} with {large_tries}", values, Table(rows))


def _rates_of(table: Table, model: str, rng: np.random.Generator) -> BetaRates:
    names = np.asarray([str(name) for name in table.columns["model"]])
    if model not in names:
        raise UnknownName("model", model, list(dict.fromkeys(names.tolist())))
    own = table.take(names == model)
    return fit_beta(own.columns["tries"], own.columns["solved"], rng=rng)


QUESTION = Question(card=CARD, version="1", columns=("model", "tries", "solved"), answer=answer)
