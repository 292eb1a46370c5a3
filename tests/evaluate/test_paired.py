"""Paired comparisons: known answers, promised rates, and controls that must fail."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forerun.core import BadInput
from forerun.evaluate.differences.paired import paired


def test_the_interval_is_students() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(1.0, 1.0, 9), rng.normal(0.5, 1.0, 9)
    found, told = paired(a, b, direction="max"), stats.ttest_rel(a, b).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((told.low, told.high))
    turned = paired(a, b, direction="min")
    assert (turned.estimate, turned.low, turned.high) == pytest.approx((-found.estimate, -found.high, -found.low))


def test_it_errs_as_often_as_it_says() -> None:
    """2,000 comparisons of equals over 5 seeds: 5% promised; outside [3.4%, 6.6%] by accident with chance 1e-3."""
    rng = np.random.default_rng(1)
    found = [paired(rng.normal(size=5), rng.normal(size=5), direction="max").verdict for _ in range(2000)]
    wrong = np.mean([verdict != "cannot tell" for verdict in found])
    assert 0.034 <= wrong <= 0.066


def test_the_minimum_detectable_effect_is_found_four_times_in_five() -> None:
    """1,000 differences of the mean MDE over 8 seeds; outside [0.70, 0.88] by accident with chance below 1e-4."""
    rng = np.random.default_rng(2)
    effect = float(np.mean([paired(rng.normal(size=8), np.zeros(8), direction="max").minimum_detectable_effect
                            for _ in range(1000)]))  # fmt: skip
    found = [paired(effect + rng.normal(size=8), np.zeros(8), direction="max").verdict for _ in range(1000)]
    assert 0.70 <= np.mean([verdict == "better" for verdict in found]) <= 0.88


def test_equivalence_needs_the_interval_within_the_margin() -> None:
    a, b = np.array([1.0, 1.1, 0.9, 1.0]), np.array([1.02, 1.08, 0.91, 0.99])
    assert paired(a, b, direction="max", margin=0.1).verdict == "equivalent"
    assert paired(a, b, direction="max", margin=0.01).verdict == "cannot tell"
    assert paired(a + 1, b, direction="max", margin=0.1).verdict == "better"
    assert paired(a, b + 1, direction="max").verdict == "worse"


def test_bad_pairs_are_refused() -> None:
    with pytest.raises(BadInput, match="at least 2, but got 3 and 2"):
        paired([1, 2, 3], [1, 2], direction="max")
    with pytest.raises(BadInput, match=r"pair 1 is nan and 2\.0"):
        paired([1, float("nan")], [1, 2], direction="max")
