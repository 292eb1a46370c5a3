"""Policies that go by forecasts, on forecasts whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forerun.core import BadInput, Curve, Decision, Forecast, Undecided
from forerun.core.forecast import LEVELS
from forerun.core.run import Status
from forerun.core.situation import RunSituation, Situation
from forerun.decide import POLICIES, Policy
from forerun.decide.freeze_thaw import freeze_thaw
from forerun.decide.improvement import expected_improvement, forecast_losses
from forerun.decide.stop_converged import stop_converged
from forerun.decide.stop_hopeless import stop_hopeless
from tests.cards import control, known_answer


def forecast(low: float, high: float, end: float = 100.0) -> Forecast:
    """Uniform between two losses, between the levels that are answered at."""
    return Forecast("loss", "step", "min", 1, [end], LEVELS, (low + (high - low) * LEVELS)[None], "known", "1")


def situation(y: list[float], ends: Forecast | None, status: Status = "running", end: float = 100.0) -> RunSituation:
    curve = Curve(np.arange(1, len(y) + 1), y, metric="loss")
    silent = Undecided("4 evaluations are too few", "more")
    return RunSituation(curve, ends or silent, (), status=status, finished=status == "finished", end=end)


def action(policy: Policy, runs: dict[str, RunSituation], run: str, waiting: int = 0) -> str:
    verdict = policy.decide(Situation(runs, only=(run,), waiting=waiting))[run]
    return verdict.action if isinstance(verdict, Decision) else verdict.why


def test_the_expected_improvement_of_a_uniform_forecast_is_its_integral() -> None:
    drawn = forecast_losses(forecast(0.0, 1.0))
    for loss in (0.2, 0.5, 1.0):  # the integral of loss - y over [0, loss]
        assert expected_improvement(drawn, loss) == pytest.approx(loss**2 / 2.0, abs=2e-4)


@known_answer("policy/stop_hopeless")
def test_a_run_is_stopped_where_its_chance_to_beat_the_incumbent_is_too_small() -> None:
    policy = POLICIES.load("stop_hopeless")
    runs = {"a": situation([3.0, 2.0], forecast(1.0, 2.0)), "b": situation([3.0, 1.04], None, "finished")}
    assert action(policy, runs, "a") == "stop"
    runs["b"] = situation([3.0, 1.06], None, "finished")
    assert action(policy, runs, "a") == "continue"
    assert action(stop_hopeless(0.1), runs, "a") == "stop"
    assert action(policy, {"a": runs["a"]}, "a") == "continue"
    assert action(policy, {**runs, "a": situation([3.0], None)}, "a") == "4 evaluations are too few"
    assert action(policy, runs, "b") == "leave"


@control("policy/stop_hopeless")
def test_a_run_whose_forecast_knows_of_no_late_drop_is_stopped_as_hopeless() -> None:
    y = [3.0] * 10 + [0.1]
    runs = {"a": situation(y[:10], forecast(2.9, 3.1)), "b": situation([3.0, 1.0], None, "finished")}
    assert action(POLICIES.load("stop_hopeless"), runs, "a") == "stop" and y[10] < 1.0


@known_answer("policy/stop_converged")
def test_a_run_is_stopped_where_it_will_hardly_improve_on_itself() -> None:
    """From 10 down to 1, a hundredth of what was gained is .09."""
    policy = POLICIES.load("stop_converged")
    y = [10.0, 10.0, 10.0, 1.0]
    assert action(policy, {"a": situation(y, forecast(0.85, 1.85))}, "a") == "continue"  # .91 is its 6% quantile
    assert action(policy, {"a": situation(y, forecast(0.87, 1.87))}, "a") == "stop"
    assert action(stop_converged(gain=0.001), {"a": situation(y, forecast(0.87, 1.87))}, "a") == "continue"
    assert "finite" in action(policy, {"a": situation([np.nan] * 4, forecast(0.0, 1.0))}, "a")


@control("policy/stop_converged")
def test_a_plateau_whose_forecast_knows_of_no_late_drop_is_stopped() -> None:
    y = [10.0, 9.0, 9.0, *[3.0] * 10, 0.1]
    assert action(POLICIES.load("stop_converged"), {"a": situation(y[:13], forecast(2.95, 3.05))}, "a") == "stop"
    assert y[13] < 0.2


@known_answer("policy/freeze_thaw")
def test_the_next_slice_goes_where_the_forecast_promises_most_for_its_cost() -> None:
    policy = POLICIES.load("freeze_thaw")
    near, far = [2.0] * 80, [2.0] * 20
    runs = {"a": situation(near, forecast(1.0, 2.0)), "b": situation(far, forecast(1.0, 2.0), "ended")}
    assert (action(policy, runs, "a"), action(policy, runs, "b")) == ("continue", "leave")
    runs = {"a": situation(far, forecast(1.5, 2.0)), "b": situation(far, forecast(1.0, 2.0), "ended")}
    assert (action(policy, runs, "a"), action(policy, runs, "b")) == ("stop", "resume")
    spoilt = {**runs, "b": situation([*far, np.nan], forecast(1.0, 2.0))}
    assert (action(policy, spoilt, "a"), action(policy, spoilt, "b")) == ("continue", "stop")


def test_another_run_is_begun_where_it_promises_more_than_those_begun() -> None:
    """Ends of those begun lie at 1, 2, 3 and 4: a new one may beat 1, the fifth (5) will not."""
    policy = POLICIES.load("freeze_thaw")
    over = {str(y): situation([5.0, y], None, "finished") for y in (1.0, 2.0, 3.0, 4.0)}
    hopeless = {**over, "a": situation([5.5] * 20, forecast(4.9, 5.1), "ended")}
    assert action(policy, hopeless, "a", waiting=3) == "leave"
    assert action(policy, hopeless, "a", waiting=0) == "resume"
    good = {**over, "a": situation([5.0] * 20, forecast(0.0, 1.0), "ended")}
    assert action(policy, good, "a", waiting=3) == "resume"
    few = {"1.0": over["1.0"], "a": good["a"]}
    assert action(policy, few, "a", waiting=3) == "leave"  # two ends say little of a third


@control("policy/freeze_thaw")
def test_forecasts_in_the_wrong_order_make_it_go_on_with_the_wrong_run() -> None:
    runs = {"good": situation([2.0] * 20, forecast(1.8, 2.0), "ended"),
            "bad": situation([2.0] * 20, forecast(1.0, 2.0), "ended")}  # fmt: skip
    assert action(POLICIES.load("freeze_thaw"), runs, "good") == "leave"


def test_what_a_slice_is_worth_can_be_drawn_or_be_what_is_learnt_of_it() -> None:
    sure = situation([2.0] * 20, forecast(1.0, 1.001), "ended")
    unsure = situation([2.0] * 20, forecast(0.6, 1.6), "ended")
    runs = {"sure": sure, "unsure": unsure}
    assert action(freeze_thaw("knowledge_gradient"), runs, "unsure") == "resume"  # of the other nothing is learnt
    chosen = [action(freeze_thaw("thompson", seed), runs, "sure") for seed in range(200)]
    share = chosen.count("resume") / 200  # .6 of the other's draws are worse; 5 sd are .17
    assert abs(share - 0.6) < 0.17
    assert chosen == [action(freeze_thaw("thompson", seed), runs, "sure") for seed in range(200)]
    longer = replace(sure, curve=Curve(np.arange(1, 30), np.full(29, 2.0), metric="loss"))
    again = [action(freeze_thaw("thompson", seed), {**runs, "sure": longer}, "sure") for seed in range(200)]
    assert again != chosen
    with pytest.raises(BadInput, match="there are: expected_improvement"):
        freeze_thaw("hope")
