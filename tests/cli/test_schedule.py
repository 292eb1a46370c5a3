"""`forerun schedule`: show, design and export; the same as in Python, and what it says of wrong input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import forerun
from forerun.cli.app import run
from forerun.core import Schedule, codec
from forerun.laws.design import ALTERNATIVES, DESIGNED, Design
from forerun.schedules.written import read_schedule
from tests.laws.paths_made import made_by

PARAMS = [2.5, 0.6, 0.5, 400.0, 1.0, 0.15, 0.64]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two runs' logs with step, loss and learning rate, made by the multi-power law."""
    folder = tmp_path_factory.mktemp("logs")
    for name in ("constant", "cooldown"):
        columns = made_by("multi_power", PARAMS, name, noise=1e-3).columns
        rows = [f"{s:g},{y:.8f},{r:.8g}" for s, y, r in zip(*(columns[k] for k in ("step", "y", "rate")), strict=True)]
        text = "step,loss,lr\n" + "\n".join(row.replace("nan", "") for row in rows) + "\n"
        (folder / f"{name}.csv").write_text(text)
    return folder


def asked(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert run([str(a) for a in arguments] + ["--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert run([str(a) for a in arguments] + ["--json"]) == 2
    return json.loads(capsys.readouterr().out)["error"]["message"]


def test_show_gives_the_rate_of_every_step_and_their_sum(capsys: pytest.CaptureFixture[str]) -> None:
    shown = asked(capsys, "schedule", "show", "linear", "--steps", "4", "--peak", "0.1")
    assert shown["schedule"] == "linear" and shown["steps"] == 4
    assert shown["lr"] == pytest.approx([0.1, 0.075, 0.05, 0.025])
    assert shown["lr_area"] == pytest.approx(0.25)


def test_rex_is_that_of_the_paper(capsys: pytest.CaptureFixture[str]) -> None:
    shown = asked(capsys, "schedule", "show", "rex", "--steps", "10", "--peak", "1")
    table = [1, 0.9474, 0.8889, 0.8235, 0.75, 0.6667, 0.5714, 0.4615, 0.3333, 0.1818]
    assert shown["lr"] == pytest.approx(table, abs=5e-5)


def test_parameters_are_numbers_series_or_words(capsys: pytest.CaptureFixture[str]) -> None:
    named = ["--steps", "10", "--peak", "1", "--set", "cooldown=4", "--set", "shape=1-sqrt"]
    assert asked(capsys, "schedule", "show", "wsd", *named)["lr"][7] == pytest.approx(0.5)
    drawn = asked(capsys, "schedule", "show", "knots", "--set", "x=0,4", "--set", "value=1,0")
    assert drawn["lr"] == pytest.approx([1, 0.75, 0.5, 0.25])


def test_several_stand_beside_one_another_with_their_losses(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared = ["--steps", "10000", "--peak", "1e-3", "--set", "warmup=200"]
    rows = asked(capsys, "schedule", "show", "linear", "cosine", *shared, "--runs", logs)["schedules"]
    plans = {name: Schedule(name, {"steps": 10000.0, "peak": 1e-3, "warmup": 200.0}) for name in ("linear", "cosine")}
    weighed = forerun.weigh(plans, logs)
    assert isinstance(weighed, tuple)
    for row, one in zip(rows, weighed, strict=True):
        assert row["schedule"] == one.name and row["lr_area"] == pytest.approx(one.area)
        assert row["loss"]["estimate"] == pytest.approx(one.loss.estimate)  # type: ignore[union-attr]
    assert [("behind" in row) for row in rows].count(True) == 1


def test_design_is_the_same_as_in_python(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, picture = tmp_path / "plan.json", tmp_path / "plan.html"
    document = asked(capsys, "schedule", "design", logs, "--steps", "20000", "-o", plan, "--picture", picture)
    design = forerun.design(logs, steps=20_000)
    assert isinstance(design, Design)
    assert codec.decode(document["expression"]) == design.schedule == read_schedule(plan)
    assert document["status"] == "designed" and document["says"] == design.says
    assert [row["schedule"] for row in document["candidates"]] == [one.name for one in design.candidates]
    assert {row["schedule"] for row in document["candidates"]} == {DESIGNED, *ALTERNATIVES}
    assert document["within"] == {"steps": 20_000, "peak": 1e-3, "warmup": 200, "floor": 0}
    assert document["coverage"]["differences"]["n"] > 100
    assert design.says.split(";")[0] in picture.read_text("utf-8")


def test_any_candidate_can_be_taken(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.json"
    assert run(["schedule", "design", str(logs), "--steps", "20000", "--take", "wsd", "-o", str(plan)]) == 0
    assert read_schedule(plan).name == "wsd"
    assert run(["schedule", "design", str(logs), "--steps", "20000", "--take", "wdd", "-o", str(plan)]) == 2
    assert "wsd" in capsys.readouterr().err


def test_another_peak_is_refused_in_words(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = asked(capsys, "schedule", "design", logs, "--steps", "20000", "--peak", "2e-3")
    assert document["status"] == "undecided" and "peak rate" in document["why"]
    assert run(["schedule", "design", str(logs), "--steps", "20000", "--peak", "2e-3"]) == 0
    assert "cannot say: fitted at peak rate" in capsys.readouterr().out


def test_runs_that_never_cooled_down_are_refused_in_words(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = asked(capsys, "schedule", "design", logs, "--steps", "20000", "--fit", "constant.csv")
    assert document["status"] == "undecided" and "cools down" in document["needs"]


def test_the_table_says_what_is_within_the_laws_error(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schedule", "design", str(logs), "--steps", "10000"]) == 0
    said = capsys.readouterr().out
    assert "its gain is within the law's error on" in said and "80% intervals held" in said


def test_a_design_in_tokens_is_written_over_tokens(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, rows = tmp_path / "plan.json", tmp_path / "plan.csv"
    budget = ["--tokens", "8e7", "--tokens-per-step", "4096"]
    for out in (plan, rows):
        assert run(["schedule", "design", str(logs), *budget, "-o", str(out)]) == 0
    capsys.readouterr()
    schedule = read_schedule(plan)
    assert schedule.axis == "tokens" and schedule.end == pytest.approx(8e7)
    lr = np.loadtxt(rows, delimiter=",", skiprows=1)[:, 1]
    shown = asked(capsys, "schedule", "show", plan, "--per-step", "4096")
    assert lr.size == shown["steps"] == 19_532 and shown["lr"] == pytest.approx(lr.tolist())
    assert "how many a step adds" in refused(capsys, "schedule", "export", plan, "--to", "csv")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["schedule", "show", "linear", "--peak", "1"], "how long"),
        (["schedule", "show", "linear", "--steps", "4", "--peak", "1", "--set", "warmup"], "KEY=VALUE"),
        (["schedule", "show", "lniear", "--steps", "4"], "linear"),
        (["schedule", "export", "linear", "--steps", "4", "--peak", "1", "--to", "jax"], "optax"),
        (["schedule", "design", "{logs}"], "steps or tokens"),
        (["schedule", "design", "{logs}", "--steps", "100", "--law", "ensemble"], "one law"),
        (["schedule", "design", "{logs}", "--steps", "100"], "nothing is left"),
    ],
)
def test_wrong_input_says_the_way_out(
    arguments: list[str], message: str, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(capsys, *(word.replace("{logs}", str(logs)) for word in arguments))


def test_a_file_says_all_of_its_schedule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.json"
    assert run(["schedule", "export", "cosine", "--steps", "4", "--peak", "1", "-o", str(plan)]) == 0
    whole = asked(capsys, "schedule", "show", plan)
    assert whole["schedule"] == "plan" and whole["lr"][2] == pytest.approx(0.5)
    assert "stand in the file" in refused(capsys, "schedule", "show", plan, "--steps", "8")
    plan.write_text('{"noun": "Undecided", "why": "", "needs": ""}')
    assert "not a schedule" in refused(capsys, "schedule", "show", plan)
    assert "cannot be read" in refused(capsys, "schedule", "show", tmp_path / "none.json")


def test_runs_of_several_tasks_are_not_designed_for_at_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = ["source,task,run,metric,direction,x_name,x,y,lr"]
    for task, params in (("small", PARAMS), ("large", [2.0, *PARAMS[1:]])):
        for name in ("constant", "cooldown"):
            columns = made_by("multi_power", params, name, noise=1e-3).columns
            rows = zip(*(columns[key] for key in ("step", "y", "rate")), strict=True)
            lines += [f"s,{task},{name},loss,min,step,{s:g},{y:.8f},{r:.8g}" for s, y, r in rows if np.isfinite(y)]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(lines) + "\n")
    design = ("schedule", "design", table, "--steps", "20000")
    said = refused(capsys, *design)
    assert said.startswith("a law along a schedule holds of one project, and the runs are of 2") and "--task" in said
    assert said.endswith(": small; large")
    assert asked(capsys, *design, "--task", "small")["candidates"]


def test_a_folder_of_several_projects_is_designed_for_one_of_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for project, start in (("small", 2.5), ("large", 2.0)):
        for name in ("constant", "cooldown"):
            columns = made_by("multi_power", [start, *PARAMS[1:]], name, noise=1e-3).columns
            rows = zip(*(columns[key] for key in ("step", "rate", "y")), strict=True)
            log = tmp_path / project / name / "metrics.csv"
            log.parent.mkdir(parents=True)
            log.write_text("step,lr,loss\n" + "".join(f"{s:g},{r:.8g},{y:.8f}\n" for s, r, y in rows if np.isfinite(y)))
    design = ("schedule", "design", tmp_path, "--steps", "20000")
    assert refused(capsys, *design).endswith(": large; small")
    ends = {
        name: asked(capsys, *design, "--task", name)["candidates"][0]["loss"]["estimate"] for name in ("small", "large")
    }
    assert ends["small"] - ends["large"] == pytest.approx(0.5, abs=0.02)  # what sets the two laws apart
    alone = asked(capsys, "schedule", "design", tmp_path / "small", "--steps", "20000")
    assert alone["candidates"][0]["loss"]["estimate"] == pytest.approx(ends["small"], rel=1e-9)
    chosen = ("--fit", "large/constant/metrics.csv", "--fit", "large/cooldown/metrics.csv")
    assert asked(capsys, *design, *chosen)["candidates"][0]["loss"]["estimate"] == pytest.approx(
        ends["large"], rel=1e-9
    )
    assert "there are large, small" in refused(capsys, *design, "--task", "medium")
