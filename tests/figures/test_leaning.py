"""What is said of the runs that a forecast leaned on, wherever it is said."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from pathlib import Path

import pytest

from forerun import api
from forerun.cli.app import run as command
from forerun.core import Forecast
from forerun.figures import report
from forerun.figures.leaning import leaning
from forerun.forecast import FORECASTERS
from tests.leaning import sweep

SENTENCE = "leaned on run-3.jsonl (55%), run-2.jsonl (27%) and run-1.jsonl (18%) beside it; alone: 1.45"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs that have finished and one that goes on, and a forecaster that leans on them."""
    monkeypatch.setitem(FORECASTERS.table, "leaning", "tests.leaning:LEANING")
    return sweep(tmp_path / "logs")


def forecast(**events: object) -> Forecast:
    return Forecast("loss", "step", "min", 2, [3], [0.1, 0.5, 0.9], [[1.0, 2.0, 3.0]], "m", "1", events=events)


def test_one_two_three_or_many() -> None:
    assert leaning("b", forecast()) == ""
    assert leaning("b", forecast(leaned_on={"a": 1.0})) == "leaned on a (100%) beside it"
    assert leaning("b", forecast(leaned_on={"a": 0.6, "c": 0.4})) == "leaned on a (60%) and c (40%) beside it"
    three = {"a": 0.6, "c": 0.398, "d": 0.002}
    assert leaning("b", forecast(leaned_on=three)) == "leaned on a (60%), c (40%) and d (under 1%) beside it"
    many = {"a": 0.4, "c": 0.3, **{f"d{i}": 0.001 for i in range(300)}}
    assert leaning("b", forecast(leaned_on=many, alone=1.834567)) == (
        "leaned on a (40%), c (30%) and 300 more beside it; alone: 1.835"
    )


def test_a_name_is_told_without_what_it_shares_and_is_only_text() -> None:
    shares = {"s/t/lr_1": 0.7, "s/t/\x1b[31mred": 0.3}
    assert leaning("s/t/lr_2", forecast(leaned_on=shares)) == "leaned on lr_1 (70%) and ?[31mred (30%) beside it"


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert command([*map(str, arguments)]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["predict", "advise"])
def test_the_command_line_says_it(
    name: str, logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert said(capsys, name, logs, "--method", "leaning").count(SENTENCE) == 1
    assert "leaned on" not in said(capsys, name, logs, "--method", "leaning", "--alone")


def test_the_document_holds_it(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(said(capsys, "predict", logs, "--method", "leaning", "--json"))["forecasts"]
    assert {row["run"]: "leaned_on" in row for row in rows} == {f"run-{i}.jsonl": i == 4 for i in range(1, 5)}
    assert list(rows[3]["leaned_on"].items()) == [
        ("run-3.jsonl", pytest.approx(6 / 11)),
        ("run-2.jsonl", pytest.approx(3 / 11)),
        ("run-1.jsonl", pytest.approx(2 / 11)),
    ]
    assert rows[3]["alone"] == pytest.approx(1.45)
    rows = json.loads(said(capsys, "predict", logs, "--method", "leaning", "--alone", "--json"))["forecasts"]
    assert not any({"leaned_on", "alone"} & set(row) for row in rows)
    assert rows[3]["quantiles"]["0.5"] == pytest.approx(1.45)


def test_the_page_says_it_and_names_the_curves_to_be_drawn_behind_the_fan(logs: Path) -> None:
    def page(**more: bool) -> str:
        return report(api.read(logs), title="t", now=dt.datetime(2026, 1, 1), method="leaning", **more)

    told = html.unescape(page())
    assert f"The forecast {SENTENCE}." in told
    sections = dict(re.findall(r'<section id="(run-\d)"[^>]*data-leaned="([^"]*)"', told))
    assert sections == {"run-3": "2 1 0"}
    assert "data-leaned=" not in page(alone=True)
    assert "leaned on run-" not in page(alone=True)
