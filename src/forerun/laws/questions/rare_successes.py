"""Rates of success too small for a fixed number of tries: `pass_until` item by item, and what sampling costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.laws.question import Question, crossed, in_words
from forerun.laws.questions.bend import bend_of
from forerun.laws.questions.parts.between_sizes import BetweenSizes, between_sizes
from forerun.stats.pass_rates import until

CARD = Card(
    name="rare_successes",
    does="Rate of success of a larger model where it is too small for a fixed number of tries, item by item.",
    source="Hu et al. 2023 (PassUntil); the law is `pass_until`, items drawn to their common mean by empirical Bayes; "
    "sizes are random effects (Paule and Mandel 1982)",
    assumes="Every item follows the law, and models differ by training noise that is about the same at every size; "
    "sampling stopped at success or at a budget.",
    needs="Columns item, params, successes and draws; 3 sizes and 10 successes; setting at (parameters).",
    promises="A tenth where items follow the law: evidence/laws/pass_until.md. Missed where they do not "
    "(other_truths.md), and on trained tasks of several steps (trained_suite.md): intervals are wide there and hold "
    "most, fewest where rates rise faster than the law.",
    known_answer="Items that follow the law give the largest model's mean rate.",
    control="The law of mean rates is biased where items differ.",
)
_ROUNDS = 40  # of expectation and maximisation; more change predictions by less than a tenth of their error
_AXIS = np.linspace(-4.0, 4.0, 13)  # of the grid that stands for an item's posterior, in sds
_LEAST_SPREAD = 1e-6  # variance of items, below which they count as alike
_BENT = {"concave": "the rate will be higher", "convex": "the rate will be lower"}
_FARTHEST = 50.0  # a double logarithm beyond which a rate is 0 or 1


@dataclass(frozen=True, eq=False)
class ItemRates:
    """The law fitted to every item, with what items have in common.

    Args:
        line: shape (items, 2), log c - α log(N / N0) of each item: intercept and slope in ``log(N / N0)``.
        nodes, weight: shape (items, nodes, 2) and (items, nodes), lines that the counts and the other items allow.
        of_mean: covariance (2, 2) of the items' mean line. pull: shape (items, 2, 2), how an item's line follows it.
        centre: log N0.
        between: what the sizes share beyond that; without it, intervals count the noise of sampling alone.
    """

    line: Array
    nodes: Array
    weight: Array
    of_mean: Array
    pull: Array
    centre: float
    between: BetweenSizes | None = None

    def predict(
        self, params: float, *, level: float = 0.8, draws: int = 1000, rng: np.random.Generator | None = None
    ) -> tuple[float, float, float]:
        """Mean rate of success over the items, of a model trained at a size: ``(mean, low, high)``."""
        rng = rng or np.random.default_rng(0)
        lines = self._drawn(params, draws, rng)
        if self.between is None:
            return _summed(lines, lines, level)
        moved, sd = self.between.at(params)
        shared = sd * rng.standard_t(self.between.df, draws)
        return _summed(lines + moved, lines + moved + shared[:, None], level)

    def _drawn(self, params: float, draws: int, rng: np.random.Generator) -> Array:
        """log(-log rate) of the items, shape (draws, items)."""
        at = np.array([1.0, np.log(params) - self.centre])
        mean = rng.multivariate_normal(np.zeros(2), self.of_mean, draws)
        upto = np.cumsum(self.weight, axis=1)
        picked = np.array([np.searchsorted(c, rng.random(draws) * float(c[-1])) for c in upto])
        return (self.nodes @ at)[np.arange(len(upto)), picked.T] + np.einsum("ijk,dk,j->di", self.pull, mean, at)


def _summed(lines: Array, widened: Array, level: float) -> tuple[float, float, float]:
    """Mean over items and draws, and the interval of the mean over items."""
    middle, drawn = (np.exp(-np.exp(np.clip(of, -_FARTHEST, _FARTHEST))).mean(axis=1) for of in (lines, widened))
    low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2])
    return float(middle.mean()), float(low), float(high)


def mean_rates(successes: Array, draws: Array) -> tuple[Array, Array]:
    """Mean rates over items (sizes,), and the variance of their sampling.

    Draws below the most of any item ended at a success, where r/K is too high; the most is the budget.
    """
    stopped = (draws < draws.max()) & (successes > 1)
    rate = np.where(stopped, until(np.maximum(successes, 2), np.maximum(draws, 2)), successes / draws)
    variance = rate**2 * (1.0 - rate) / np.maximum(successes - 1.0, 1.0)
    return rate.mean(axis=0), variance.sum(axis=0) / len(rate) ** 2


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
        `ItemRates`, or `Undecided` for fewer than 10 successes in all, or than 3 sizes with mean rates between 0 and 1.

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
    measured, variance = mean_rates(r, K)
    rated = (measured > 0.0) & (measured < 1.0)
    sizes = np.unique(N[rated]).size
    if sizes < 3 or r.sum() < 10:
        return Undecided(
            f"{sizes} sizes with rates between 0 and 1 and {r.sum():g} successes", "3 such sizes and 10 successes"
        )
    centre = float(np.log(N).mean())
    basis = np.stack([np.ones(N.size), np.log(N) - centre], axis=1)
    rate = np.clip((r.sum(axis=0) + 0.5) / (K.sum(axis=0) + 1.0), 1e-12, 0.999)
    of: Array = np.diag([0.05, 0.001])
    mean = np.asarray(np.linalg.lstsq(basis, np.log(-np.log(rate)), rcond=None)[0], float)
    mode: Array = np.repeat(mean[None], len(r), axis=0)
    for _ in range(_ROUNDS - 1):
        mode, items = _round(mode, basis, r, K, mean, of)
        mean, of = items.common()
    _, items = _round(mode, basis, r, K, mean, of)
    prior, spread = items.prior, items.spread
    of_mean = np.asarray(np.linalg.inv((prior - prior @ spread @ prior).sum(axis=0)), float)
    law = ItemRates(items.line, items.nodes, items.weight, of_mean, spread @ prior, centre)
    predicted = np.array([law.predict(float(size))[0] for size in N[rated]])
    return replace(law, between=between_sizes(N[rated], measured[rated], variance[rated], predicted, centre))


class _Items(NamedTuple):
    """Every item's posterior: nodes and weights, its mean line and spread, and the precision of the common prior."""

    nodes: Array
    weight: Array
    line: Array
    spread: Array
    prior: Array

    def common(self) -> tuple[Array, Array]:
        """Mean line of the items, and the covariance of lines over items."""
        mean = self.line.mean(axis=0)
        off = self.line - mean
        within = (self.spread + off[:, :, None] * off[:, None, :]).mean(axis=0)
        return mean, within + _LEAST_SPREAD * np.diag([1.0, 0.01])


def _round(mode: Array, basis: Array, r: Array, K: Array, mean: Array, of: Array) -> tuple[Array, _Items]:
    """One round of expectation: every item's posterior under the common prior, from its likeliest line so far."""
    prior = np.asarray(np.linalg.inv(of), float)
    mode, normal = _climb(mode, basis, r, K, mean, prior)
    nodes, weight = _posterior(mode, normal, basis, r, K, mean, prior)
    line = np.einsum("ig,igk->ik", weight, nodes)
    off = nodes - line[:, None]
    return mode, _Items(nodes, weight, line, np.einsum("ig,igj,igk->ijk", weight, off, off), prior)


def _climb(mode: Array, basis: Array, r: Array, K: Array, mean: Array, prior: Array) -> tuple[Array, Array]:
    """One step of Fisher scoring to every item's likeliest line, and the covariance of the normal about it."""
    u = np.exp(np.clip(mode @ basis.T, -7.0, 5.0))
    odds = 1.0 / np.maximum(np.expm1(u), 1e-300)
    slope = -r * u + (K - r) * u * odds
    normal = np.asarray(np.linalg.inv(np.einsum("is,sj,sk->ijk", K * u**2 * odds, basis, basis) + prior), float)
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


def answer(table: Table, *, at: float, level: float = 0.8, seed: int = 0) -> Answer | Undecided:
    """The mean rate over the items at a size."""
    items, params, (successes, draws) = crossed(table, "item", "params", ("successes", "draws"))
    law = fit_items(params, successes, draws)
    if isinstance(law, Undecided):
        return law
    rate = Range(*law.predict(at, level=level, rng=np.random.default_rng(seed)), "rate")
    sizes = np.append(params, at)
    lines = [law.predict(float(size), level=level, rng=np.random.default_rng(seed)) for size in sizes]
    predicted, low, high = np.array(lines).T
    measured, _ = mean_rates(successes, draws)
    rows = {"params": sizes, "measured": np.append(measured, np.nan), "predicted": predicted, "low": low, "high": high}
    says = f"{len(items)} items: a rate of {in_words(rate)} at {at:.3g} parameters"
    return Answer(CARD.name, QUESTION.version, says, {"rate": rate}, Table(rows), _warnings(law))


def _warnings(law: ItemRates) -> tuple[str, ...]:
    """What to mind where the sizes bend away from the law, which items that differ do not make them do."""
    assert law.between is not None
    if np.unique(law.between.params).size < 4:
        return ()
    kind = bend_of(law.between.params, law.between.off).kind
    return () if kind == "linear" else (f"rates by size are {kind} in log N: {_BENT[kind]}, if that goes on",)


QUESTION = Question(card=CARD, version="2", columns=("item", "params", "successes", "draws"), answer=answer)
