"""Schedules designed against a law: slopes, the optimum, what it keeps to, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun import api
from forerun.core import BadInput, Range, Schedule, Table, Undecided
from forerun.laws import LAWS
from forerun.laws.design import ALTERNATIVES, DESIGNED, Constraints, Design, design, optimum, weigh
from forerun.laws.design.nodes import ending_of
from forerun.laws.design.weighing import behind, ending
from forerun.laws.fitter import Fit, fit
from forerun.laws.path.base import by_rate
from forerun.laws.path.base import ending as last_point
from forerun.laws.path.multi_power import loss_drop
from tests.laws.paths_made import made_by

PARAMS = {
    "multi_power": [2.7, 0.6, 0.45, 300.0, 0.5, 0.4, 0.6],
    "functional_scaling": [2.7, 0.6, 0.45, 300.0, 5.0, 0.5],
    "lr_annealing": [2.7, 0.6, 0.45, 0.3, 0.003],
}
PEAK, STEPS, WARMUP = 1e-3, 10_000, 200
WITHIN = Constraints(steps=STEPS, peak=PEAK, warmup=WARMUP)


@pytest.fixture(scope="module")
def made() -> Fit:
    """The multi-power law, fitted to a constant rate and a cooldown that it made."""
    fitted = fit("multi_power", made_by("multi_power", PARAMS["multi_power"], "constant", "cooldown", noise=1e-3))
    assert isinstance(fitted, Fit)
    return fitted


def every_step(params: list[float], rate: np.ndarray, warmup: int) -> float:
    """The multi-power law at the end, summed over every single step."""
    L0, A, alpha, B, C, beta, gamma = params
    area = np.cumsum(rate[::-1])[::-1]
    later = np.arange(warmup + 1, rate.size)
    to = np.maximum(rate[later], 1e-4 * rate.max())
    dropped = loss_drop(C, beta, gamma, area[later][None], to, rate[later - 1] - rate[later])
    return L0 + A * area[0] ** -alpha - B * float(dropped[0])


@pytest.mark.parametrize("law", PARAMS)
def test_slopes_by_the_rates_are_those_of_the_loss(law: str) -> None:
    x = np.concatenate([[0.0, 200.0], np.linspace(300.0, 10_000.0, 60)])
    rate = PEAK * np.concatenate([[0.0, 1.0], np.linspace(0.99, 0.01, 60) ** 1.5])  # falls at once: no kink at 200
    formula, params = LAWS.load(law), np.array(PARAMS[law])
    slopes = formula.slopes(params, last_point(x, rate))
    assert slopes.y == pytest.approx(formula.predict(params, last_point(x, rate))[0][0], rel=1e-12)
    own = by_rate(x, rate, slopes)
    for i in (1, 2, 30, 60, 61):
        step = 1e-9 * np.eye(x.size)[i]
        up, down = (formula.slopes(params, last_point(x, rate + s * step)).y for s in (1, -1))
        assert own[i] == pytest.approx((up - down) / 2e-9, rel=1e-4), i


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("wsd", {"cooldown": 2_000}),
        ("wsd", {"cooldown": 2_000, "shape": "1-sqrt"}),
        ("cosine", {"final": 0.1}),
        ("linear", {}),
    ],
)
def test_a_schedules_loss_is_the_sum_over_every_step(name: str, params: dict[str, Any]) -> None:
    plan = Schedule(name, {"peak": PEAK, "steps": STEPS, "warmup": WARMUP} | params)
    exact = every_step(PARAMS["multi_power"], plan.lr(np.arange(1, STEPS + 1)), WARMUP)
    few = LAWS.load("multi_power").predict(np.array(PARAMS["multi_power"]), ending_of(plan))[0][0]
    assert few == pytest.approx(exact, abs=1e-4)


def test_a_sudden_fall_is_one(made: Fit) -> None:
    plan = Schedule("constant", {"peak": PEAK, "steps": 6_000}).then(
        Schedule("constant", {"peak": PEAK / 5, "steps": 4_000})
    )
    exact = every_step(PARAMS["multi_power"], plan.lr(np.arange(1, STEPS + 1)), 0)
    few = LAWS.load("multi_power").predict(np.array(PARAMS["multi_power"]), ending_of(plan))[0][0]
    assert few == pytest.approx(exact, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6), st.floats(0.3, 0.99))
def test_no_falling_schedule_ends_below_the_optimum(shares: list[float], since: float) -> None:
    """Of the very law: any fall in six straight pieces, from any place on, ends at 1e-4 below at most."""
    law = LAWS.load("multi_power")
    params = np.array(PARAMS["multi_power"])
    best = law.predict(params, ending_of(_best()))[0][0]
    x = np.concatenate([[0.0, WARMUP], np.linspace(since * STEPS, STEPS, 7)])
    rate = PEAK * np.concatenate([[0.0, 1.0, 1.0], np.cumprod(shares)])
    assert law.predict(params, ending_of(Schedule("knots", {"x": x, "value": rate})))[0][0] >= best - 1e-4


def _best() -> Schedule:
    """The optimum of the law with its own parameters."""
    if not _KEPT:
        table = made_by("multi_power", PARAMS["multi_power"], "constant", "cooldown")
        fitted = fit("multi_power", table, start=np.array(PARAMS["multi_power"]), draws=0, judge_beyond=False)
        assert isinstance(fitted, Fit)
        plan = optimum(replace(fitted, theta=_inward()), WITHIN)
        assert isinstance(plan, Schedule)
        _KEPT.append(plan)
    return _KEPT[0]


_KEPT: list[Schedule] = []


def _inward() -> np.ndarray:
    from forerun.laws.fitter.coordinates import inward

    return inward(LAWS.load("multi_power"), np.array(PARAMS["multi_power"]))


def test_more_knots_change_nothing(made: Fit) -> None:
    few, many = (optimum(made, WITHIN, knots=n) for n in (32, 96))
    assert isinstance(few, Schedule) and isinstance(many, Schedule)
    law, params = made.formula, made.sampled()[0]
    assert law.predict(params, ending_of(few))[0][0] == pytest.approx(
        law.predict(params, ending_of(many))[0][0], abs=5e-5
    )


def test_a_sudden_fall_is_used_where_it_may_be(made: Fit) -> None:
    """The law counts a fall by the rate after it, so one at once gives more than the same in many steps."""
    smooth, stepped = (optimum(made, replace(WITHIN, sudden=sudden), draws=0) for sudden in (False, True))
    assert isinstance(smooth, Schedule) and isinstance(stepped, Schedule)
    at, params = np.arange(1, STEPS + 1), list(made.params.values())
    assert every_step(params, stepped.lr(at), WARMUP) < every_step(params, smooth.lr(at), WARMUP)
    largest = [np.diff(plan.lr(at[WARMUP:])).min() for plan in (smooth, stepped)]
    assert largest[1] < 4 * largest[0] < 0


def test_where_falls_give_nothing_the_rate_never_falls(made: Fit) -> None:
    """Control: with B at its least, all that counts is the LR area."""
    least = np.where(np.array(made.formula.names) == "B", np.log(1e-3), made.theta)
    idle = replace(made, theta=least, draws=least[None])
    plan = optimum(idle, WITHIN)
    assert isinstance(plan, Schedule)
    assert plan.lr(np.linspace(WARMUP, STEPS, 50)).min() >= 0.999 * PEAK


@pytest.mark.parametrize("floor", [0.0, 0.1])
def test_it_keeps_to_peak_warmup_floor_and_steps(made: Fit, floor: float) -> None:
    plan = optimum(made, replace(WITHIN, floor=floor))
    assert isinstance(plan, Schedule)
    rate = plan.lr(np.arange(STEPS + 1))
    assert plan.end == STEPS and rate.max() == pytest.approx(PEAK)
    assert np.allclose(rate[: WARMUP + 1], PEAK * np.arange(WARMUP + 1) / WARMUP)
    assert (np.diff(rate[WARMUP:]) <= 1e-12).all()
    assert rate[-1] == pytest.approx(floor * PEAK, abs=2e-2 * PEAK) and rate[WARMUP:].min() >= floor * PEAK * (1 - 1e-9)


def test_a_resumed_run_keeps_its_past(made: Fit) -> None:
    past = Schedule("constant", {"peak": PEAK, "steps": 4_000, "warmup": WARMUP})
    designed = design(made, Constraints(steps=STEPS, peak=PEAK, past=past, since=4_000))
    assert isinstance(designed, Design)
    t = np.arange(4_001)
    for one in designed.candidates:
        assert np.allclose(one.schedule.lr(t), past.lr(t)), one.name
        assert one.schedule.end == STEPS
    whole = design(made, WITHIN)
    assert isinstance(whole, Design)
    assert designed.loss.estimate == pytest.approx(whole.loss.estimate, abs=2e-4)  # its stable phase is as long


def test_the_designed_is_best_and_the_others_stand_in_order(made: Fit) -> None:
    designed = design(made, WITHIN)
    assert isinstance(designed, Design)
    assert designed.candidates[0].name == DESIGNED and {c.name for c in designed.candidates[1:]} == set(ALTERNATIVES)
    estimates = [one.loss.estimate for one in designed.candidates if isinstance(one.loss, Range)]
    assert estimates == sorted(estimates) and len(estimates) == len(designed.candidates)
    constant = next(one for one in designed.candidates if one.name == "constant")
    assert constant.behind is not None and constant.behind.low > 0 and not constant.within_error


def test_a_gain_that_cannot_be_told_is_said_to_be_within_the_laws_error(made: Fit) -> None:
    designed = design(made, WITHIN)
    assert isinstance(designed, Design)
    close = [one.name for one in designed.candidates if one.within_error]
    assert "wsd" in close and "constant" not in close
    assert "its gain is within the law's error on " in designed.says
    assert all(f"on {name}, " in designed.says for name in close) and "on constant, " not in designed.says


def test_a_difference_is_paired(made: Fit) -> None:
    """A schedule is not behind itself, two are as far apart either way, and what both have in common cancels."""
    plans = (ALTERNATIVES["wsd"](WITHIN).with_params(cooldown=cooldown) for cooldown in (2_000, 2_200))
    wsd, other = (ending(made, plan) for plan in plans)
    assert not isinstance(wsd, Undecided) and not isinstance(other, Undecided)
    assert behind(made, wsd, wsd).estimate == 0.0
    assert behind(made, other, wsd).estimate == pytest.approx(-behind(made, wsd, other).estimate, rel=1e-3)
    exact = replace(made, misfit=0.0, noise=0.0)
    mixed = replace(other, errors=other.errors._replace(draws=np.flip(other.errors.draws, axis=0)))
    paired, unpaired = (behind(exact, replace(one, misfit=0.0), replace(wsd, misfit=0.0)) for one in (other, mixed))
    assert paired.high - paired.low < 0.3 * (unpaired.high - unpaired.low)


def test_another_peak_is_refused(made: Fit) -> None:
    answer = design(made, replace(WITHIN, peak=2 * PEAK))
    assert isinstance(answer, Undecided) and "peak rate" in answer.why


def test_no_design_from_runs_that_never_cooled_down() -> None:
    fitted = fit("multi_power", made_by("multi_power", PARAMS["multi_power"], "constant"))
    assert isinstance(fitted, Fit)
    answer = design(fitted, WITHIN)
    assert isinstance(answer, Undecided) and "never seen" in answer.why and "cools down" in answer.needs


@pytest.mark.parametrize("law", ["lr_area", "convex_bound"])
def test_no_design_by_a_law_that_does_not_tell_what_a_fall_gives(law: str) -> None:
    fitted = fit(law, made_by("multi_power", PARAMS["multi_power"], "constant", "cooldown"))
    assert isinstance(fitted, Fit)
    answer = design(fitted, WITHIN)
    assert isinstance(answer, Undecided) and "multi_power" in answer.needs


def test_no_design_by_a_law_of_sizes() -> None:
    N, D = (g.ravel() for g in np.meshgrid(np.geomspace(1e7, 1e9, 4), np.geomspace(1e9, 1e11, 4)))
    fitted = fit("chinchilla", Table({"params": N, "tokens": D, "y": 1.7 + 400 * N**-0.34 + 2000 * D**-0.36}))
    assert isinstance(fitted, Fit)
    assert isinstance(design(fitted, WITHIN), Undecided)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"steps": 0}, "steps"),
        ({"peak": -1.0}, "peak"),
        ({"floor": 1.0}, "floor"),
        ({"warmup": 20_000}, "nothing is left"),
        ({"past": Schedule("constant", {"peak": 1.0, "steps": 5}), "since": 5}, "warmup"),
    ],
)
def test_constraints_that_mean_nothing_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        replace(WITHIN, **wrong)


def test_weighing_without_a_law_gives_areas_alone() -> None:
    (one,) = weigh({"linear": Schedule("linear", {"peak": 1.0, "steps": 4})})
    assert one.area == pytest.approx(2.5) and one.loss is None and one.behind is None and not one.within_error


def test_weighing_refuses_each_by_itself(made: Fit) -> None:
    plans = {"own": ALTERNATIVES["wsd"](WITHIN), "hot": Schedule("linear", {"peak": 5 * PEAK, "steps": STEPS})}
    own, hot = weigh(plans, made)
    assert isinstance(own.loss, Range) and own.behind is None
    assert isinstance(hot.loss, Undecided) and hot.behind is None and not hot.within_error


def test_a_budget_in_tokens_is_the_same_design_over_tokens() -> None:
    table = made_by("multi_power", PARAMS["multi_power"], "constant", "cooldown")
    steps = api.design(table, steps=STEPS)
    tokens = api.design(table, tokens=STEPS * 4096, tokens_per_step=4096)
    assert isinstance(steps, Design) and isinstance(tokens, Design)
    assert tokens.schedule.axis == "tokens"
    t = np.arange(0, STEPS + 1, 100)
    assert np.allclose(tokens.schedule.lr(t * 4096), steps.schedule.lr(t), rtol=1e-9)
    (again,) = api.weigh({"plan": tokens.schedule}, table, per_step=4096)
    assert isinstance(again.loss, Range) and again.loss.estimate == pytest.approx(steps.loss.estimate, rel=1e-9)


def test_peak_and_warmup_are_the_fitted_runs_unless_said() -> None:
    table = made_by("multi_power", PARAMS["multi_power"], "constant", "cooldown")
    designed = api.design(table, steps=STEPS)
    assert isinstance(designed, Design)
    assert (designed.within.peak, designed.within.warmup) == (PEAK, WARMUP)


def test_a_run_of_the_data_is_resumed() -> None:
    table = made_by("multi_power", PARAMS["multi_power"], "constant", "cooldown")
    designed = api.design(table, steps=2 * STEPS, resume="constant", since=5_000)
    assert isinstance(designed, Design)
    assert float(designed.schedule.lr(5_000)) == pytest.approx(PEAK)
    with pytest.raises(BadInput, match="known up to step"):
        api.design(table, steps=2 * STEPS, resume="constant", since=15_000)


@pytest.mark.parametrize(
    ("budget", "why"),
    [({}, "steps or tokens"), ({"steps": 1, "tokens": 1}, "steps or tokens"), ({"tokens": 1e9}, "tokens_per_step")],
)
def test_a_budget_is_one_number(budget: dict[str, float], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        api.design(made_by("multi_power", PARAMS["multi_power"], "constant", "cooldown"), **budget)


def test_designing_on_recorded_curves(shared: Path) -> None:
    """100M: the optimum is as low as sums over every step say, and its gain on a linear cooldown cannot be told."""
    pytest.importorskip("polars")
    runs = [run for run in api.read(shared / "multipowerlaw") if run.task == "100M"]
    fitted = api.fit("multi_power", [run for run in runs if run.config["mpl_paper_role"] == "fit"])
    assert isinstance(fitted, Fit)
    published = Schedule("wsd", {"peak": 3e-4, "steps": 24_000, "warmup": 2_160, "cooldown": 4_000, "final": 0.1})
    designed = api.design(fitted, steps=24_000, beside={"wsdld": published})
    assert isinstance(designed, Design)
    assert (designed.within.peak, designed.within.warmup) == (pytest.approx(3e-4), 2_160)
    exact = every_step(list(fitted.params.values()), designed.schedule.lr(np.arange(1, 24_001)), 2_160)
    assert designed.loss.estimate == pytest.approx(exact, abs=1e-4)
    behind = {one.name: one for one in designed.candidates}
    assert behind["wsd"].within_error and behind["wsdld"].within_error
    assert not behind["cosine"].within_error and not behind["constant"].within_error
    assert "within the law's error" in designed.says and any("no fitted run's rate" in w for w in designed.warnings)
