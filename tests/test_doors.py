"""Every door gives the same answer: a path, runs, one run, a store; CLI and API; for every setting of forerun.toml."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from forerun import api, figures, live
from forerun.api.tabulating import row_table
from forerun.cli.app import run as run_command
from forerun.core import Run, Runs, Settings
from forerun.documents.advise import advise_document
from forerun.documents.predict import predict_document
from forerun.documents.scan import scan_document
from forerun.forecast import FORECASTERS
from forerun.session import Session
from tests.leaning import sweep

TOML = {
    "metric": 'metric = "val_gap_loss"',
    "direction": 'metric = "val_gap_loss"\ndirection = "max"',
    "target": "target = 1.11",
    "horizon": "horizon = 400",
    "cost_per_hour": "horizon = 400\ncost_per_hour = 3.0",
    "ignore": 'ignore = ["old/*"]',
    "profile": '[[profile]]\nname = "ours"\nline = "<{step}> <{val/loss}>"',
}
WITHOUT = {"direction": TOML["metric"], "cost_per_hour": TOML["horizon"]}
"""What a setting is held against, so that it is seen to matter: no settings but these."""
MATTERS = {
    "predict": {"metric", "direction", "target", "horizon", "ignore", "profile"},
    "scan": {"metric", "direction", "ignore", "profile"},
    "advise": set(TOML),
}
ALL = 'metric = "val_gap_loss"\ndirection = "max"\ntarget = 0.6\nhorizon = 400\ncost_per_hour = 3.0\n' + "\n".join(
    (TOML["ignore"], TOML["profile"])
)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Two runs, one that a project may ignore and one in lines that it may describe; a spike in each."""
    for k, name in enumerate(("a", "b", "old/c")):
        folder = tmp_path / "logs" / name
        folder.mkdir(parents=True)
        rows = [
            f"{i},{60.0 * i},{1.1 + k / 10 + 1 / i + 0.001 * (i % 3) + 9 * (i == 44)},{0.5 + i / 200 + 9 * (i == 50)}"
            for i in range(1, 61)
        ]
        (folder / "log.csv").write_text("\n".join(["step,seconds,val_loss,val_gap_loss", *rows, ""]))
    lines = [f"<{i}> <{2 + 1 / i + 0.001 * (i % 3) + 9 * (i == 40)}>\n" for i in range(1, 61)]
    (tmp_path / "logs" / "ours.log").write_text("".join(lines))
    return tmp_path / "logs"


def under(toml: str, logs: Path) -> Path:
    (logs / "forerun.toml").write_text(toml)
    return logs


def by_run(forecasts: Iterable[Any]) -> dict[str, Any]:
    return {forecast.run: forecast for forecast in forecasts}


def at_every_door(verb: Callable[[Any], Any], logs: Path) -> dict[str, list[Any]]:
    """What a verb says of logs, by how they are handed to it."""
    store, runs = logs.parent / "s.forerun", api.read(logs)
    handed: dict[str, Any] = {
        "path": logs, "runs": runs, "list": list(runs), "iterator": iter(runs), "slice": runs[:],
        "through a store": api.read(logs, store=store), "store": store,
    }  # fmt: skip
    answers = {door: list(verb(what)) for door, what in handed.items()}
    answers["one by one"] = [answer for run in runs for answer in list(verb(run))]
    return answers


def assert_alike(answers: dict[str, list[Any]]) -> None:
    assert {door: answer for door, answer in answers.items() if answer != answers["path"]} == {}
    assert answers["path"]


def test_no_setting_is_left_out() -> None:
    assert list(TOML) == [field.name for field in fields(Settings)]


VERBS: dict[str, Callable[[Any], Any]] = {
    "predict": partial(api.predict, method="last_value"),
    "scan": api.scan,
    "advise": partial(api.advise, method="last_value"),
}
"""The forecaster makes no difference here, and this one costs least."""


@pytest.mark.parametrize("setting", TOML)
@pytest.mark.parametrize("name", VERBS)
def test_every_door_answers_alike(name: str, setting: str, logs: Path) -> None:
    verb = VERBS[name]
    without = list(verb(under(WITHOUT.get(setting, ""), logs)))
    answers = at_every_door(verb, under(TOML[setting], logs))
    if name == "advise":
        answers.pop("one by one")  # as it is judged beside the others; that it is so alone is tested below
    assert_alike(answers)
    assert (answers["path"] != without) == (setting in MATTERS[name])


def test_a_setting_made_later_holds_for_a_store_too(logs: Path, tmp_path: Path) -> None:
    api.read(logs, store=tmp_path / "s.forerun")
    under(ALL.replace(TOML["profile"], ""), logs)
    for verb in VERBS.values():
        assert list(verb(tmp_path / "s.forerun")) == list(verb(logs)) != []


ROWS = {"predict": "forecasts", "scan": "findings", "advise": "decisions"}


def document(name: str, capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert run_command([name, *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def rows(of: dict[str, Any], name: str) -> list[Any]:
    """The rows of a document, in the order of the runs: the command line may put what is urgent first."""
    return sorted(json.loads(json.dumps(of))[name], key=lambda row: row["run"])


def test_the_command_line_says_what_the_library_says(
    logs: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    api.read(under(ALL, logs), store=tmp_path / "s.forerun")
    documents = {"predict": predict_document, "scan": scan_document, "advise": advise_document}
    for command, of in documents.items():
        said = rows(of(VERBS[command](logs)), ROWS[command])
        for path in (logs, tmp_path / "s.forerun"):
            options = () if command == "scan" else ("--method", "last_value")
            assert rows(document(command, capsys, path, *options), ROWS[command]) == said
        assert {"ours.log"} <= {row["run"] for row in said} <= {"a/log.csv", "b/log.csv", "ours.log"}
    read = [document("read", capsys, path)["runs"] for path in (logs, tmp_path / "s.forerun")]
    assert read[0] == read[1]


def test_a_report_and_a_watch_show_the_same_of_logs_and_of_their_store(logs: Path, tmp_path: Path) -> None:
    runs, stored = api.read(under(ALL, logs)), api.read(logs, store=tmp_path / "s.forerun")

    def page(runs: Iterable[Run]) -> str:
        return figures.report(Runs(tuple(runs)), title="t", now=dt.datetime(2026, 1, 1), jobs=1)

    shown = page(runs)
    assert page(stored) == page(api.read(tmp_path / "s.forerun")) == page(list(runs)) == shown
    assert '<button type="button">Target</button>' in shown
    assert "old/c" not in shown
    of_logs, of_store = (next(iter(live.watch(path, polls=1))) for path in (logs, tmp_path / "s.forerun"))
    assert [(look.forecast, look.findings, look.decision) for look in of_logs.looks] == [
        (look.forecast, look.findings, look.decision) for look in of_store.looks
    ]
    assert {look.run.id: look.forecast for look in of_logs.looks} == by_run(api.predict(logs))


def test_the_report_of_the_command_line_is_that_of_a_store(logs: Path, tmp_path: Path) -> None:
    api.read(under(ALL, logs), store=tmp_path / "s.forerun")
    pages = []
    for path in (logs, tmp_path / "s.forerun"):
        assert run_command(["report", str(path), "-o", str(tmp_path / "r.html"), "--title", "t"]) == 0
        pages.append(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "", (tmp_path / "r.html").read_text("utf-8")))
    assert pages[0] == pages[1]


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs that have finished and one that goes on; what forecasts by default leans on the former."""
    monkeypatch.setitem(FORECASTERS.table, "auto", "tests.leaning:LEANING")
    return sweep(tmp_path / "logs")


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("name", ["predict", "advise"])
def test_every_door_leans_on_the_same_runs_and_alone_on_none(name: str, alone: bool, beside: Path) -> None:
    """One by one no run lies beside another, which is what alone comes to."""
    verb: dict[str, Callable[..., Any]] = {"predict": api.predict, "advise": api.advise}
    answers = at_every_door(partial(verb[name], alone=alone), beside)
    apart = answers["one by one"] if alone else answers.pop("one by one")
    assert_alike(answers)
    assert (answers["path"] == apart) == alone


@pytest.mark.parametrize("alone", [False, True])
def test_commands_a_page_a_session_and_a_watch_lean_on_the_same_runs_and_alone_on_none(
    alone: bool, beside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flag, going = ["--alone"] * alone, "run-4.jsonl"
    (*_, forecast), (*_, decision) = api.predict(beside, alone=alone), api.advise(beside, alone=alone)
    assert ("leaned_on" in forecast.answer.events) == (not alone)
    assert decision.forecast == forecast
    of = {"predict": predict_document([forecast])["forecasts"], "advise": advise_document([decision])["decisions"]}
    for command, (row,) in of.items():
        assert rows(document(command, capsys, beside, *flag), ROWS[command])[-1] == json.loads(json.dumps(row))
    assert run_command(["report", str(beside), *flag, "-o", str(tmp_path / "r.html")]) == 0
    assert ("data-leaned" in (tmp_path / "r.html").read_text("utf-8").partition("</main>")[0]) == (not alone)
    capsys.readouterr()
    assert rows(document("watch", capsys, beside, "--polls", 1, *flag), "forecasts")[-1] == of["predict"][0]
    session = Session(renew=None, alone=alone)
    looks = {look.run.id: look for look in session.take(api.read(beside))}
    assert looks[going].forecast == session.look(going).forecast == forecast


def finished(folder: Path) -> Path:
    """Runs that are over by the project's horizon alone, with what they were set to beside them."""
    for k in range(20):
        (folder / f"r{k}").mkdir(parents=True)
        wave = [0.02 * ((7 * i + k) % 5 - 2) for i in range(61)]
        rows = [f"{i},{1 + i**-0.5 + wave[i]},{2 - i**-0.3 + wave[i]}" for i in range(1, 61)]
        (folder / f"r{k}" / "log.csv").write_text("\n".join(["step,val_loss,val_gap_loss", *rows, ""]))
        (folder / f"r{k}" / "config.json").write_text(json.dumps({"lr": 10.0 ** -(1 + k / 7), "params": 1e6 * (k + 1)}))
    return folder


def test_what_is_learned_of_finished_runs_is_the_same_at_every_door(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs, store = under('metric = "val_gap_loss"\nhorizon = 60', finished(tmp_path / "logs")), tmp_path / "s.forerun"
    runs = api.read(logs)
    doors = [logs, runs, list(runs), api.read(logs, store=store), store]
    made = [api.calibrate(what, "mine", method="last_value_calibrated") for what in doors]
    assert all(one == made[0] for one in made)
    shown = [
        document("calibrate", capsys, path, "--name", "mine", "--method", "last_value_calibrated", "--store", store)
        for path in (logs, store)
    ]
    assert shown[0] == shown[1]
    assert shown[0]["calibration"]["coverage"] == json.loads(json.dumps(made[0].as_json()["coverage"]))
    scores = [api.backtest(what, method="last_value", clock=lambda: 0.0) for what in doors]
    assert all(one == scores[0] for one in scores)
    answers = [api.expect({"lr": 1e-3, "params": 4e6}, what) for what in doors]
    assert all(one == answers[0] for one in answers)
    assert answers[0].metric == "val_gap_loss"  # type: ignore[union-attr]
    tables = [row_table(api.runs_of(what)) for what in doors]
    assert all(one == tables[0] for one in tables)
    assert tables[0].columns["y"].max() > 1.6  # of the gap, as the project says


def test_folders_of_different_projects_keep_each_its_own(tmp_path: Path) -> None:
    for name, toml in (("one", 'metric = "val_gap_loss"\nhorizon = 400'), ("two", "target = 1.2\nhorizon = 90")):
        folder = tmp_path / name
        folder.mkdir()
        rows = [f"{i},{1 + 1 / i},{i / 200}" for i in range(1, 61)]
        (folder / f"{name}.csv").write_text("\n".join(["step,val_loss,val_gap_loss", *rows, ""]))
        under(toml, folder)
    folders, store = [tmp_path / "one", tmp_path / "two"], tmp_path / "s.forerun"
    apart = [answer for folder in folders for answer in list(api.predict(folder))]
    assert [(one.metric, one.at, "target" in one.answer.events) for one in apart] == [
        ("val_gap_loss", 400, False),
        ("val_loss", 90, True),
    ]
    assert list(api.predict(api.read(folders))) == apart
    for folder in folders:
        api.read(folder, store=store)
    assert list(api.predict(store)) == apart
    assert [look.forecast for look in next(iter(live.watch(store, polls=1))).looks] == apart
    page = figures.report(api.read(store), title="t", now=dt.datetime(2026, 1, 1), jobs=1)
    assert page.count('{"name":"target","value":1.2}') == 1


def test_the_nearest_file_holds_and_none_above_or_below(logs: Path, tmp_path: Path) -> None:
    under("horizon = 900", tmp_path)
    under("horizon = 700", logs / "a")
    assert {run.horizon.get("step") for run in api.read(logs)} == {None}
    assert {run.horizon["step"] for run in api.read(logs / "a")} == {700}
    assert {run.horizon["step"] for run in api.read(logs / "a" / "log.csv")} == {700}
    assert {run.horizon["step"] for run in api.read(logs, store=tmp_path / "s.forerun")} == {900}  # beside the store
    under("horizon = 400", logs)
    assert {run.horizon["step"] for run in api.read(tmp_path / "s.forerun")} == {400}  # beside the logs goes before


def test_a_keyword_goes_before_the_file_and_settings_given_before_both(logs: Path, tmp_path: Path) -> None:
    runs, store = api.read(under(ALL, logs), store=tmp_path / "s.forerun"), tmp_path / "s.forerun"
    for what in (logs, runs, store):
        forecast = by_run(api.predict(what, at=99, target=0.9))["a/log.csv"]
        assert (forecast.metric, forecast.at, forecast.answer.events["target"]) == ("val_gap_loss", 99, 0.9)
        forecast = by_run(api.predict(what, metric="val_loss"))["a/log.csv"]
        assert (forecast.metric, forecast.at, "target" in forecast.answer.events) == ("val_loss", 400, False)
    for path in (logs, store):
        mine = api.read(path, settings=Settings(metric="val_loss", target=1.2))
        forecast = by_run(api.predict(mine))["a/log.csv"]
        assert (forecast.metric, forecast.answer.events["target"]) == ("val_loss", 1.2)


def test_a_run_without_the_projects_metric_is_judged_by_its_own_and_has_no_target(logs: Path) -> None:
    (logs / "d.csv").write_text("step,train_loss\n" + "".join(f"{i},{2 + 1 / i}\n" for i in range(1, 61)))
    runs = api.read(under('metric = "val_gap_loss"\ntarget = 0.6\nhorizon = 400', logs))
    together = {one.run: one for one in api.predict(runs)}
    assert (together["d.csv"].metric, "target" in together["d.csv"].answer.events) == ("train_loss", False)
    assert (together["a/log.csv"].metric, "target" in together["a/log.csv"].answer.events) == ("val_gap_loss", True)
    assert list(api.predict(runs["d.csv"])) == [together["d.csv"]]
    assert list(api.advise(runs["d.csv"])) == [one for one in api.advise(logs) if one.run == "d.csv"]
