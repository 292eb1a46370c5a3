"""Order against order: values by hand, scipy as the oracle, and intervals that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from forerun.core import BadInput, Undecided
from forerun.stats.ranks import Association, auc, rank_correlation

RUNS = 400


def known(answer: Association | Undecided) -> Association:
    assert isinstance(answer, Association)
    return answer


def test_a_rank_correlation_is_scipys() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 9, (2, 40))
    assert known(rank_correlation(a, b)).value == pytest.approx(stats.spearmanr(a, b).statistic)


def test_an_area_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 6, 13), rng.integers(2, 8, 9)
    pairs = np.sign(b[:, None] - a[None, :])
    assert known(auc(a, b)).value == pytest.approx(float((pairs + 1.0).mean() / 2.0))
    assert known(auc(b, a)).value == pytest.approx(1.0 - known(auc(a, b)).value)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_the_interval_of_a_rank_correlation_holds_the_truth(rho: float) -> None:
    """Of 400 samples of 30, 93 to 98%: a true 95% leaves that range once in 20 seeds, and the seed is fixed."""
    rng, truth = np.random.default_rng(2), 6.0 / np.pi * np.arcsin(rho / 2.0)
    x = rng.standard_normal((RUNS, 2, 30))
    x[:, 1] = rho * x[:, 0] + np.sqrt(1.0 - rho**2) * x[:, 1]
    answers = [known(rank_correlation(*one)) for one in x]
    assert 0.93 <= np.mean([one.low <= truth <= one.high for one in answers]) <= 0.98


@pytest.mark.parametrize("apart", [0.0, 1.0, 2.5])
def test_the_interval_of_an_area_holds_the_truth_near_one_too(apart: float) -> None:
    """Where the kinds are 2.5 sds apart, one sample of 20 in ten separates them wholly; its interval is not a point."""
    rng = np.random.default_rng(3)
    answers = [known(auc(rng.standard_normal(15), apart + rng.standard_normal(20))) for _ in range(RUNS)]
    assert 0.93 <= np.mean([one.low <= ndtr(apart / np.sqrt(2.0)) <= one.high for one in answers]) <= 0.99


def test_separated_kinds_are_not_certain() -> None:
    answer = known(auc([0, 1, 2], [3, 4, 5]))
    assert (answer.value, answer.high) == (1.0, 1.0)
    assert 0.4 < answer.low < 0.7


def test_what_differs_between_groups_alone_explains_nothing() -> None:
    """Within each group the columns go opposite ways; over all they rise together."""
    groups = np.repeat([0, 1, 2], 5)
    a = 10 * groups + np.tile(np.arange(5), 3)
    b = 10 * groups - np.tile(np.arange(5), 3)
    assert known(rank_correlation(a, b)).value > 0.7
    assert known(rank_correlation(a, b, groups)).value == pytest.approx(-1.0)


def test_a_run_that_diverged_is_the_worst() -> None:
    assert known(rank_correlation([1, 2, 3, 4, 5], [1, 2, 3, float("inf"), float("nan")])).value > 0.9


def test_thin_evidence_is_undecided_and_unlike_lengths_are_refused() -> None:
    assert isinstance(rank_correlation([1, 2, 3], [1, 2, 3]), Undecided)
    assert isinstance(rank_correlation([1, 1, 1, 1], [1, 2, 3, 4]), Undecided)
    assert isinstance(auc([], [1.0]), Undecided)
    with pytest.raises(BadInput, match="3 and 2 values"):
        rank_correlation([1, 2, 3], [1, 2])
