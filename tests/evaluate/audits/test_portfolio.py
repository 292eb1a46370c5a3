"""A mixture that assumes nothing, beside the best of its components."""

from __future__ import annotations

import numpy as np
import pytest

from forerun import api
from forerun.core import BadInput, Undecided
from forerun.evaluate.audits.portfolio import portfolio
from forerun.stats.universal import universal_mixture
from tests.cards import control, known_answer


def long(growth: np.ndarray) -> tuple[np.ndarray, list[str], np.ndarray]:
    n, m = growth.shape
    return np.repeat(np.arange(n), m), [f"c{j}" for j in range(m)] * n, growth.ravel()


@known_answer("audit/portfolio")
def test_of_one_component_twice_it_comes_to_the_same_and_of_two_that_take_turns_it_gains() -> None:
    """Half and half of 2 and 1/2 grows by 5/4 a round, and the best shares among those drawn lie near."""
    one = np.exp(np.random.default_rng(0).normal(0.0, 0.1, (60, 1)))
    result = portfolio(*long(np.repeat(one, 2, axis=1)))
    assert result["log wealth over the best component"].estimate == pytest.approx(0.0, abs=1e-9)
    turns = np.tile([[2.0, 0.5], [0.5, 2.0]], (100, 1))
    result = portfolio(*long(turns))
    assert result["log wealth of the best component"].estimate == pytest.approx(0.0, abs=1e-9)
    least = 200 * np.log(1.25) - np.log(2.0) - np.log(500.0)  # were one of the draws alone at half and half
    assert least < result["log wealth"].estimate < 200 * np.log(1.25)


@control("audit/portfolio")
def test_behind_a_component_that_is_always_better_it_falls_by_no_more_than_is_promised() -> None:
    better = np.tile([1.1, 1.0, 0.9], (500, 1))
    result = portfolio(*long(better))
    over = result["log wealth over the best component"]
    assert -np.log(6.0) <= over.estimate < -0.5 and over.verdict == "sound"


def test_the_promise_holds_after_every_round_whatever_the_components_do() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        growth = np.exp(rng.standard_cauchy((80, 4)).clip(-20, 20))
        mixture = universal_mixture(growth, rng, draws=50)
        best = np.log(growth).cumsum(axis=0).max(axis=1)
        assert (mixture.log_wealth - best >= -mixture.guarantee - 1e-9).all()
        earned = np.log((mixture.weights * growth).sum(axis=1)).cumsum()
        assert np.allclose(earned, mixture.log_wealth)  # what it holds earns what is said
        again = growth.copy()
        again[40:] = 1.0
        later = universal_mixture(again, np.random.default_rng(0), draws=50)
        assert np.array_equal(
            later.weights[:41], universal_mixture(growth, np.random.default_rng(0), draws=50).weights[:41]
        )


def test_what_it_cannot_say_and_what_it_refuses() -> None:
    assert isinstance(portfolio(*long(np.ones((5, 2)))), Undecided)
    with pytest.raises(BadInput, match="above 0"):
        api.audit("portfolio", dict(zip(("round", "component", "growth"), long(np.zeros((40, 2))), strict=True)))
