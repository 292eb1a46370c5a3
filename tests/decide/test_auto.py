"""The default policy on situations whose answer a person would give."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from forerun import api
from forerun.cli.app import run as cli
from forerun.core import LEVELS, Budget, Curve, Decision, Family, Finding, Forecast, Run, Runs, Undecided
from forerun.core.standing import standing
from forerun.decide import Policy, Situation
from forerun.decide import auto as decide_auto
from forerun.decide.auto import AUTO
from forerun.decide.policy import RunSituation
from forerun.figures import report
from forerun.figures.page import work
from forerun.session import look
from tests.cards import control, known_answer


def run(y: np.ndarray, **more: object) -> Run:
    x = np.arange(1, len(y) + 1)
    return Run("r", {"loss": Curve(x, y, metric="loss")}, "example", **more)  # type: ignore[arg-type]


def advise(what: Run, **more: object) -> Decision | Undecided:
    return api.advise(what, **more)["r"].answer  # type: ignore[arg-type]


def falling(n: int = 200) -> np.ndarray:
    return 1 + np.arange(1, n + 1) ** -0.5 + 0.002 * np.random.default_rng(0).normal(size=n)


@known_answer("policy/auto")
def test_a_healthy_run_goes_on() -> None:
    decision = advise(run(falling(), horizon={"step": 400}))
    assert isinstance(decision, Decision)
    assert decision.action == "continue"
    assert decision.gain is not None
    assert 0 < decision.gain.low < decision.gain.estimate < decision.gain.high
    assert decision.cost is not None
    assert (decision.cost.estimate, decision.cost.unit) == (200, "step")


@known_answer("policy/auto")
def test_a_run_that_is_nan_stops_and_says_where_to_resume() -> None:
    decision = advise(run(np.append(falling(), [np.nan] * 5)))
    assert isinstance(decision, Decision)
    assert decision.action == "stop"
    assert "nan at step 201" in decision.reasons[0]
    assert "before step 201" in decision.undo


def test_a_run_that_cannot_reach_its_target_stops() -> None:
    decision = advise(run(falling(), horizon={"step": 400}), target=0.5)
    assert isinstance(decision, Decision)
    assert decision.action == "stop"
    assert decision.reasons[0] == "the chance to reach 0.5 is 0%"
    reached = advise(run(falling(), horizon={"step": 400}), target=1.1)
    assert isinstance(reached, Decision)
    assert reached.action == "continue"


def test_a_final_plateau_stops() -> None:
    rng = np.random.default_rng(1)
    y = 1 + np.minimum(np.arange(1, 501), 60) ** -0.8 + 0.002 * rng.normal(size=500)
    decision = advise(run(y, horizon={"step": 600}))
    assert isinstance(decision, Decision)
    assert decision.action == "stop"
    assert "stands still since step 6" in decision.reasons[0]


@control("policy/auto")
def test_a_plateau_is_sat_out_while_the_forecast_promises_enough() -> None:
    """The same open plateau; the upper end of the forecast gains 4% or 6% of the improvement so far."""
    curve = Curve(np.arange(1, 101), np.linspace(3.0, 1.0, 100), metric="loss")
    level, improvement = np.median(curve.y[-3:]), np.median(curve.y[:3]) - np.median(curve.y[-3:])
    plateau = Finding("plateau", "loss", "step", 60.0, None, 90.0, 1.0, 1.0, "p", "d", "loss has not improved")

    def action(share: float) -> str:
        spread = special.ndtri(LEVELS) / abs(special.ndtri(0.1))  # -1 at the lower end of the 80% interval
        forecast = Forecast(
            "loss", "step", "min", 100.0, [200.0], LEVELS, [level + share * improvement * spread], "m", "1"
        )
        decision = AUTO.decide(Situation({"r": RunSituation(curve, forecast, (plateau,))}))["r"]
        assert isinstance(decision, Decision)
        return decision.action

    assert (action(0.04), action(0.06)) == ("stop", "continue")


def test_a_run_that_has_memorised_is_not_stopped_without_saying_that_more_may_come() -> None:
    curve = Curve(np.arange(1.0, 101.0), falling(100), metric="loss")
    rises = Finding("rising", "loss", "step", 60.0, None, 90.0, 1.0, 1.0, "p", "d", "loss has been rising")
    memorised = Finding("memorised", "val/acc", "step", 40.0, None, 60.0, 0.0, 0.1, "p", "d", "it may yet generalise")
    forecast = Forecast("loss", "step", "min", 100.0, [200.0], LEVELS, [1.0 + 0.1 * special.ndtri(LEVELS)], "m", "1")
    decision = AUTO.decide(Situation({"r": RunSituation(curve, forecast, (rises, memorised))}))["r"]
    assert isinstance(decision, Decision) and decision.action == "stop"
    assert "it may yet generalise" in decision.reasons


def test_a_spike_that_lasts_is_asked_about() -> None:
    y = falling()
    y[-2:] += 1
    decision = advise(run(y, horizon={"step": 400}))
    assert isinstance(decision, Decision)
    assert decision.action == "ask"


def test_too_little_to_say_is_asked_and_a_finished_run_is_left_alone() -> None:
    thin = advise(run(falling(3)))
    assert isinstance(thin, Decision)
    assert thin.action == "ask"
    assert "at least 4" in thin.reasons[0]
    done = advise(run(falling(), status="finished", horizon={"step": 200}))
    assert isinstance(done, Decision)
    assert done.action == "leave"
    assert "the best loss was" in done.reasons[0]
    assert done.reasons[1] == "it reached its planned end"


def test_a_run_that_is_not_running_is_never_told_to_continue() -> None:
    """One that was still improving is resumed, one that is past its best left; a silent one is asked about."""
    for status, action in (("ended", "resume"), ("crashed", "resume"), ("stalled", "ask")):
        decision = advise(run(falling(), status=status, horizon={"step": 400}))
        assert isinstance(decision, Decision)
        assert decision.action == action
    ceiling = np.minimum(np.arange(1, 41) * 20.0, 500.0)
    curve = Curve(np.arange(1, 41), ceiling, metric="eval/return", direction="max")
    decision = advise(Run("r", {"eval/return": curve}, "example", status="ended"))
    assert isinstance(decision, Decision)
    assert decision.action == "leave"
    diverged = advise(run(np.concatenate([falling(60), np.linspace(1.2, 9.0, 60), [np.nan] * 3]), status="ended"))
    assert isinstance(diverged, Decision)
    assert (diverged.action, "nan at step 121" in diverged.reasons[0]) == ("leave", True)
    worse = np.concatenate([falling(60), np.linspace(1.2, 2.0, 60)])
    decision = advise(run(worse, status="ended", horizon={"step": 140}))
    assert isinstance(decision, Decision)
    assert decision.action == "leave"
    assert any("points before its last (2)" in reason for reason in decision.reasons)


def test_a_likely_but_slight_gain_is_said_to_be_slight() -> None:
    """A chance of over half to beat the best is no reason against going on; that little would come of it is."""
    y = np.linspace(3.0, 1.0, 100)
    at_ceiling = np.concatenate([y, [1.0] * 3])
    for values, median, why in (
        (y, 0.99, "but hardly: by less than 1% of what was gained so far"),
        (at_ceiling, 0.5, "but it stands at its best to the last digit, as at a ceiling"),
        (y, 0.5, None),
    ):
        curve = Curve(np.arange(1, values.size + 1), values, metric="loss")
        forecast = Forecast(
            "loss", "step", "min", curve.x[-1], [200.0], LEVELS, [median + 0.01 * np.asarray(LEVELS)], "m", "1",
            events={"p_past_best": 0.3},
        )  # fmt: skip
        situation = RunSituation(curve, forecast, (), status="ended", standing=standing(curve))
        decision = AUTO.decide(Situation({"r": situation}))["r"]
        assert isinstance(decision, Decision)
        pays = f"going on would {'pay' if why is None else 'not pay'}: a chance of at least 70% to beat the best"
        assert (decision.action, pays + ("" if why is None else f", {why}") in decision.reasons) == (
            "resume" if why is None else "leave",
            True,
        )


def test_hours_left_have_a_price() -> None:
    from forerun.core import Table

    clock = Table({"step": np.arange(1.0, 201), "seconds": 36.0 * np.arange(200)})
    decision = advise(run(falling(), horizon={"step": 300}, positions=clock), cost_per_hour=2.0)
    assert isinstance(decision, Decision)
    assert decision.cost is not None
    assert (round(decision.cost.estimate, 6), decision.cost.unit) == (2.0, "cost")


def test_a_policy_is_handed_every_run_and_answers_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that keeps the most promising run and stops the rest; what it leaves out is said so."""

    def keep_best(situation: Situation) -> dict[str, Decision | Undecided]:
        medians = {id: one.forecast.median for id, one in situation.runs.items() if isinstance(one.forecast, Forecast)}
        best = min(medians, key=lambda id: medians[id])
        go_on, stop = (
            Decision(action, ("by rank",), None, None, "nothing was changed", "keep_best")
            for action in ("continue", "stop")
        )
        return {id: go_on if id == best else stop for id in medians if id != "left"}

    policy = Policy(AUTO.card, "1", keep_best)
    monkeypatch.setattr(look, "POLICIES", Family("policy", {"keep_best": "forerun.decide.auto:TRIED"}, "none", Policy))
    monkeypatch.setattr(decide_auto, "TRIED", policy, raising=False)
    levels = (("a", 0), ("b", 1), ("left", 2))
    runs = [replace(run(falling() + up, horizon={"step": 400}), id=id) for id, up in levels]
    decisions = api.advise(runs, policy="keep_best")
    assert [getattr(decisions[id].answer, "action", None) for id in ("a", "b", "left")] == ["continue", "stop", None]
    assert decisions["left"].answer == Undecided("the policy 'keep_best' left this run out", "another policy")


def test_runs_that_lie_in_other_folders_are_each_looked_at_by_themselves() -> None:
    runs = [replace(run(falling(n), horizon={"step": 400}), id=f"{n}/{n}.csv") for n in (3, 100, 200)]
    assert list(api.advise(runs)) == [api.advise(one)[0] for one in runs]


def test_a_policy_that_heeds_a_budget_is_handed_it_and_every_run_by_every_door(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """More runs than the report looks at in one part; the verb, the command and the report let the same ones go on."""

    def cheapest(situation: Situation) -> dict[str, Decision | Undecided]:
        budget = situation.budget
        assert budget is not None
        goes_on = sorted(situation.runs)[: int(budget.amount // 200)]
        return {
            id: Decision("continue" if id in goes_on else "stop", ("by budget",), None, None, "nothing", "cheapest")
            for id in situation.runs
        }

    monkeypatch.setattr(look, "POLICIES", Family("policy", {"cheapest": "forerun.decide.auto:TRIED"}, "none", Policy))
    monkeypatch.setattr(work, "POLICIES", look.POLICIES)
    monkeypatch.setattr(decide_auto, "TRIED", Policy(AUTO.card, "1", cheapest, heeds_budget=True), raising=False)
    runs = [replace(run(falling(60), horizon={"step": 120}), id=f"r{i:02d}") for i in range(25)]
    decisions = api.advise(runs, policy="cheapest", budget=Budget(4400, "step"))
    assert [one.run for one in decisions if one.answer.action == "continue"] == [f"r{i:02d}" for i in range(22)]  # type: ignore[union-attr]
    now = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    page = report(Runs(tuple(runs)), title="t", now=now, policy="cheapest", budget=Budget(4400, "step"))
    assert "25 runs: 3 to stop, 22 to continue." in page
    for one in runs[:3]:
        rows = "".join(f"{x},{y}\n" for x, y in zip(one.curves["loss"].x, one.curves["loss"].y, strict=True))
        (tmp_path / f"{one.id}.csv").write_text("step,loss\n" + rows)
    assert cli(["advise", str(tmp_path), "--policy", "cheapest", "--budget", "step=400", "--fail-on", "stop"]) == 3
    assert cli(["advise", str(tmp_path), "--policy", "cheapest", "--budget", "step=600", "--fail-on", "stop"]) == 0
    assert cli(["advise", str(tmp_path), "--policy", "cheapest", "--budget", "600"]) == 2
