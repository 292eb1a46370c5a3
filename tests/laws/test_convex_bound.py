"""The last-iterate bound: closed forms, published ratios, and transfers to longer runs."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput
from forerun.laws.path import convex_bound
from forerun.laws.path.convex_bound import best, optimum, terms, terms_along, trapezoid
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
        (sqrt_cooldown(0.6), 0.825, 1.010),
        (sqrt_cooldown(0.8), 1.059, 1.012),
    ],
)
def test_schedules_against_tuned_linear_decay(rates: np.ndarray, factor: float, bound: float) -> None:
    linear = best(trapezoid(T, 1.0))
    own = best(rates)
    assert own[0] / linear[0] == pytest.approx(factor, abs=6e-4)
    assert own[1] / linear[1] == pytest.approx(bound, abs=6e-4)


@pytest.mark.parametrize(("steps", "factor", "bound"), [(400, 0.04956, 0.10063), (4000, 0.01579, 0.03165)])
def test_linear_decay_is_best_at_a_rate_that_falls_with_the_root_of_its_steps(
    steps: int, factor: float, bound: float
) -> None:
    own = best(trapezoid(steps, 1.0))
    assert own == pytest.approx((factor, bound), abs=6e-6)
    assert own[1] * np.sqrt(steps) == pytest.approx(2.0, rel=7e-3)


def test_a_cosine_and_a_constant_rate_against_linear_decay() -> None:
    for steps, constant in ((400, (0.367, 1.367)), (T, (0.319, 1.569))):
        linear = np.array(best(trapezoid(steps, 1.0)))
        cosine = best(0.5 * (1 + np.cos(np.pi * np.arange(steps) / steps)))
        assert np.array(best(np.ones(steps))) / linear == pytest.approx(constant, abs=6e-4)
        assert np.array(cosine) / linear == pytest.approx((0.97, 1.03), abs=4e-3)


def test_the_table_hardly_depends_on_the_length() -> None:
    for share in (0.1, 0.2, 0.4):
        short, long = (np.array(best(trapezoid(n, share))) / best(trapezoid(n, 1.0)) for n in (400, T))
        assert short == pytest.approx(long, rel=0.011)


def test_the_rate_for_one_cooldown_tells_that_for_another() -> None:
    assert best(trapezoid(T, 1.0))[0] / best(trapezoid(T, 0.2))[0] == pytest.approx(1.95, abs=6e-3)


@pytest.mark.parametrize(("times", "factor"), [(1.5, 0.817), (2, 0.708), (3, 0.579), (4, 0.501)])
def test_a_longer_run_of_the_same_shape_wants_a_lower_rate_by_the_root(times: float, factor: float) -> None:
    shorter, longer = (best(trapezoid(int(n), 0.2))[0] for n in (T, T * times))
    assert longer / shorter == pytest.approx(factor, abs=1.1e-3)
    assert longer / shorter == pytest.approx(times**-0.5, rel=2e-3)


def test_transfers_are_those_that_were_trained() -> None:
    """The longer cooldown (.6) and the factors (.525, .375) of the published runs of 50,000 steps."""
    assert same_rate_cooldown(50_000, 100_000, 0.2) == pytest.approx(0.6, abs=0.04)
    assert two_stage_factor(50_000, 100_000, 0.2) == pytest.approx(0.525, abs=0.01)
    assert two_stage_factor(50_000, 200_000, 0.2) == pytest.approx(0.375, abs=0.01)


def theorem(steps: int, start: int) -> float:
    """What the bound of a cooldown from a step on is at most, D = G = 1 (Schaipp et al. 2025)."""

    def H(n: int) -> float:
        return float((1.0 / np.arange(1, n + 1)).sum())

    T, T0 = steps, start
    inner = 2 / 3 + (T + 2 * T0) / (3 * (T + T0)) + H(T + T0 - 2) - H(T - T0 + 1)
    inner -= (T - T0) * (T0 - 1) / (3 * (T - T0 + 2) * (T + T0))
    inner += 1 / (T - T0) ** 2 + H(T - T0 - 1) / (T - T0 + 1)
    return float(np.sqrt(4 / (T + T0) * inner))


@pytest.mark.parametrize("steps", [400, T])
@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8, 0.95])
def test_a_cooldowns_bound_is_below_the_theorem(steps: int, share: float) -> None:
    own = best(trapezoid(steps, share))[1]
    assert own <= theorem(steps, round(steps * (1 - share))) <= 1.3 * own


def test_the_least_bound_is_of_a_linear_decay_and_no_schedule_is_below() -> None:
    steps, rng = 300, np.random.default_rng(0)
    rate = optimum(np.ones(steps))
    linear = 1 - np.arange(steps) / steps
    assert best(rate)[0] == pytest.approx(1.0, rel=1e-6)
    assert rate / rate.max() == pytest.approx(linear, abs=0.03)
    assert best(rate)[1] < best(linear)[1] < 1.006 * best(rate)[1]
    for _ in range(50):
        assert best(rate * np.exp(0.1 * rng.normal(size=steps)))[1] > best(rate)[1]


def test_falling_norms_want_a_warmup() -> None:
    """From 15 to 1 over the first tenth: low until the drop is over, as the closed form has it."""
    steps = np.arange(300)
    rate = optimum(np.where(steps < 30, 15 - 14 * steps / 30, 1.0))
    assert int(np.argmax(rate)) == 30 and rate[0] / rate.max() == pytest.approx(0.0045, abs=2e-4)


@control("least_bound")
def test_no_least_bound_of_norms_that_are_not_positive() -> None:
    with pytest.raises(BadInput, match="positive"):
        optimum([1.0, 0.0])


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
