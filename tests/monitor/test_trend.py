"""Mann-Kendall's statistic: against an independent count, and on noise that follows itself."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from forerun.stats.trend import trend_z


def test_it_equals_a_count_of_pairs() -> None:
    v = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]
    s = sum((b > a) - (b < a) for i, a in enumerate(v) for b in v[i + 1 :])
    variance = (8 * 7 * 21 - 2 * 1 * 9) / 18  # one pair of ties
    assert trend_z(v) == (s - 1) / variance**0.5
    assert trend_z([-one for one in v]) == -trend_z(v)
    assert all(a <= b for a, b in pairwise([trend_z(range(n)) for n in range(3, 9)]))


def test_noise_that_follows_itself_is_no_trend() -> None:
    """200 times 50 values of AR(1) .6; were the rate 12%, more than 36 would be below .01."""
    rng = np.random.default_rng(0)
    noise = np.zeros((200, 50))
    for i in range(1, 50):
        noise[:, i] = 0.6 * noise[:, i - 1] + rng.normal(size=200)
    assert sum(trend_z(one) > 1.65 for one in noise) <= 36


def test_nothing_is_said_of_few_or_equal_values() -> None:
    assert trend_z([1.0, 2.0]) == trend_z([1.0] * 20) == 0.0
