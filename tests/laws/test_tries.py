"""Best of n against simulation, budgets against every plan there is, crossings against the truth."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import special

from forerun.core import BadInput, Undecided
from forerun.laws.questions.tries import best_of, crossing
from forerun.laws.questions.tries_budget import allocate
from forerun.stats.pass_rates import fit_beta
from tests.cards import control, known_answer


@pytest.mark.parametrize(("rate", "n", "auc"), [(0.1, 8, 0.8), (0.4, 3, 0.6), (0.02, 64, 0.95)])
def test_best_of_n_is_what_choosing_gives(rate: float, n: int, auc: float) -> None:
    """100,000 choices simulated; within 5 standard errors (fails by accident once in 2 million)."""
    rng = np.random.default_rng(0)
    right = rng.random((100_000, n)) < rate
    scores = rng.standard_normal(right.shape) + np.where(right, np.sqrt(2) * special.ndtri(auc), 0.0)
    picked = right[np.arange(100_000), scores.argmax(axis=1)].mean()
    assert abs(best_of(rate, n, auc=auc) - picked) < 5 * np.sqrt(picked * (1 - picked) / 100_000)


def test_best_of_n_ends_where_it_must() -> None:
    p = np.array([0.0, 0.01, 0.3, 1.0])
    np.testing.assert_allclose(best_of(p, 16, auc=1.0), 1 - (1 - p) ** 16, atol=1e-12)
    np.testing.assert_allclose(best_of(p, 16, auc=0.5), p, atol=1e-6)
    np.testing.assert_allclose(best_of(p, 1, auc=0.8), p, atol=1e-6)


def test_no_plan_of_the_same_cost_beats_the_one_found_on_concave_curves() -> None:
    rng = np.random.default_rng(1)
    tries, p = np.array([1, 2, 3, 4, 5, 6]), np.array([0.05, 0.2, 0.6])
    gain, share = 1 - (1 - p[:, None]) ** tries, rng.dirichlet([3, 3, 3])
    for budget in (1.5, 2.5, 4.0):
        plan = allocate(gain, tries, share, budget)
        every = [
            share @ gain[range(3), list(c)]
            for c in product(range(6), repeat=3)
            if share @ tries[list(c)] <= budget + 1e-9
        ]
        assert plan.cost <= budget + 1e-9
        assert plan.expected >= max(every) - 0.01
        assert plan.expected >= plan.even - 1e-12


@known_answer("tries")
def test_a_small_models_tries_overtake_where_they_truly_do() -> None:
    """20 pairs of models; the 80% interval holds the true number in at least 11 (fewer by accident once in 500)."""
    held = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        small = rng.beta(0.4, 3.0, 150)
        large = 4 * small / (1 + 3 * small)
        k = np.arange(1, 400)
        true = k[np.argmax([(1 - (1 - small) ** n).mean() >= large.mean() for n in k])]
        told = crossing(*(fit_beta(50, rng.binomial(50, p), rng=rng) for p in (small, large)), price_ratio=1e6, rng=rng)
        held += told.low <= true <= told.high
        assert told.cheaper == 1.0
    assert held >= 11


@control("tries")
def test_a_crossing_that_is_never_reached_is_none_and_one_that_counts_do_not_tell_is_undecided() -> None:
    never = crossing(fit_beta(200, [200] * 20 + [0] * 80), fit_beta(200, [200] * 60 + [0] * 40), horizon=10)
    assert (never.k, never.chance) == (np.inf, 0.0)
    even = fit_beta(20, [20] * 40 + [0] * 40)
    assert isinstance(crossing(even, even, horizon=1), Undecided)


def test_bad_input() -> None:
    with pytest.raises(BadInput, match=r"AUC in 0\.5 to 1"):
        best_of(0.5, 2, auc=0.4)
    with pytest.raises(BadInput, match="below the first choice"):
        allocate([[0.1, 0.2]], [2, 4], [1.0], 1.0)
    with pytest.raises(BadInput, match="increasing tries"):
        allocate([[0.1, 0.2]], [4, 2], [1.0], 8.0)
