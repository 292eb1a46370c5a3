"""The last-iterate bound: closed forms, published ratios, and transfers to longer runs."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput
from forerun.laws.path import convex_bound
from forerun.laws.path.convex_bound import best, terms, terms_along, trapezoid
from forerun.laws.questions.longer_run import same_rate_cooldown, two_stage_factor
from tests.cards import control, known_answer

T = 4000


@known_answer("convex_bound")
@pytest.mark.parametrize("steps", [2, 10, 400])
def test_a_constant_rate_has_closed_forms(steps: int) -> None:
    """D²/(2γt), γG²/2 and (γ/2) G² H_{t-1}."""
    first, second = terms(np.full(steps, 0.3))
    assert first == pytest.approx(1 / (2 * 0.3 * steps), rel=1e-12)
    assert second == pytest.approx(0.15 + 0.15 * (1 / np.arange(1, steps)).sum(), rel=1e-12)


def sqrt_cooldown(share: float) -> np.ndarray:
    t, start = np.arange(T), T - share * T
    return np.where(t < start, 1.0, 1.0 - np.sqrt(np.maximum((t - start) / (share * T), 0.0)))


@pytest.mark.parametrize(
    ("rates", "factor", "bound"),
    [
        (np.ones(T), 0.319, 1.569),
        (trapezoid(T, 0.1), 0.461, 1.143),
        (trapezoid(T, 0.2), 0.514, 1.081),
        (trapezoid(T, 0.4), 0.607, 1.029),
        (trapezoid(T, 0.6), 0.708, 1.009),
        (trapezoid(T, 0.8), 0.832, 1.001),
        (sqrt_cooldown(0.1), 0.478, 1.121),
        (sqrt_cooldown(0.2), 0.543, 1.063),
        (sqrt_cooldown(0.4), 0.668, 1.021),
        (sqrt_cooldown(0.8), 1.059, 1.012),
    ],
)
def test_schedules_against_tuned_linear_decay(rates: np.ndarray, factor: float, bound: float) -> None:
    linear = best(trapezoid(T, 1.0))
    own = best(rates)
    assert own[0] / linear[0] == pytest.approx(factor, abs=6e-4)
    assert own[1] / linear[1] == pytest.approx(bound, abs=6e-4)


@pytest.mark.parametrize(
    ("times", "share", "factor"), [(1.5, 0.44, 0.64), (2, 0.63, 0.53), (3, 0.87, 0.43), (4, 1.0, 0.38)]
)
def test_transfers_to_longer_runs(times: float, share: float, factor: float) -> None:
    assert same_rate_cooldown(T, int(T * times), 0.2) == pytest.approx(share, abs=0.01)
    assert two_stage_factor(T, int(T * times), 0.2) == pytest.approx(factor, abs=0.01)


@pytest.mark.parametrize("share", [0.2, 0.6, 1.0])
def test_sums_by_bins_are_those_over_every_step(share: float) -> None:
    rates = trapezoid(T, share)
    nodes = np.arange(T + 1.0), np.append(rates, 0.0)
    for n in (10, 300, 3000, T):
        exact, (first, second) = terms(rates[:n]), (v[0] for v in terms_along(*nodes, np.array([float(n)])))
        assert first == pytest.approx(exact[0], rel=5e-4)
        assert second == pytest.approx(exact[1], rel=2e-3)


def test_no_bound_of_rates_that_end_at_nothing() -> None:
    with pytest.raises(BadInput, match="last positive"):
        convex_bound.terms([1.0, 0.0])


@control("convex_bound")
def test_a_schedule_that_falls_early_is_worse() -> None:
    """Control: the same rates in reverse, rising to the peak, have a bound far above."""
    assert best(trapezoid(T, 0.5)[::-1] + 1e-6)[1] > 1.5 * best(trapezoid(T, 0.5))[1]
