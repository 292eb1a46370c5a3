"""PassUntil's law: items fitted together, bends told, budgets planned."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Table, Undecided
from forerun.laws.fitter import fit
from forerun.laws.questions.bend import Bend, bend
from forerun.laws.questions.rare_successes import fit_items
from forerun.laws.questions.sampling_budget import budget
from tests.cards import control, known_answer

SIZES, LARGEST = np.geomspace(3e7, 1e9, 6), 2.4e9


def suite(rng: np.random.Generator, items: int = 150, rate: float = 1e-4) -> np.ndarray:
    level = np.log(-np.log(rate)) + rng.normal(0.0, 0.12, items)
    alpha = 0.15 * np.exp(rng.normal(0.0, 0.1, items))
    return np.exp(-np.exp(level[:, None] - alpha[:, None] * np.log(np.append(SIZES, LARGEST) / 1e9)))


def test_rates_of_one_in_ten_thousand_predict_the_largest_model() -> None:
    """8 suites at rate 1e-4; errors are near 4%, so a mean beyond 10% does not happen by accident."""
    off, held = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        p = suite(rng)
        told, low, high = fit_items(
            SIZES, np.full(p[:, :-1].shape, 5), 5 + rng.negative_binomial(5, p[:, :-1])
        ).predict(LARGEST)
        off.append(abs(told / p[:, -1].mean() - 1))
        held.append(low <= p[:, -1].mean() <= high)
    assert np.mean(off) < 0.1
    assert np.mean(held) >= 3 / 8  # 80% promised; fewer than 3 of 8 by accident once in 800


def test_sampling_that_ends_at_a_budget_counts_too() -> None:
    rng = np.random.default_rng(1)
    p = suite(rng)
    ends, cap = np.cumsum(rng.geometric(p[:, :-1], (5, *p[:, :-1].shape)), axis=0), 30_000
    r, draws = (ends <= cap).sum(axis=0), np.minimum(ends[-1], cap)
    assert (r < 5).mean() > 0.3
    told, *_ = fit_items(SIZES, r, draws).predict(LARGEST)
    assert abs(told / p[:, -1].mean() - 1) < 0.25


@control("rare_successes")
def test_the_law_of_means_is_biased_where_items_differ() -> None:
    """The control for fitting items: the mean of rates bends, and its law misses by more than the items' does."""
    p = suite(np.random.default_rng(2), items=4000)
    found = fit(
        "pass_until", Table({"params": SIZES, "y": -np.log(p[:, :-1].mean(axis=0))}), draws=0, judge_beyond=False
    )
    off = np.exp(-found.predict(Table({"params": [LARGEST]})).y[0]) / p[:, -1].mean() - 1
    assert off < -0.02


@known_answer("bend")
@control("pass_until", "bend")
@pytest.mark.parametrize(
    ("curve", "kind"),
    [
        (lambda x: 2.0 - 0.5 * x, "linear"),
        (lambda x: 2.0 - 0.5 * x - 0.3 * x**2, "concave"),
        (lambda x: 2.0 - 0.5 * x + 0.2 * x**2, "convex"),
    ],
)
def test_bends_are_told(curve: object, kind: str) -> None:
    N = np.geomspace(1e8, 1e10, 9)
    F = curve(np.log10(N) - 8.0) + 0.01 * np.cos(np.arange(9) * 2.3)  # type: ignore[operator]
    told = bend(N, np.exp(-np.exp(F)))
    assert isinstance(told, Bend)
    assert told.kind == kind


def test_thin_or_impossible_data() -> None:
    assert isinstance(bend([1e7, 1e8, 1e9], [0.1, 0.2, 0.3]), Undecided)
    assert isinstance(fit_items(SIZES, np.zeros((10, 6)), np.full((10, 6), 100)), Undecided)
    with pytest.raises(BadInput, match="sample until success"):
        bend([1e7, 1e8, 1e9, 1e10], [0.0, 0.1, 0.2, 0.3])
    with pytest.raises(BadInput, match=r"\(items, 6\)"):
        fit_items(SIZES, [[1, 2]], [[3, 4]])


@control("sampling_budget")
def test_a_budget_buys_the_error_it_promises() -> None:
    """4,000 repeats of 3 items; the spread is within 15% of the promise (chance of failing by accident 1e-6)."""
    planned = budget([1e-3], relative_error=0.2, items=3)
    K = planned.successes + np.random.default_rng(3).negative_binomial(planned.successes, 1e-3, (4000, 3))
    mean = ((planned.successes - 1) / (K - 1)).mean(axis=1)
    assert mean.std() / 1e-3 == pytest.approx(0.2, rel=0.15)
    assert K.sum(axis=1).mean() == pytest.approx(planned.draws[0], rel=0.05)
    with pytest.raises(BadInput, match="rates in 0 to 1"):
        budget([0.0], relative_error=0.1)
