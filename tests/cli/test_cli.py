"""The command line: contracts of its JSON, exit codes, and what people see when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from forerun.cli.app import run
from forerun.cli.commands.methods import FAMILIES


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A healthy run with a planned end, a diverged one, a finished one, and a file that is no log."""
    rng = np.random.default_rng(0)
    steps = range(1, 121)

    def jsonl(name: str, config: dict[str, object], losses: list[float]) -> None:
        lines = [{"config": config}] + [
            {"step": s, "val_loss": y, "lr": 0.1} for s, y in zip(steps, losses, strict=False)
        ]
        (tmp_path / name).write_text("\n".join(json.dumps(line) for line in lines))

    healthy = [2 + s**-0.5 + 0.005 * rng.normal() for s in steps]
    jsonl("healthy.jsonl", {"max_steps": 200}, healthy)
    jsonl("diverged.jsonl", {"max_steps": 200}, [*healthy[:100], *[float("nan")] * 20])
    jsonl("finished.jsonl", {"max_steps": 120}, healthy)
    (tmp_path / "notes.md").write_text("not a log")
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> dict[str, object]:
    assert run([*map(str, arguments), "--json"]) == code
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    return json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def test_read(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = answer(capsys, "read", logs)
    by_run = {run["run"]: run for run in document["runs"]}  # type: ignore[attr-defined]
    assert set(by_run) == {"healthy.jsonl", "diverged.jsonl", "finished.jsonl"}
    assert by_run["finished.jsonl"]["status"] == "finished"
    metric = by_run["diverged.jsonl"]["metrics"][0]
    assert {k: metric[k] for k in ("metric", "axis", "n", "first_x", "last_x", "last_y", "non_finite")} == {
        "metric": "val_loss", "axis": "step", "n": 120, "first_x": 1.0, "last_x": 120.0, "last_y": {"number": "nan"},
        "non_finite": 20,
    }  # fmt: skip
    assert document["skipped"] == [{"path": "notes.md", "why": "no log format Forerun knows"}]


def test_predict(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = answer(capsys, "predict", logs, "--target", 2.08)
    by_run = {row["run"]: row for row in document["forecasts"]}  # type: ignore[attr-defined]
    healthy = by_run["healthy.jsonl"]
    assert (healthy["metric"], healthy["origin"], healthy["at"], healthy["assumed"]) == (
        "val_loss",
        120.0,
        200.0,
        False,
    )
    assert (healthy["status"], healthy["method"]) == ("forecast", "auto")
    assert list(healthy["quantiles"]) == ["0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"]
    assert list(healthy["quantiles"].values()) == sorted(healthy["quantiles"].values())
    assert healthy["quantiles"]["0.05"] < 2 + 200**-0.5 < healthy["quantiles"]["0.95"]
    assert 0 <= healthy["p_target"] <= 1
    assert set(healthy["reach"]) == {"0.1", "0.5", "0.9"}
    assert (by_run["finished.jsonl"]["status"], by_run["diverged.jsonl"]["status"]) == ("finished", "undecided")
    assert {"why", "needs"} <= set(by_run["diverged.jsonl"])
    further = answer(capsys, "predict", logs / "finished.jsonl", "--at", 300)
    assert further["forecasts"][0]["status"] == "forecast"  # type: ignore[index]


def test_the_end_is_assumed_where_the_log_does_not_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("step,loss\n" + "".join(f"{s},{3 + 1 / s}\n" for s in range(1, 81)))
    (row,) = answer(capsys, "predict", tmp_path)["forecasts"]  # type: ignore[misc]
    assert (row["at"], row["assumed"]) == (100.0, True)
    (tmp_path / "forerun.toml").write_text("horizon = 150\ntarget = 2.9\n")
    (row,) = answer(capsys, "predict", tmp_path)["forecasts"]  # type: ignore[misc]
    assert (row["at"], row["assumed"], row["p_target"]) == (150.0, False, 0.0)
    (row,) = answer(capsys, "predict", tmp_path, "--at", 90, "--target", 3.5)["forecasts"]  # type: ignore[misc]
    assert (row["at"], row["p_target"], row["reach"]["0.5"]) == (90.0, 1.0, 2.0)


def test_all_metrics_and_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text(
        "step,lr,loss,acc\n" + "".join(f"{s},1,{3 + 1 / s},{1 - 1 / s}\n" for s in range(1, 81))
    )
    for asked, expected in (("all", ["loss", "acc"]), ("acc", ["acc"]), ("lr", ["lr"])):
        rows = answer(capsys, "predict", tmp_path, "--metric", asked)["forecasts"]
        assert [row["metric"] for row in rows] == expected  # type: ignore[attr-defined]


def test_scan(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    findings = answer(capsys, "scan", logs, "--detector", "non_finite")["findings"]
    (found,) = findings  # type: ignore[misc]
    assert set(found) >= {
        "run", "metric", "kind", "start", "end", "alarm", "statistic", "threshold", "promise", "detector", "message",
    }  # fmt: skip
    assert (found["run"], found["kind"], found["start"], found["end"], found["alarm"]) == (
        "diverged.jsonl",
        "non_finite",
        101.0,
        None,
        101.0,
    )
    assert answer(capsys, "scan", logs, "--fail-on", "non_finite", code=3)
    assert answer(capsys, "scan", logs, "--horizon", 100, "--fail-on", "non_finite") == {"findings": []}


def test_scan_tells_each_run_in_a_sentence_and_what_was_not_looked_at(
    logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    (logs / "bare.jsonl").write_text("".join(f'{{"step": {s}, "lr": 0.1}}\n' for s in range(9)))
    document = answer(capsys, "scan", logs)
    assert {one["run"]: one["says"] for one in document["diagnoses"]} == {  # type: ignore[attr-defined]
        "diverged.jsonl": "val_loss is nan at step 101 and has not come back",
        "bare.jsonl": "not looked at: no metric that measures quality; logged: lr",
    }
    assert run(["scan", str(logs)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "run             findings    diagnosis",
        "diverged.jsonl  non_finite  val_loss is nan at step 101 and has not come back",
        "",
        "nothing stands out in 2 runs",
        "bare.jsonl: not looked at: no metric that measures quality; logged: lr",
    ]


def test_scan_of_one_run_says_that_nothing_stands_out_in_what(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", str(logs / "healthy.jsonl")]) == 0
    assert capsys.readouterr().out == "nothing stands out in val_loss\n"


def test_advise(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decisions = {d["run"]: d for d in answer(capsys, "advise", logs)["decisions"]}  # type: ignore[attr-defined]
    assert {name: d["action"] for name, d in decisions.items() if d["status"] == "decided"} == {
        "healthy.jsonl": "continue",
        "diverged.jsonl": "stop",
    }
    assert decisions["finished.jsonl"]["status"] == "finished"
    assert set(decisions["healthy.jsonl"]["gain"]) == {"estimate", "low", "high", "unit"}
    assert all(set(d) >= {"action", "reasons", "gain", "cost", "undo", "status"} for d in decisions.values())
    answer(capsys, "advise", logs, "--fail-on", "stop", code=3)


def test_backtest_and_its_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["source,task,run,metric,direction,x_name,x,y"]
    rows += [
        f"s{k},t,r{i},loss,min,step,{x},{1 + x ** -(0.3 + 0.1 * i)}"
        for k in range(2)
        for i in range(4)
        for x in range(1, 31)
    ]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(rows))
    document = answer(capsys, "backtest", table, "--method", "parametric", "--cases", tmp_path / "cases.jsonl")
    assert [(row["source"], row["method"]) for row in document["scores"]] == [  # type: ignore[attr-defined]
        (source, method) for method in ("last_value_calibrated", "parametric") for source in ("s0", "s1")
    ] + [("ALL", "last_value_calibrated"), ("ALL", "parametric")]
    assert set(document["scores"][0]) == {  # type: ignore[index]
        "source", "method", "n", "n_undecided", "crps", "mae", "skill", "coverage_50", "coverage_80", "coverage_90",
        "width_80", "us_per_forecast",
    }  # fmt: skip
    cases = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text().splitlines()]
    assert set(cases[0]) >= {"source", "task", "run", "metric", "origin", "at", "y", "status", "quantiles"}
    assert len(cases[0]["quantiles"]) == 20


def test_methods_and_doctor(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    methods = answer(capsys, "methods")["methods"]
    tables = [(family.kind, name) for family in FAMILIES for name in family.table]  # contract tests count each family
    assert [(method["family"], method["name"]) for method in methods] == tables  # type: ignore[attr-defined]
    assert all(method["status"] == "ok" for method in methods)  # type: ignore[attr-defined]
    assert len(answer(capsys, "doctor", logs)["logs"]["skipped"]) == 1  # type: ignore[index, call-overload, arg-type]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (["read", "/no/such/folder"], "nothing_to_read", "does not exist"),
        (["predict", "{logs}", "--metric", "val_los"], "unknown_name", "no metric 'val_los'; there are: val_loss"),
        (["predict", "{logs}", "--method", "oracle"], "unknown_name", "no forecaster 'oracle'; there are: auto,"),
        (["scan", "{logs}", "--detector", "jmup"], "unknown_name", "no detector 'jmup'"),
        (["advise", "{logs}", "--policy", "x"], "unknown_name", "no policy 'x'; there are: auto"),
        (["read", "{logs}", "--format", "x"], "unknown_name", "no format 'x'"),
        (["advise", "{logs}", "--fail-on", "halt"], "unknown_name", "no kind 'halt'; there are: continue, stop,"),
        (["predict", "{logs}", "--at", "soon"], "bad_usage", "'--at'"),
        (["predict", "{logs}", "--bogus"], "bad_usage", "--bogus"),
        (["backtest", "{logs}", "--leave-out", "x"], "unknown_name", "no source 'x'; there are: logs"),
        (["report", "{logs}", "-o", "/no/such/folder/r.html"], "bad_input", "cannot be written"),
    ],
)
def test_errors_name_the_value_and_the_way_out(
    logs: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], kind: str, message: str
) -> None:
    told = [word.replace("{logs}", str(logs)) for word in arguments]
    document = answer(capsys, *told, code=2)
    assert document["error"]["kind"] == kind  # type: ignore[index, call-overload]
    assert message in document["error"]["message"]  # type: ignore[index, call-overload]
    assert run(told) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert message in captured.err


def test_plain_tables_name_every_run(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("read", "predict", "advise"):
        assert run([verb, str(logs)]) == 0
        out = capsys.readouterr().out
        assert all(name in out for name in ("healthy.jsonl", "diverged.jsonl", "finished.jsonl"))
        assert "\x1b" not in out


def test_control_sequences_in_names_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("step,\x1b[31mloss\u202e\n1,2\n2,1\n")
    assert run(["read", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "loss" in out


def test_report_writes_one_page(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "report", logs, "-o", logs / "r.html")
    page = (logs / "r.html").read_text("utf-8")
    assert (told["runs"], told["skipped"]) == (3, 1)
    assert all(name in page for name in ("healthy.jsonl", "diverged.jsonl", "finished.jsonl", "notes.md"))


def test_the_module_runs_as_a_command() -> None:
    done = subprocess.run([sys.executable, "-m", "forerun", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0.1.0"


def test_calibrate_keeps_what_predict_then_uses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    rows = ["source,task,run,metric,direction,x_name,x,y"]
    for i in range(10):
        y = 1 + np.arange(1, 41) ** -0.5 + 0.05 * rng.normal(size=40)
        rows += [f"mine,t{i % 5},r{i},val_loss,min,step,{x + 1},{v:.5f}" for x, v in enumerate(y)]
    table = tmp_path / "runs.csv"
    table.write_text("\n".join(rows) + "\n")
    store = tmp_path / "s.forerun"
    made = answer(capsys, "calibrate", table, "--name", "ours", "--store", store)["calibration"]
    assert (made["name"], made["method"], made["cases"], made["groups"]) == ("ours", "auto", 50, 5)  # type: ignore[index, call-overload]
    assert 0.6 <= made["coverage"]["0.8"] <= 1.0  # type: ignore[index, call-overload]
    told = answer(capsys, "predict", table, "--at", "80", "--calibration", "ours", "--store", store)["forecasts"]
    assert told[0]["coverage"]["measured"] == made["coverage"]  # type: ignore[index, call-overload]
    assert run([*map(str, ("predict", table, "--calibration", "theirs", "--store", store)), "--json"]) == 2
    assert "no calibration 'theirs'; there are: ours" in capsys.readouterr().out


def test_without_an_extra_the_lab_is_listed_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(capsys, "doctor")["broken"] == []  # imports the rest: scipy cannot be imported while torch is None
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "forerun.lab.worlds.convex", raising=False)
    rows = {row["name"]: row for row in answer(capsys, "lab", "list")["workloads"]}  # type: ignore[index, call-overload, union-attr]
    assert rows["convex"]["does"].startswith("Minimises a logistic")
    assert rows["convex"]["missing"] == "pip install 'forerun[lab]'"
    listed = {method["name"]: method for method in answer(capsys, "methods")["methods"]}  # type: ignore[attr-defined]
    assert (listed["z_loss"]["status"], listed["z_loss"]["missing"]) == ("ok", "pip install 'forerun[torch]'")
    assert answer(capsys, "doctor")["broken"] == []
    assert (
        "pip install 'forerun[lab]'" in answer(capsys, "lab", "run", "convex", "--out", "x", code=2)["error"]["message"]
    )  # type: ignore[index, call-overload]
