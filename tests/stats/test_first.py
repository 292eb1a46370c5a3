"""Chances to be first against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forerun.stats.first import first_chances

LEVELS = np.linspace(0.0005, 0.9995, 2000)


def normal(mean: float, sd: float) -> np.ndarray:
    return stats.norm.ppf(LEVELS, mean, sd)


def test_of_two_normal_outcomes_it_is_the_known_chance() -> None:
    """P(X < Y) = Φ((mean of Y - mean of X) / sd of the difference); 4,000 draws tell it to ±0.025 (3 sds)."""
    rows = np.stack([normal(1.0, 0.3), normal(1.2, 0.4)])
    known = stats.norm.cdf(0.2 / 0.5)
    chances = first_chances(LEVELS, rows, least=True, rng=np.random.default_rng(0))
    assert chances[0] == pytest.approx(known, abs=0.025)
    assert chances.sum() == pytest.approx(1.0)
    others = first_chances(LEVELS, rows, least=False, rng=np.random.default_rng(0))
    assert others[0] == pytest.approx(1 - known, abs=0.025)


def test_equal_outcomes_share_and_what_diverged_is_never_first() -> None:
    rows = np.stack([normal(1.0, 0.3)] * 4 + [np.full(LEVELS.size, np.inf)])
    chances = first_chances(LEVELS, rows, least=True, rng=np.random.default_rng(1))
    np.testing.assert_allclose(chances, [0.25] * 4 + [0.0], atol=0.03)


def test_where_nothing_is_finite_nobody_is_first() -> None:
    rows = np.full((2, 3), np.inf)
    assert first_chances(np.array([0.1, 0.5, 0.9]), rows, least=True, rng=np.random.default_rng(0)).tolist() == [0, 0]
