"""What the schedule designer is answered: what the library says, of the same plans."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forerun import api
from forerun.core import BadInput, Schedule
from forerun.core.codec import decode
from forerun.documents.schedule import schedule_design_document, schedule_weigh_document
from forerun.laws.design import LossPath, along
from forerun.schedules.written import written
from forerun.web.answers import schedules
from forerun.web.call import Call
from forerun.web.workspace import Workspace
from tests.web.drawn_runs import drawn_workspace

LAW = {"law": "multi_power", "task": "small"}
KNOTS = {"x": [0.0, 200.0, 15_000.0, 20_000.0], "value": [0.0, 1e-3, 1e-3, 1e-5]}
PLAN = Schedule("knots", KNOTS)


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return drawn_workspace()


def ask(workspace: Workspace, answer: Any, **body: Any) -> dict[str, Any]:
    return answer(Call(workspace, {}, LAW | body))


def fit_of(workspace: Workspace) -> Any:
    return api.fit("multi_power", api.law_table("multi_power", workspace.runs))


def test_a_plan_is_weighed_as_the_library_weighs_it(workspace: Workspace) -> None:
    said = ask(workspace, schedules.weighed, plans={"plan": KNOTS})
    made = fit_of(workspace)
    path = along(made, PLAN)
    assert said == schedule_weigh_document(api.weigh({"plan": PLAN}, made), path) | {"chart": said["chart"]}
    loss = said["schedules"][0]["loss"]
    assert said["along"]["loss"][-1] == loss["estimate"]
    assert (said["along"]["low"][-1], said["along"]["high"][-1]) == (loss["low"], loss["high"])
    assert [line["name"] for line in said["chart"]["lines"]] == ["predicted"]
    behind = ask(workspace, schedules.start)["measured"]
    assert {line["name"] for line in behind} == {"constant", "cosine", "cooldown"}


def test_the_foretold_loss_of_a_run_is_the_one_that_was_measured() -> None:
    """Losses made by the law with noise of 0.1%: six sds of what is left."""
    space = drawn_workspace()
    run = space.runs[2]
    assert run.schedule is not None
    path = along(fit_of(space), Schedule("path", run.schedule.params))
    assert isinstance(path, LossPath)
    late = path.step >= 2000
    measured = np.interp(path.step, run.curves["loss"].x, run.curves["loss"].y)
    np.testing.assert_allclose(path.loss[late], measured[late], rtol=6e-3)


def test_an_edit_is_answered_by_the_fit_of_before(workspace: Workspace) -> None:
    ask(workspace, schedules.start)
    (before,) = workspace.fits.warm.values()
    ask(workspace, schedules.weighed, plans={"plan": KNOTS})
    (after,) = workspace.fits.warm.values()
    assert after is before
    ask(workspace, schedules.start, anew=True)
    assert next(iter(workspace.fits.warm.values())) is not before


def test_two_plans_are_told_apart_by_a_paired_difference(workspace: Workspace) -> None:
    worse = {"x": KNOTS["x"], "value": [0.0, 1e-3, 1e-3, 1e-3]}
    said = ask(workspace, schedules.weighed, plans={"plan": worse, "pinned": KNOTS})
    own, pinned = said["schedules"]
    assert own["behind"]["low"] > 0 and "behind" not in pinned


def test_a_branch_keeps_the_past_of_the_run_it_goes_on_from(workspace: Workspace) -> None:
    said = ask(workspace, schedules.sketched, resume="cosine", since=6000)
    logged = workspace.runs[1].schedule
    assert logged is not None
    assert said["since"] == 6000
    assert said["rate"] == pytest.approx(float(logged.lr(6000.0)), rel=1e-6)
    past = np.interp([300, 3000, 5000], said["past"]["x"], said["past"]["value"])
    np.testing.assert_allclose(past, logged.lr(np.array([300.0, 3000.0, 5000.0])), atol=5e-6)
    plan = {"x": [6000, 9000, 12_000], "value": [said["rate"], said["rate"], 0]}
    resumed = {"plans": {"plan": plan}, "resume": "cosine", "since": 6000}
    branch = decode(ask(workspace, schedules.weighed, **resumed)["schedules"][0]["expression"])
    at = np.array([500.0, 4000.0, 5900.0])
    np.testing.assert_allclose(branch.lr(at), logged.lr(at), rtol=1e-6)
    np.testing.assert_allclose(branch.lr(np.array([6000.0, 10_500.0])), [said["rate"], said["rate"] / 2], rtol=1e-6)
    exported = ask(workspace, schedules.exported, to="json", **resumed)
    assert exported == {"to": "json", "text": written(branch, "json")}


def test_the_lowest_is_that_of_the_library_with_knots_that_end_as_low(workspace: Workspace) -> None:
    said = ask(workspace, schedules.designed, steps=20_000, peak=1e-3, warmup=200)
    design = api.design(fit_of(workspace), steps=20_000, peak=1e-3, warmup=200)
    own = schedule_design_document("multi_power", design)
    assert {key: said[key] for key in own} == own
    best = own["candidates"][0]["loss"]
    drawn = ask(workspace, schedules.weighed, plans={"plan": said["knots"]})["schedules"][0]["loss"]
    assert len(said["knots"]["x"]) <= 16
    assert abs(drawn["estimate"] - best["estimate"]) < 0.1 * (best["high"] - best["low"])


def test_a_designed_branch_begins_where_the_run_is(workspace: Workspace) -> None:
    said = ask(workspace, schedules.designed, steps=15_000, resume="constant", since=8000)
    assert said["knots"]["x"][0] == 8000 and said["knots"]["x"][-1] == 15_000
    assert said["knots"]["value"][0] == pytest.approx(1e-3, rel=0.02)


def test_what_the_law_cannot_say_is_said_with_why(workspace: Workspace) -> None:
    high = {"x": KNOTS["x"], "value": [0.0, 5e-3, 5e-3, 0.0]}
    said = ask(workspace, schedules.weighed, plans={"plan": high})
    assert "peak" in said["along"]["undefined"] and "peak" in said["schedules"][0]["loss"]["undefined"]
    assert "chart" not in said
    never = ask(drawn_workspace("constant"), schedules.designed, steps=20_000, peak=1e-3)
    assert never["status"] == "undecided" and "cooldown" in never["why"]


def test_forms_become_knots(workspace: Workspace) -> None:
    params = {"steps": 1000, "peak": 0.1, "warmup": 100, "cooldown": 200, "unknown": 3}
    knots = ask(workspace, schedules.sketched, form="wsd", params=params)["knots"]
    assert knots == {"x": [0.0, 100.0, 800.0, 1000.0], "value": [0.0, 0.1, 0.1, 0.0]}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "plans"),
        ({"plans": {"a": {"x": [1], "value": [1]}}}, "plan 'a'"),
        ({"plans": {"a": {"x": ["1", 2], "value": [1, 2]}}}, "x"),
        ({"plans": {"a": {"x": [0, float("nan")], "value": [1, 2]}}}, "x"),
        ({"plans": {str(i): KNOTS for i in range(9)}}, "plans"),
        ({"plans": {"plan": KNOTS}, "law": 3}, "law"),
        ({"plans": {"plan": KNOTS}, "law": "ensemble"}, "law"),
    ],
)
def test_what_is_no_plan_is_refused_by_its_place(workspace: Workspace, body: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        ask(workspace, schedules.weighed, **body)
    assert refused.value.where == where
