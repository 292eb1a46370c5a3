"""Runs side by side judged as one sweep: chances, gains and costs against known answers, and what is then advised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

from forerun import api
from forerun.core import LEVELS, Array, BadInput, Budget, Curve, Decision, Forecast, Run, Table
from forerun.core.decision import Action
from forerun.core.standing import standing
from forerun.decide import Situation
from forerun.decide.auto import AUTO
from forerun.decide.policy import RunSituation
from forerun.decide.sweep import CORRELATION, contenders, funded
from forerun.stats.joint import joint_draws

STEPS = np.arange(1, 201)


def run(name: str, level: float, *, seed: int = 0, steps: int = 200, **more: object) -> Run:
    x = np.arange(1, steps + 1)
    y = level + 5 * x**-0.7 + 0.01 * np.random.default_rng(seed).normal(size=steps)
    more = {"horizon": {"step": 2.0 * steps}, **more}
    return Run(name, {"loss": Curve(x, y, metric="loss")}, "csv", **more)  # type: ignore[arg-type]


def actions(*runs: Run, **more: object) -> dict[str, Action | None]:
    answers = {one.run: one.answer for one in api.advise(runs, **more)}  # type: ignore[arg-type]
    return {name: one.action if isinstance(one, Decision) else None for name, one in answers.items()}


def situation(y: Array, median: float, sd: float, **more: object) -> RunSituation:
    """Half of a run whose end is forecast as a normal."""
    curve = Curve(np.arange(1, y.size + 1), y, metric="loss")
    quantiles = [median + sd * special.ndtri(LEVELS)]
    forecast = Forecast("loss", "step", "min", y.size, [2.0 * y.size], LEVELS, quantiles, "m", "1")
    return RunSituation(curve, forecast, (), standing=standing(curve), end=2.0 * y.size, **{"group": 0, **more})  # type: ignore[arg-type]


def test_draws_keep_each_distribution_and_have_the_correlation_asked_for() -> None:
    rows = np.stack([special.ndtri(LEVELS), 3 + 2 * special.ndtri(LEVELS)])
    for correlation in (0.0, 0.5, 1.0):
        drawn = joint_draws(LEVELS, rows, correlation=correlation, rng=np.random.default_rng(1))
        assert (
            pytest.approx(np.array([[-1.28, 0, 1.28], [0.44, 3, 5.56]]), abs=0.1)
            == np.quantile(drawn, [0.1, 0.5, 0.9], axis=1).T
        )
        assert np.corrcoef(drawn)[0, 1] == pytest.approx(correlation, abs=0.06)  # 3 sd of 2,000 draws


def test_the_chance_to_end_first_is_that_of_two_normals() -> None:
    """Φ(gap / sqrt(2 (1 - r)) sd), here of a gap of one sd; the values so far are smooth, so no noise is taken off."""
    y = np.linspace(9.0, 3.0, 100)
    told = contenders({"a": situation(y, 2.0, 0.2), "b": situation(y, 2.2, 0.2)})
    expected = stats.norm.cdf(1 / np.sqrt(2 * (1 - CORRELATION)))
    first = [one.placing.first for one in told.values() if one.placing is not None]
    assert first == pytest.approx([expected, 1 - expected], abs=0.02)
    assert [one.placing.rank for one in told.values() if one.placing is not None] == [1, 2]


def test_the_gain_of_a_run_alone_is_its_expected_improvement() -> None:
    """Mockus 1975: sd (φ(z) + z Φ(z)) for a normal z sds better than what is held."""
    told = contenders({"a": situation(np.linspace(9.0, 3.0, 100), 2.9, 0.2, group=None)})["a"]
    z = 0.5
    assert told.gain == pytest.approx(0.2 * (stats.norm.pdf(z) + z * stats.norm.cdf(z)), rel=0.02)
    assert told.placing is None
    assert (told.cost, told.unit, told.rest) == (100.0, "step", 0.5)


def test_the_noise_of_an_evaluation_is_no_gain() -> None:
    """A flat run whose forecast is as wide as its noise is expected to gain next to nothing; a smooth one is not."""
    noisy = 3.0 + 0.2 * np.random.default_rng(0).normal(size=400)
    wide = contenders({"a": situation(noisy, 3.0, 0.2, group=None)})["a"].gain
    smooth = contenders({"a": situation(np.full(400, 3.0), 3.0, 0.2, group=None)})["a"].gain
    assert wide < 0.2 * smooth == pytest.approx(0.2 * 0.2 * stats.norm.pdf(0), rel=0.05)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "names", [("a/x.csv", "a/y.csv"), ("a/lr_0.1.csv", "a/lr_0.2.csv"), ("a/1/l.csv", "a/2/l.csv")]
)
def test_of_a_run_at_one_and_a_half_and_one_at_three_not_both_go_on(names: tuple[str, str], seed: int) -> None:
    first, second = names
    said = actions(run(first, 1.5, seed=seed), run(second, 2.98, seed=seed + 10))
    assert said[first] == "continue"
    assert said[second] == ("ask" if "x" in first else "stop")  # names that differ in words may be of two things
    assert actions(run(first, 1.5), run("b/z.csv", 2.98)) == {first: "continue", "b/z.csv": "continue"}
    assert actions(run(first, 1.5), run(second, 2.98), alone=True) == {first: "continue", second: "continue"}


def test_a_rank_among_runs_of_one_folder_alone_is_said_with_its_condition() -> None:
    for names, condition in (
        (("lr_1/x.csv", "lr_2/x.csv"), ""),
        (("encoder.csv", "decoder.csv"), ", if those in its folder"),
    ):
        answer = api.advise([run(names[0], 1.5), run(names[1], 1.52, seed=1)])[0].answer
        assert isinstance(answer, Decision)
        rank = next(reason for reason in answer.reasons if reason.startswith("rank "))
        assert (condition in rank) and ("if those" in rank) == bool(condition)


def test_a_run_that_goes_on_without_an_expected_gain_says_what_for() -> None:
    steps = np.arange(1, 61)
    flat = api.advise(Curve(steps, 1.0 + 0.05 * np.sin(1.7 * steps), metric="loss"), at=75)
    falling = api.advise(run("r", 1.0).curves["loss"], at=400)
    assert isinstance(flat, Decision) and isinstance(falling, Decision)
    assert (flat.action, falling.action) == ("continue", "continue")
    assert "no gain is expected by then, nor ruled out" in flat.reasons[1]
    assert not any("no gain" in reason for reason in falling.reasons)


def test_only_a_policy_that_plans_by_a_budget_is_given_one() -> None:
    for policy in ("patience", "median", "freeze_thaw"):
        with pytest.raises(BadInput, match=f"the policy '{policy}' heeds no budget"):
            api.advise([run("r", 1.0)], policy=policy, budget=Budget(10, "step"))


def test_runs_that_may_each_end_first_all_go_on_and_are_ranked() -> None:
    runs = [run(f"s/{i}.csv", 1.5, seed=i) for i in range(5)]
    decisions = [one.answer for one in api.advise(runs)]
    assert {one.action for one in decisions if isinstance(one, Decision)} == {"continue"}
    placings = [one.placing for one in decisions if isinstance(one, Decision) and one.placing is not None]
    assert sorted(one.rank for one in placings) == [1, 2, 3, 4, 5]
    assert sum(one.first for one in placings) == pytest.approx(1.0)
    assert len({one.leader for one in placings}) == 1


def test_a_run_that_stands_better_than_most_is_not_stopped_for_its_forecast_alone() -> None:
    """Forecasts are too sure of ranks. The same forecasts: once the run stands among the best, once behind them."""
    y = np.linspace(9.0, 3.0, 100)
    others = {str(i): situation(y, 2.0, 0.05) for i in range(5)}

    def verdict(up: float) -> str:
        member = replace(situation(y + up, 2.4, 0.05), group=0)
        said = AUTO.decide(Situation({**others, "own": member}))["own"]
        assert isinstance(said, Decision)
        return said.action

    assert (verdict(-0.01), verdict(0.01)) == ("continue", "stop")


def test_the_order_in_which_runs_were_read_changes_nothing() -> None:
    runs = [run(f"s/{i}.csv", 1.5 + 0.05 * i, seed=i) for i in range(6)]
    told = {one.run: one for one in api.advise(runs)}
    assert {one.run: one for one in api.advise(runs[::-1])} == told


def test_a_run_that_nobody_says_ends_is_not_held_against_one_that_came_much_further() -> None:
    old, young = (run(f"s/{n}.csv", 1.5, steps=n, horizon={}) for n in (300, 40))
    said = {one.run: one.answer for one in api.advise([old, young])}
    assert isinstance(said["s/40.csv"], Decision)
    assert (said["s/40.csv"].action, said["s/40.csv"].placing) == ("continue", None)


def test_what_a_young_run_holds_already_counts_against_one_that_came_much_further() -> None:
    old, young = run("s/300.csv", 2.98, steps=300, horizon={}), run("s/40.csv", 1.2, steps=40, horizon={})
    assert actions(old, young) == {"s/300.csv": "stop", "s/40.csv": "continue"}


def test_what_is_over_is_resumed_only_where_it_would_better_what_the_others_hold() -> None:
    ended = [run(f"s/{i}.csv", 1.5 + 0.1 * i, seed=i, status="ended") for i in range(4)]
    assert list(actions(*ended).values()) == ["resume", "leave", "leave", "leave"]
    assert list(actions(*ended, alone=True).values()).count("resume") > 1
    silent = [replace(one, status="stalled") for one in ended]
    assert list(actions(*silent).values()) == ["ask", "leave", "leave", "leave"]


def test_a_run_that_has_lost_all_that_it_had_gained_is_left() -> None:
    """However a forecast that has lost its footing may promise to come back."""
    y = np.concatenate([np.linspace(9, 3, 50), np.geomspace(4, 1e6, 50)])
    curve = Curve(np.arange(1, 101), y, metric="loss")
    wild = [1e6 * 10 ** (4 * special.ndtri(LEVELS))]
    forecast = Forecast("loss", "step", "min", 100, [200], LEVELS, wild, "m", "1", events={"p_past_best": 0.3})
    lost = RunSituation(curve, replace(forecast, quantiles=np.zeros((1, LEVELS.size))), (), status="ended",
                        standing=standing(curve), end=200.0)  # fmt: skip
    said = AUTO.decide(Situation({"r": lost}))["r"]
    assert isinstance(said, Decision)
    assert said.action == "leave"
    assert any("it has lost more than it had ever gained" in reason for reason in said.reasons)


def test_a_budget_goes_to_what_adds_most_for_its_cost_and_the_rest_is_stopped() -> None:
    runs = [run(f"s/{i}.csv", 1.5, seed=i) for i in range(5)]
    said = actions(*runs, budget=Budget(450, "step"))
    assert sorted(said.values()) == ["continue"] * 2 + ["stop"] * 3  # type: ignore[type-var]
    assert set(actions(*runs, budget=Budget(1e6, "step")).values()) == {"continue"}
    assert set(actions(*runs, budget=Budget(0, "step")).values()) == {"stop"}
    unpriced = {one.answer.reasons[0] for one in api.advise(runs, budget=Budget(5, "hours"))}  # type: ignore[union-attr]
    assert unpriced == {"what going on costs is not known in hours, so none of the budget can go to it"}


def test_of_two_alike_the_cheaper_is_paid_for_first_and_of_twins_that_tell_the_same_one_adds_less() -> None:
    y = np.linspace(9.0, 3.0, 100)
    dear, cheap = situation(y, 2.0, 0.2, seconds_left=7200.0), situation(y, 2.0, 0.2, seconds_left=3600.0)
    assert funded({"dear": dear, "cheap": cheap}, ["dear", "cheap"], Budget(2.5, "hours")) == ["cheap"]
    assert funded({"dear": dear, "cheap": cheap}, ["dear", "cheap"], Budget(3.0, "hours")) == ["cheap", "dear"]
    alone = situation(np.linspace(9.0, 3.0, 100), 2.5, 0.2, seconds_left=3600.0, group=1)
    order = funded({"dear": cheap, "twin": cheap, "other": alone}, ["dear", "twin", "other"], Budget(2.0, "hours"))
    assert order[1] == "other"  # the second twin would gain more by itself, and adds less


def test_what_stopping_saves_is_told_in_hours_or_money() -> None:
    clock = Table({"step": STEPS.astype(float), "seconds": 36.0 * STEPS})  # 200 steps to go: 2 hours
    runs = [run(f"s/{i}.csv", level, positions=clock) for i, level in enumerate((1.5, 2.98))]
    for price, words in ((None, "stopping it saves 2 h"), (3.0, "stopping it saves a cost of 6")):
        decision = api.advise(runs, cost_per_hour=price)[1].answer
        assert isinstance(decision, Decision)
        assert (decision.action, words in decision.reasons) == ("stop", True)


def test_a_target_is_given_up_the_sooner_the_more_is_left_to_pay() -> None:
    """The same chance of 3%: at a third of the way a run is stopped for it, shortly before its end it is not."""
    for n, action in ((100, "stop"), (290, "continue")):
        curve = Curve(np.arange(1, n + 1), np.linspace(9.0, 3.0, n), metric="loss")
        quantiles = [2.9 + 0.1 * special.ndtri(LEVELS)]
        events = {"p_target": 0.03}
        forecast = Forecast("loss", "step", "min", n, [300.0], LEVELS, quantiles, "m", "1", events=events)
        one = RunSituation(curve, forecast, (), target=2.5, standing=standing(curve), end=300.0)
        said = AUTO.decide(Situation({"r": one}))["r"]
        assert isinstance(said, Decision)
        assert said.action == action
