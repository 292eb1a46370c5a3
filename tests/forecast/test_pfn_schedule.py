"""`pfn_schedule` and the prior it was fitted to: known answers and controls."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import LEVELS, Curve, Forecast, Schedule
from forerun.forecast import pfn_schedule
from forerun.forecast.forecaster import Request
from forerun.forecast.pfn_schedule import PFN_SCHEDULE
from forerun.forecast.prior_fitted import tokens
from forerun.forecast.prior_fitted.tokens import Rates
from forerun.schedules.path import RatePath
from forerun.stats import scores
from forerun.stats.zscale import zscale
from forerun.synthetic import annealed
from forerun.training.prior import dynamics, lessons, observe, shapes
from forerun.training.prior.curves import SHARES, Curves, curves
from forerun.training.prior.schedules import GRID, random_rates
from tests.cards import control, known_answer

FREE = "objective"
"""A metric without bounds: curves of the prior lie anywhere, and a loss that was positive stays so."""


def steps(n: int) -> np.ndarray:
    return np.arange(1.0, n + 1)


def tell(curve: Curve, at: float, plan: Schedule | None = None) -> Forecast:
    (answer,) = PFN_SCHEDULE.predict(PFN_SCHEDULE.default(), [curve], [[at]], schedule=[plan])
    assert isinstance(answer, Forecast), answer
    return answer


def cooled(cool: float | None, n: int = 200, seed: int = 0) -> tuple[Curve, Schedule]:
    """A power law of the area under a rate that falls in a straight line from a share of the run on, less its drop."""
    share = None if cool is None else 1.0 - cool
    known = annealed(n, np.random.default_rng(seed), cooldown=share, metric=FREE)
    assert known.schedule is not None
    return known.curve, known.schedule


def first(curve: Curve, n: int) -> Curve:
    return Curve(curve.x[:n], curve.y[:n], metric=curve.metric)


def about_to_cool(n: int) -> tuple[Curves, np.ndarray, np.ndarray]:
    """Multi-power curves of the prior cooled down from 70% on and logged up to 67%, their times and values."""
    rng = np.random.default_rng(1)
    rate = np.minimum(1.0, (1.0 - GRID) / 0.3)[None].repeat(n, axis=0)
    made = Curves(dynamics.multi_power(rate, rng), rate, np.ones(n, bool))
    t = np.append(0.67 * steps(100) / 100, 1.0)[None].repeat(n, axis=0)
    return made, t, observe.logged(observe.on_grid(made.y, t), t, 100, rng)


@known_answer("pfn_schedule")
def test_runs_about_to_cool_down_are_forecast_to_drop() -> None:
    """The control: told a constant rate, the same runs end where they were not forecast to, mostly too low.

    At 80%, fewer than 70% of 150 inside would be an accident of chance 0.002 if calibrated.
    """
    made, t, y = about_to_cool(150)
    level = Schedule("path", {"x": [0.0], "value": [1.0]})
    lower: list[bool] = []
    held: dict[str, list[bool]] = {"told": [], "level": []}
    for at, value in zip(t, y, strict=True):
        seen = Curve(at[:100], value[:100], metric=FREE)
        down, flat = tell(seen, 1.0, Schedule("path", {"x": GRID, "value": made.rate[0]})), tell(seen, 1.0, level)
        lower.append(down.median < flat.median)
        held["told"].append(down.low <= value[100] <= down.high)
        held["level"].append(flat.low <= value[100] <= flat.high)
    assert np.mean(lower) > 0.65
    assert np.mean(held["told"]) > 0.7
    assert np.mean(held["level"]) < 0.6


def test_a_drop_larger_than_most_lies_within_the_interval() -> None:
    """The control: told a constant rate it lies outside."""
    curve, plan = cooled(0.7)
    seen, end = first(curve, 135), float(curve.x[-1])
    down, flat = tell(seen, end, plan), tell(seen, end, Schedule("path", {"x": [0.0, 1e6], "value": [3e-4, 3e-4]}))
    assert down.low < flat.low - 0.05
    assert down.quantile(0.05) <= curve.y[-1] <= down.high
    assert curve.y[-1] < flat.quantile(0.05)


def test_not_told_the_schedule_the_interval_is_wider() -> None:
    curve, plan = cooled(0.7)
    level = Schedule("path", {"x": [0.0, 1e6], "value": [3e-4, 3e-4]})
    seen, end = first(curve, 135), float(curve.x[-1])
    blind, flat = tell(seen, end), tell(seen, end, level)
    assert blind.high - blind.low > flat.high - flat.low
    assert tell(seen, end, Schedule("path", {"x": [0.0], "value": [0.0]})) == blind  # a rate of zero tells nothing
    assert tell(seen, end, plan) != blind


def test_a_flat_noisy_curve_is_forecast_as_flat() -> None:
    """40 outcomes at 80%: fewer than 26 would be an accident of chance 0.02 if just calibrated; the seed is fixed."""
    rng, inside = np.random.default_rng(1), 0
    for _ in range(40):
        y = 0.7 + 0.01 * rng.normal(size=101)
        answer = tell(Curve(steps(100), y[:100], metric="val/loss"), 130.0)
        assert abs(answer.median - 0.7) < 0.02
        inside += answer.low <= y[100] <= answer.high
    assert inside >= 26


def test_a_power_law_is_continued() -> None:
    y = 1.0 + steps(100) ** -0.5
    answer = tell(Curve(steps(100), y, metric=FREE), 300.0)
    end = 1.0 + 300**-0.5
    assert answer.median == pytest.approx(end, abs=0.35 * (y[-1] - end))
    assert answer.low <= end <= answer.high


def on_prior(shuffle: bool, n: int = 300) -> tuple[float, float]:
    """Mean CRPS in z and what the 80% intervals hold, on fresh curves of the prior, 40 points seen and no schedule."""
    rng = np.random.default_rng(11)
    made = curves(n, rng)
    t = observe.times(n, 40, 1, rng)
    y = observe.logged(observe.on_grid(made.y, t), t, 40, rng)
    found: list[tuple[float, bool]] = []
    for at, value in zip(t, y, strict=True):
        seen = np.random.default_rng(0).permutation(value[:40]) if shuffle else value[:40]
        answer, scale = tell(Curve(at[:40], seen, metric=FREE), float(at[40])), zscale(value[:40])
        z = scores.at_levels(LEVELS, scale.to_z(answer.quantiles), np.array([0.1, 0.3, 0.5, 0.7, 0.9]))[0]
        outcome = float(scale.to_z(value[40]))
        found.append((float(scores.crps(np.array([0.1, 0.3, 0.5, 0.7, 0.9]), z, outcome)), z[0] <= outcome <= z[-1]))
    crps, held = zip(*found, strict=True)
    return float(np.mean(crps)), float(np.mean(held))


@control("pfn_schedule")
def test_on_its_prior_it_is_calibrated_and_worse_with_the_order_shuffled() -> None:
    """80% of 300: outside [0.73, 0.87] by accident with chance below 0.005."""
    right, held = on_prior(shuffle=False)
    wrong, _ = on_prior(shuffle=True)
    assert 0.73 <= held <= 0.87
    assert wrong > 1.25 * right


@pytest.mark.parametrize("seen", [5, 30, 300])
def test_a_curve_is_told_as_the_prior_told_it(seen: int) -> None:
    """What is computed of one logged curve is what the network was trained on, up to how finely rates are read."""
    rng = np.random.default_rng(3)
    made = curves(12, rng)
    t = observe.times(12, seen, lessons.ASKED, rng)
    y = observe.logged(observe.on_grid(made.y, t), t, seen, rng)
    told = lessons.lessons_of(made, t, y, seen, np.ones(12, bool))
    fine = np.unique(np.concatenate([GRID, np.linspace(0, 1, 20_001)]))
    for i in range(12):
        plan = Schedule("path", {"x": fine, "value": np.interp(fine, GRID, made.rate[i])})
        curve, scale = Curve(t[i, :seen], y[i, :seen], metric=FREE), zscale(y[i, :seen])
        u = np.clip((scale.center - y[i, :seen]) / scale.scale, -1e6, 1e6)[None]
        token, query = pfn_schedule.inputs(Request(curve.x, curve.y, t[i, seen:], curve, plan), u)
        assert np.allclose(token[0], told.tokens[i], atol=0.06)
        assert np.allclose(query[0], told.queries[i], atol=0.06)
        assert np.allclose(scale.to_z(y[i, seen:]).clip(-8, 8), -told.z[i], atol=1e-4)


@pytest.mark.parametrize("n", [4, 24, 25, 100, 999, 10**6])
def test_bins_are_few_begin_at_the_start_and_end_with_the_last_point_alone(n: int) -> None:
    cut = tokens.bins(n)
    assert cut[0] == 0
    assert cut[-1] == n - 1
    assert (np.diff(cut) > 0).all()
    assert cut.size <= tokens.MOST
    assert cut.size == n if n <= 24 else cut.size < n


def test_an_unknown_schedule_says_nothing() -> None:
    curve, _ = cooled(None, n=30)
    seen = Request(curve.x, curve.y, np.array([5000.0]), curve)
    token, _ = pfn_schedule.inputs(seen, np.linspace(-1, 1, 30)[None])
    assert (token[..., -4:] == 0).all()
    assert (tokens.of_tokens(Rates.unknown(2, 5, 1)) == 0).all()


def test_points_asked_do_not_see_one_another() -> None:
    curve, plan = cooled(0.7)
    seen = first(curve, 100)
    (fan,) = PFN_SCHEDULE.predict(PFN_SCHEDULE.default(), [seen], [[12_000.0, 15_000.0, 20_000.0]], schedule=[plan])
    (pair,) = PFN_SCHEDULE.predict(PFN_SCHEDULE.default(), [seen], [[15_000.0, 20_000.0]], schedule=[plan])
    assert isinstance(fan, Forecast)
    assert isinstance(pair, Forecast)
    assert np.allclose(fan.quantiles[1:], pair.quantiles, rtol=1e-5)


def test_the_area_under_a_rate_is_followed() -> None:
    plan = Schedule("linear", {"peak": 1.0, "steps": 10.0})
    path = RatePath.of(plan, [5.0, 10.0])
    assert path.known
    assert path.area_at([5.0, 10.0]) == pytest.approx([3.75, 5.0], abs=1e-3)
    assert not RatePath.of(Schedule("path", {"x": [0.0], "value": [-1.0]}), [1.0]).known


def test_quadratic_dynamics_know_their_laws() -> None:
    """The same quadratics under three rates: cooled down they end lower, without a rate they stay where they began."""
    level = np.ones((400, GRID.size))
    down = np.minimum(1.0, (1.0 - GRID) / 0.2)[None].repeat(400, axis=0)
    flat, cool, none = (dynamics.noisy_quadratic(r, np.random.default_rng(0)) for r in (level, down, 0.0 * level))
    assert (none[:, -1] == none[:, 0]).all()
    assert np.median(cool[:, -1] / flat[:, -1]) < 1.0
    assert 0.005 < (flat[:, -1] > 10 * flat[:, 0]).mean() < 0.06  # rates beyond the edge of stability diverge


def test_the_multi_power_mixture_is_the_power_it_stands_for() -> None:
    """Six exponentials against 1 - (1 + C x)^-β after one drop of the rate to a half."""
    rate = np.where(GRID > 0.5, 0.5, 1.0)[None]
    given = dynamics._given(rate, dynamics.areas(rate), np.random.default_rng(4))[0]
    rng = np.random.default_rng(4)
    power, quick = rng.uniform(0.3, 1.0, 1), np.exp(rng.uniform(np.log(3.0), np.log(1e3), 1))
    since = np.maximum(dynamics.areas(rate)[0] - dynamics.areas(rate)[0][np.searchsorted(GRID, 0.5, side="right")], 0.0)
    exact = 0.5 * (1.0 - (1.0 + quick * since) ** -power)
    assert np.abs(given - exact)[GRID > 0.52].max() < 0.06
    assert (given[GRID < 0.5] == 0.0).all()


def test_kinds_of_the_prior_do_what_they_are_called() -> None:
    rng = np.random.default_rng(5)
    falls, turned = shapes.families(300, rng), shapes.turns(300, rng)
    assert (falls[:, -1] <= falls.min(axis=1) + 1e-6).mean() > 0.95
    assert (turned[:, -1] > turned.min(axis=1) + 1e-3).mean() > 0.6
    assert sum(SHARES.values()) == pytest.approx(1.0)
    assert (random_rates(500, rng)[:, -1] < 0.5).mean() > 0.4  # as often as not a run ends cooled down


def test_noise_has_the_size_and_memory_that_it_is_given() -> None:
    rng = np.random.default_rng(6)
    t = np.linspace(0.001, 1.0, 200)[None].repeat(400, axis=0)
    noise = observe._following(t, np.full((400, 1), 0.005), rng)
    assert noise.var() == pytest.approx(1.0, abs=0.15)
    follow = (noise[:, 1:] * noise[:, :-1]).mean(axis=1) / noise.var(axis=1)
    assert 0.35 < (np.abs(follow) < 0.25).mean() < 0.7
    assert (follow > 0.6).mean() > 0.2


def test_the_same_seed_invents_the_same_lessons_and_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    from forerun.training import pfn_schedule as training

    monkeypatch.setattr(training, "POOL", 2)
    one, two = (training.Pool(np.random.default_rng(7)).batch() for _ in range(2))
    assert (one.tokens == two.tokens).all()
    assert (one.z == two.z).all()
    (a, borders), (b, _) = (training.train(40, 3, stop=2) for _ in range(2))
    assert all((a[name] == b[name]).all() for name in a)
    assert (np.diff(borders) >= training.NARROWEST - 1e-12).all()


def test_lessons_do_not_look_ahead() -> None:
    """What is told of a curve is the same whatever comes after the origin."""
    rng = np.random.default_rng(8)
    made = curves(6, rng)
    t = observe.times(6, 20, lessons.ASKED, rng)
    y = observe.logged(observe.on_grid(made.y, t), t, 20, rng)
    other = np.where(np.arange(y.shape[1]) < 20, y, 99.0)
    one, two = (lessons.lessons_of(made, t, v, 20, made.known) for v in (y, other))
    assert (one.tokens == two.tokens).all()
    assert (one.queries == two.queries).all()
    assert (one.z != two.z).any()
