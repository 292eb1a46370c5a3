"""pass@k, pass^k, sampling until success and Beta rates: published values, theorems, and a control."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from forerun.core import BadInput
from forerun.stats.pass_rates import fit_beta, mean_over_tasks, pass_at_k, pass_hat_k, until, until_interval


def test_the_published_rates_of_tau_bench(shared: Path) -> None:
    rows = json.loads((shared / "measurement" / "tau_airline_gpt4o_trials.json").read_text())
    solved = np.bincount([row["task_id"] for row in rows], [row["reward"] for row in rows])
    hat = [pass_hat_k(4, solved, k).mean() for k in (1, 2, 3, 4)]
    at = [pass_at_k(4, solved, k).mean() for k in (1, 2, 3, 4)]
    np.testing.assert_allclose(hat, [0.420, 0.273, 0.220, 0.200], atol=5e-4)
    np.testing.assert_allclose(at, [0.420, 0.567, 0.660, 0.720], atol=5e-4)


@pytest.mark.parametrize(("n", "c", "k"), [(5, 2, 3), (6, 0, 2), (6, 6, 4), (7, 3, 7)])
def test_they_count_subsets(n: int, c: int, k: int) -> None:
    tries = [1] * c + [0] * (n - c)
    subsets = [sum(subset) for subset in combinations(tries, k)]
    assert pass_at_k(n, c, k) == pytest.approx(np.mean([s > 0 for s in subsets]))
    assert pass_hat_k(n, c, k) == pytest.approx(np.mean([s == k for s in subsets]))


def test_more_tries_than_made_are_undefined_task_by_task() -> None:
    np.testing.assert_array_equal(np.isnan(pass_at_k([2, 4], [1, 1], 3)), [True, False])
    assert pass_at_k([2, 4], [1, 1], 3)[1] == pytest.approx(0.75)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(BadInput, match="5 of 4 at 1"):
        pass_at_k([4, 4], [1, 5], 2)
    with pytest.raises(BadInput, match="k must be 1 or more"):
        pass_hat_k(4, 1, 0)
    with pytest.raises(BadInput, match="2 tasks or more"):
        fit_beta([4], [1])


def test_sampling_until_success_is_unbiased_and_the_plain_ratio_is_not() -> None:
    """20,000 repeats; the unbiased mean is within 5 of its standard errors (fails by accident once in 2 million)."""
    rng, p, r = np.random.default_rng(1), 1e-3, 3
    K = r + rng.negative_binomial(r, p, 20_000)
    for rates, right in ((until(r, K), True), (until(r, K, unbiased=False), False)):
        off = abs(rates.mean() - p) / (rates.std() / np.sqrt(rates.size))
        assert (off < 5) == right


@pytest.mark.parametrize("stopped", [True, False])
def test_intervals_of_rates_hold_what_they_promise(stopped: bool) -> None:
    """4,000 repeats, exact intervals hold at least 90%; below 88.6% by accident once in 800."""
    rng, p = np.random.default_rng(2), 0.02
    if stopped:
        r = np.full(4000, 4)
        K = r + rng.negative_binomial(r, p)
    else:
        K = np.full(4000, 100)
        r = rng.binomial(K, p)
    low, high = until_interval(r, K, level=0.9, stopped_by_success=stopped)
    assert ((low <= p) & (p <= high)).mean() > 0.886


def test_an_interval_without_success_starts_at_zero() -> None:
    low, high = until_interval([0, 10], [100, 10], stopped_by_success=False)
    np.testing.assert_allclose(high, [1 - 0.025 ** (1 / 100), 1.0])
    np.testing.assert_allclose(low, [0.0, 0.025 ** (1 / 10)])


def test_the_mean_over_tasks_has_the_spread_of_tasks() -> None:
    v = np.random.default_rng(3).random(100) < 0.3
    mean, low, high = mean_over_tasks(v)
    assert (mean, high - low) == (pytest.approx(v.mean()), pytest.approx(2 * 1.96 * v.std() / 10, rel=0.1))


@pytest.mark.parametrize("tasks", [20, 50, 200])
@pytest.mark.parametrize("k", [1, 4])
def test_the_interval_over_tasks_holds_where_few_are_solved(tasks: int, k: int) -> None:
    """1,000 suites with 4 tries a task, rates of Beta(0.2, 1.2): pass@k and pass^k hold 92.5% or more, below it by
    accident with chance below 0.001 at a true 95%. The control, tasks drawn again, holds less than 88% of pass^4."""
    rng = np.random.default_rng(tasks + k)
    solved = rng.binomial(4, rng.beta(0.2, 1.2, (1000, tasks)))
    p = rng.beta(0.2, 1.2, 200_000)
    truth, values = np.nan, np.zeros(solved.shape)
    for rate, truth in ((pass_at_k, np.mean(1 - (1 - p) ** k)), (pass_hat_k, np.mean(p**k))):
        values = rate(np.full(solved.shape, 4.0), solved, k)
        ends = np.array([mean_over_tasks(row)[1:] for row in values])
        assert np.mean((ends[:, 0] <= truth) & (truth <= ends[:, 1])) >= 0.925
    if (tasks, k) == (20, 4):
        means = values[:300, rng.integers(0, tasks, (200, tasks))].mean(axis=2)
        low, high = np.quantile(means, [0.025, 0.975], axis=1)
        assert np.mean((low <= truth) & (truth <= high)) < 0.88


def test_all_of_many_tries_pass_as_often_as_the_beta_says() -> None:
    """Rates of Beta(2, 1), 2,000 tasks of 8 tries: pass^16 is B(18, 1) / B(2, 1) = 1/9, within a tenth of it; where
    nothing was ever solved the interval still holds the estimate."""
    rng = np.random.default_rng(6)
    middle, low, high = fit_beta(8, rng.binomial(8, rng.beta(2.0, 1.0, 2000))).pass_hat_at(16)
    assert middle == pytest.approx(1 / 9, rel=0.1) and low <= middle <= high
    middle, low, high = fit_beta(np.full(8, 4), np.zeros(8)).pass_hat_at(16)
    assert 0.0 <= low <= middle <= high < 0.05


def test_beta_rates_carry_pass_at_k_beyond_the_tries_and_hold_the_truth() -> None:
    """60 suites of 150 tasks with 20 tries: 80% intervals of pass@1000 hold 65 to 93% (each end 1 in 1,000)."""
    rng, held, errors, plain = np.random.default_rng(4), [], [], []
    for _ in range(60):
        p = rng.beta(0.4, 4.0, 150)
        c = rng.binomial(20, p)
        true = (1 - (1 - p) ** 1000).mean()
        told, low, high = (values[0] for values in fit_beta(20, c, rng=rng).pass_at(1000, rng=rng))
        held.append(low <= true <= high)
        errors.append(abs(told - true))
        plain.append(abs((1 - (1 - c / 20) ** 1000).mean() - true))
    assert 0.65 <= np.mean(held) <= 0.93
    assert np.mean(errors) < 0.5 * np.mean(plain)  # the control: plugging the plain rates in is far off
