"""`auto`, `learned`, `schedule_law`, `pfn` and others: known answers and controls, as their cards state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun.api import pasts_of, read
from forerun.core import Curve, Forecast, Schedule, Undecided
from forerun.evaluate.forecasts.backtest import cases_of
from forerun.forecast import learned, mcmc, pfn, sequential
from forerun.forecast.auto import AUTO
from forerun.forecast.exponential import EXPONENTIAL
from forerun.forecast.forecaster import Forecaster, Sibling
from forerun.forecast.gp import GP
from forerun.forecast.learned import LEARNED
from forerun.forecast.mcmc import MCMC
from forerun.forecast.nets.cases import Cases, Glimpse, bent
from forerun.forecast.nets.features import COUNT, Shown, describe, group
from forerun.forecast.nets.invented import invented
from forerun.forecast.nets.quantile_net import packed, unpacked
from forerun.forecast.parametric import PARAMETRIC
from forerun.forecast.pfn_schedule import PFN_SCHEDULE
from forerun.forecast.schedule_law import SCHEDULE_LAW
from forerun.forecast.sequential import SEQUENTIAL
from forerun.forecast.siblings import SIBLINGS
from forerun.schedules import value
from forerun.stats.zscale import zscale
from tests.cards import control, known_answer


def steps(n: int) -> np.ndarray:
    return np.arange(1.0, n + 1)


def tell(member: Forecaster, curve: Curve, at: float, plan: Schedule | None = None, state: Any = None) -> Forecast:
    (answer,) = member.predict(state or member.default(), [curve], [[at]], schedule=[plan])
    assert isinstance(answer, Forecast), answer
    return answer


def cooled(n: int, cool: float | None, seed: int = 0) -> tuple[Curve, Schedule]:
    """A loss by the multi-power law, at a constant rate or cooled down linearly from a share of the run on."""
    x = 100.0 * steps(n)
    rate = np.ones(n) if cool is None else np.minimum(1.0, (1.0 - steps(n) / n) / (1.0 - cool))
    rate = 3e-4 * np.maximum(rate, 0.0)
    area = np.cumsum(rate) * 100.0
    drop = np.zeros(n)
    for k in range(1, n):
        since = np.maximum(area - area[k - 1], 0.0)
        drop += (rate[k - 1] - rate[k]) * (1.0 - (1.0 + 2.0 * max(rate[k], 1e-9) ** -0.64 * since) ** -0.6)
    y = 2.7 + 0.6 * (area + 0.05) ** -0.45 - 400.0 * drop + 0.002 * np.random.default_rng(seed).normal(size=n)
    return Curve(x, y, metric="train/loss"), Schedule("path", {"x": x, "value": rate})


def first(curve: Curve, n: int) -> Curve:
    return Curve(curve.x[:n], curve.y[:n], metric=curve.metric, direction=curve.direction)


@known_answer("forecaster/auto")
@control("schedule_law")
@pytest.mark.parametrize("member", [AUTO, LEARNED, SCHEDULE_LAW])
def test_a_cooldown_to_come_is_forecast_to_drop(member: Forecaster) -> None:
    curve, plan = cooled(120, 0.7)
    level = Schedule("path", {"x": [0.0, 1e6], "value": [3e-4, 3e-4]})
    seen, end = first(curve, 80), float(curve.x[-1])
    down, flat = tell(member, seen, end, plan), tell(member, seen, end, level)
    assert down.median < flat.median - 0.02
    assert down.low <= curve.y[-1] <= down.high
    assert curve.y[-1] < flat.low  # the control: told a constant rate, the run is missed


@pytest.mark.parametrize("source", ["lr_scheduling", "olmo_ladder"])
def test_recorded_runs_about_to_cool_down(source: str, shared: Path) -> None:
    """Told the schedule they are forecast to drop; not told it, the interval is wider and still holds them."""
    asked = [
        (case.shown, case.at, case.past.schedule, case.y)
        for run in read(shared / source)
        for past in pasts_of(run)
        if past.schedule is not None and past.curve.direction == "min" and len(past.curve) >= 40
        for case in cases_of(past)
        if about_to_cool(past.schedule, case.shown, case.at)
    ][:300]
    curves, at, plans, y = zip(*asked, strict=True)
    points = [[x] for x in at]
    aware = [f for f in AUTO.predict(AUTO.default(), curves, points, schedule=plans) if isinstance(f, Forecast)]
    blind = [f for f in AUTO.predict(AUTO.default(), curves, points) if isinstance(f, Forecast)]
    assert len(aware) == len(blind) == len(y)
    assert np.mean([f.median < c.y[-1] for f, c in zip(aware, curves, strict=True)]) > 0.9
    wider = [b.high - b.low > a.high - a.low for a, b in zip(aware, blind, strict=True)]
    assert np.mean(wider) > 0.5
    assert np.mean([f.low <= end <= f.high for f, end in zip(blind, y, strict=True)]) > 0.7


def about_to_cool(plan: Schedule, seen: Curve, at: float) -> bool:
    now, end, *past = value(plan, np.array([seen.x[-1], at, *seen.x]))
    return bool(np.isfinite([now, end]).all() and now > 0.8 * np.nanmax(past) and end < 0.5 * now)


@known_answer("schedule_law")
def test_schedule_law_continues_its_own_law() -> None:
    curve, plan = cooled(200, 0.8)
    known = {"C": 2.0, "beta": 0.6, "gamma": 0.64, "B": 0.12 / 3.0, "B_sd": 0.002}
    answer = tell(SCHEDULE_LAW, first(curve, 150), float(curve.x[-1]), plan, state=known)
    assert answer.median == pytest.approx(curve.y[-1], abs=0.006)


@known_answer("learned")
@pytest.mark.parametrize("member", [AUTO, LEARNED])
def test_a_flat_noisy_curve_is_forecast_as_flat(member: Forecaster) -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(40):
        y = 0.7 + 0.01 * rng.normal(size=101)
        answer = tell(member, Curve(steps(100), y[:100], metric="val/loss"), 200.0)
        assert abs(answer.median - 0.7) < 0.02
        inside += answer.low <= y[100] <= answer.high
    assert inside >= 26  # of 40 at 80%: fewer by accident with chance 0.02 if just calibrated; the seed is fixed


@control("forecaster/auto", "learned")
@pytest.mark.parametrize("member", [AUTO, LEARNED])
def test_turned_over_the_curve_is_not_forecast_to_improve(member: Forecaster) -> None:
    y = 2 + steps(60) ** -0.5
    falls = tell(member, Curve(steps(60), y, metric="loss"), 120.0)
    worsens = tell(member, Curve(steps(60), y, metric="score", direction="max"), 120.0)
    assert falls.median < y[-1]
    assert worsens.median < y[-1] + 0.2 * (y[0] - y[-1])
    assert worsens.high - worsens.low > falls.high - falls.low


def test_nets_survive_being_packed_and_learning_repeats_itself() -> None:
    curves = [Curve(steps(40), 1 + steps(40) ** -p, metric="loss") for p in (0.2, 1.5)]  # few: the least steps
    one = LEARNED.fit(curves)
    learned._LATEST.clear()  # what was learned is kept; here it is to be learned again
    two = LEARNED.fit(curves)
    assert one == two
    nets = unpacked(one["nets"])
    assert packed(nets) == one["nets"]
    rows = Cases.of(invented(np.random.default_rng(0), 50)).features
    for net in nets:
        assert (np.diff(net(rows.astype(float)), axis=1) >= 0).all()


def test_cases_described_together_are_those_described_one_by_one() -> None:
    rng = np.random.default_rng(0)
    curves = [Curve(steps(n), 1 + steps(n) ** -0.5, metric="loss") for n in (4, 12, 60)]  # the first is too short
    plan = Schedule("path", {"x": steps(60), "value": np.linspace(1e-3, 0, 60)})
    groups = [bent(curve, plan, rng, 9) for curve in curves] + [list(invented(rng, 9))]
    together = Cases.of_each(groups)
    assert [one.outcome.size for one in together] == [0, 9, 9, 9]
    for group_of, one in zip(groups, together, strict=True):
        for case, features, outcome in zip(group_of, one.features, one.outcome, strict=True):
            own = describe(case.shown.x, case.shown.y, case.shown.sign, case.shown.at, case.shown.schedule)
            assert (features == own.features[0].astype(np.float32)).all()
            assert outcome == np.float32(case.shown.sign * own.scale.to_z(case.came))
    whole = Cases.of(case for group_of in groups for case in group_of)
    assert (whole.features == np.concatenate([one.features for one in together])).all()


def test_a_case_with_a_number_that_is_not_finite_is_left_out() -> None:
    shown = Shown(steps(5), 1 / steps(5), -1.0, np.array([9.0]), None)
    made = Cases.of([Glimpse(shown, 0.1), Glimpse(shown, np.inf), Glimpse(shown, 0.2)])
    assert made.features.shape == (2, COUNT)
    assert np.isfinite(made.outcome).all()


def test_a_case_knows_nothing_beyond_its_origin() -> None:
    """The features of a prefix are those of the prefix, whatever came after."""
    y = 2 + steps(50) ** -0.5
    other = np.where(steps(50) > 20, 99.0, y)
    a, b = (describe(steps(50)[:20], v[:20], -1.0, np.array([50.0]), None).features for v in (y, other))
    assert (a == b).all()
    assert a.shape == (1, COUNT)


def test_the_schedule_speaks_only_through_its_own_features() -> None:
    x = 100.0 * steps(40)
    plan = Schedule("path", {"x": x, "value": np.linspace(1e-3, 0, 40)})
    told, bare = (describe(x[:20], 3 - steps(20) / 20, -1.0, x[-1:], p).features[0] for p in (plan, None))
    differ = np.flatnonzero(told != bare)
    assert set(differ.tolist()) <= set(group("schedule"))
    assert told[group("schedule")[2]] == pytest.approx(0.0)  # the rate at the target, as a share of the peak


@known_answer("pfn")
@control("pfn")
def test_pfn_beats_its_control_on_its_own_prior() -> None:
    from forerun.training.pfn import prior

    y = prior(300, np.random.default_rng(5))
    net, asked = pfn.network(), np.arange(41.0, 101.0)
    shuffled = y.copy()
    np.random.default_rng(0).permuted(shuffled[:, :40], axis=1, out=shuffled[:, :40])
    right, wrong = (net(v, 40, asked).log_density(y[:, 40:]).mean() for v in (y, shuffled))
    assert right > 2.15  # the published small model has 2.28; 300 curves have a standard error of 0.05
    assert wrong < right - 0.5


def test_pfn_quantiles_are_those_of_its_bars() -> None:
    y = np.linspace(0.3, 0.7, 30)[None]
    bars = pfn.network()(y, 30, np.array([60.0]))
    one = pfn.Bars(bars.borders, bars.log_p[0])
    q = one.quantiles(np.array([0.1, 0.5, 0.9]))[0]
    grid = np.linspace(-0.5, 1.5, 40_001)
    density = np.exp(pfn.Bars(bars.borders, np.broadcast_to(bars.log_p[0], (grid.size, 512))).log_density(grid))
    cdf = np.cumsum(density) * (grid[1] - grid[0])
    assert cdf[-1] == pytest.approx(1.0, abs=0.02)
    assert np.interp(q, grid, cdf) == pytest.approx([0.1, 0.5, 0.9], abs=0.02)


@known_answer("forecaster/exponential")
@control("forecaster/exponential")
def test_exponential_continues_an_exponential_and_levels_off_on_a_power_law() -> None:
    y = 1 + 2 * np.exp(-steps(80) / 30)
    end = 1 + 2 * np.exp(-200 / 30)
    assert tell(EXPONENTIAL, Curve(steps(80), y, metric="loss"), 200.0).median == pytest.approx(
        end, abs=1e-4 * np.ptp(y)
    )
    law = 1 + 2 * steps(80) ** -0.4
    assert tell(EXPONENTIAL, Curve(steps(80), law, metric="loss"), 2000.0).median > 1 + 2 * 2000**-0.4 + 0.1


def test_exponential_drops_early_outliers() -> None:
    y = 1 + 2 * np.exp(-steps(120) / 30)
    y[[5, 12, 20]] += 3.0
    assert tell(EXPONENTIAL, Curve(steps(120), y, metric="loss"), 300.0).median == pytest.approx(1.0, abs=0.03)


@known_answer("sequential")
@control("sequential")
def test_sequential_settles_on_a_power_law_and_not_on_a_walk() -> None:
    n = 100.0 * 2 ** np.arange(10)
    answer = tell(SEQUENTIAL, Curve(n, 0.9 - 2 * n**-0.5, metric="accuracy", direction="max"), 2 * n[-1])
    assert answer.median == pytest.approx(0.9 - 2 * (2 * n[-1]) ** -0.5, abs=5e-4)
    assert answer.events["remaining_gain"] == pytest.approx(2 * n[-1] ** -0.5, rel=0.02)
    rng = np.random.default_rng(3)
    spoken = 0
    for _ in range(30):
        walk = Curve(n, np.cumsum(rng.normal(size=10)), metric="score", direction="max")
        (found,) = SEQUENTIAL.predict({}, [walk], [[2 * n[-1]]])
        spoken += isinstance(found, Forecast)
    assert spoken <= 9  # three in ten


def test_sequential_is_anchored_against_an_outlier() -> None:
    n = 100.0 * 2 ** np.arange(12)
    y = 0.9 - 2 * n**-0.5
    y[9] -= 0.1
    found = sequential.trace(n, y, legal=(0, 1))
    assert found.asymptote[-1] == pytest.approx(0.9, abs=0.01)


@known_answer("gp")
@control("gp")
def test_gp_continues_a_decay() -> None:
    y = 1 + 2 * np.exp(-steps(60) / 20)
    left = y[-1] - 1
    answer = tell(GP, Curve(steps(60), y, metric="loss"), 120.0)
    assert answer.median == pytest.approx(1 + 2 * np.exp(-6), abs=0.2 * left)
    rises = np.concatenate([y, y[-1] + 0.5 * np.arange(1, 31) / 30])
    assert rises[-1] > tell(GP, Curve(steps(60), y, metric="loss"), 90.0).high


@known_answer("siblings")
@control("siblings")
def test_siblings_know_what_a_sweep_does() -> None:
    def run(size: float) -> Curve:
        return Curve(steps(100), size * np.where(steps(100) < 60, 1.0, 0.5) + 1e-3 * steps(100) ** -1, metric="loss")

    rising = Curve(steps(100), 5.0 + steps(100) / 50, metric="loss")

    def beside(*curves: Curve) -> Forecast | Undecided:
        siblings = [[Sibling(str(i), curve) for i, curve in enumerate(curves)]]
        return SIBLINGS.predict(SIBLINGS.default(), [seen], [[100.0]], siblings=siblings)[0]

    seen = first(run(1.0), 50)
    like, other = beside(*map(run, np.linspace(0.9, 1.1, 12))), beside(*[rising] * 6)
    assert isinstance(like, Forecast)
    assert like.median == pytest.approx(0.5, abs=0.07)
    assert isinstance(beside(), Undecided)
    assert isinstance(other, Forecast)
    assert abs(other.median - 0.5) > abs(seen.y[-1] - 0.5)  # worse than the last value


@known_answer("mcmc")
@control("mcmc")
def test_mcmc_holds_a_noisy_power_law_and_misses_a_turn() -> None:
    rng = np.random.default_rng(0)
    y = 1 + 2 * steps(30) ** -0.6 + 0.01 * rng.normal(size=30)
    answer = tell(MCMC, Curve(steps(30), y, metric="loss"), 100.0, state=mcmc.mcmc(steps=800, burn_in=300).default())
    assert answer.low <= 1 + 2 * 100**-0.6 <= answer.high
    assert y[-1] + 0.5 > answer.high


def test_parametric_learns_which_shapes_end_runs() -> None:
    rng = np.random.default_rng(2)
    powers = [
        Curve(steps(80), 1 + steps(80) ** -rng.uniform(0.2, 0.5) + 1e-3 * rng.normal(size=80), metric="loss")
        for _ in range(20)
    ]
    flats = [Curve(steps(80), 1 + 1e-3 * rng.normal(size=80), metric="loss") for _ in range(20)]

    def constant(curves: list[Curve]) -> float:
        return sum(PARAMETRIC.fit(curves)["families"]["constant"]["prior"])

    assert constant(flats) > 3 * constant(powers)


def hostile() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    t = steps(200)
    saw = 1 + 0.3 * ((t % 20) / 20) + t**-0.5
    spiky = 2 + t**-0.5
    spiky[[50, 51, 120]] = 1e4
    return {
        "constant": (t, np.full(200, 3.0)),
        "two values": (t, np.where(rng.random(200) < 0.5, 0.0, 1.0)),
        "to 1e17": (t, np.geomspace(1, 1e17, 200)),
        "spikes": (t, spiky),
        "sawtooth": (t, saw),
        "grokking": (t, np.where(t < 150, 4.0, 0.1) + 0.01 * rng.normal(size=200)),
        "double descent": (t, 1 + 1 / t + np.exp(-(((t - 80) / 20) ** 2))),
        "8 points": (steps(8), 2 + steps(8) ** -0.5),
        "a million points": (steps(10**6), 2 + steps(10**6) ** -0.3 + 0.1 * rng.normal(size=10**6)),
        "seconds": (1.7e9 + np.cumsum(rng.exponential(7.0, 200)), 2 + t**-0.5),
        "NaN inside": (t, np.where(t % 9 == 0, np.nan, 2 + t**-0.5)),
        "x from zero": (t - 1, 2 + t**-0.5),
        "negative": (t, -np.sqrt(t)),
        "tiny": (t, 1e-300 * t**-0.5),
    }


@pytest.mark.parametrize("member", [AUTO, PFN_SCHEDULE])
@pytest.mark.parametrize("name", hostile())
@pytest.mark.usefixtures("no_hang")
def test_hostile_curves_get_a_sane_fan(name: str, member: Forecaster) -> None:
    x, y = hostile()[name]
    end = x[-1] + 0.5 * (x[-1] - x[0])
    at = np.linspace(x[-1], end, 6)[1:]
    (answer,) = member.predict(member.default(), [Curve(x, y, metric="loss")], [at])
    assert isinstance(answer, Forecast)  # the noun itself refuses infinite and crossed quantiles
    finite = y[np.isfinite(y)]
    scale = zscale(finite)
    assert np.abs(scale.to_z(answer.quantiles[:, [3, 14, 25]])).max() < 9


def test_a_nan_tail_is_undecided() -> None:
    curve = Curve(steps(50), [*(2 + steps(45) ** -0.5), *[np.nan] * 5], metric="loss")
    (answer,) = AUTO.predict(AUTO.default(), [curve], [[80.0]])
    assert isinstance(answer, Undecided)
    assert "nan" in answer.why


def test_a_batch_gives_what_each_alone_gives() -> None:
    rng = np.random.default_rng(0)
    curves = [Curve(steps(n), 2 + steps(n) ** -0.5 + 0.01 * rng.normal(size=n), metric="loss") for n in range(3, 60)]
    at = [[2.0 * len(c), 3.0 * len(c)] for c in curves]
    batch = AUTO.predict(AUTO.default(), curves, at)
    for curve, asked, one in zip(curves, at, batch, strict=True):
        (alone,) = AUTO.predict(AUTO.default(), [curve], [asked])
        assert type(alone) is type(one)
        if isinstance(one, Forecast):
            assert np.allclose(one.quantiles, alone.quantiles, rtol=1e-5)


def test_schedule_law_learns_from_what_it_can_and_not_from_a_rate_of_zero() -> None:
    pairs = [cooled(120, cool, seed) for seed, cool in enumerate((0.5, 0.6, 0.7, 0.8))]
    dead = Curve(100.0 * steps(60), 3 - steps(60) / 100, metric="loss")
    none = Schedule("path", {"x": [0.0, 1e3, 2e3], "value": [0.0, 1e-3, 0.0]})
    curves, plans = [*(c for c, _ in pairs), dead], [*(p for _, p in pairs), none]
    state = SCHEDULE_LAW.fit(curves, schedule=plans)
    assert 0.02 < state["B"] < 0.2  # 0.041 is true; four curves whose own floor is unknown tell no more
    assert SCHEDULE_LAW.fit([dead] * 3, schedule=[None] * 3) == SCHEDULE_LAW.default()
