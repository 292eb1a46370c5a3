"""The journal of advice: kept once for the same points, and scored when runs have gone on."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import numpy as np
import pytest

import forerun
from forerun.cli.app import run as command
from forerun.core import BadInput, Curve, Run
from forerun.documents.journalling import read_advice

NOW, LATER = dt.datetime(2026, 1, 2, tzinfo=dt.UTC), dt.datetime(2026, 1, 3, tzinfo=dt.UTC)


def run(name: str, level: float, n: int, *, drop: float = 0.0) -> Run:
    """One that falls to a level, and from step 200 on by so much more."""
    x = np.arange(1, n + 1)
    y = level + 5 * x**-0.7 + 0.01 * np.random.default_rng(0).normal(size=n) - drop * np.clip((x - 200) / 200, 0, 1)
    return Run(name, {"loss": Curve(x, y, metric="loss")}, "csv", horizon={"step": 400.0})


def advised(file: Path, *runs: Run) -> dict[str, object]:
    decisions = forerun.advise(list(runs))
    forerun.journal_advice(decisions, file, now=NOW)
    return {entry["run"]: entry["action"] for entry in read_advice(file).advice}


def test_what_came_of_advice_is_told_when_the_runs_have_gone_on(tmp_path: Path) -> None:
    file = tmp_path / "advice.jsonl"
    said = advised(file, run("s/1.csv", 1.5, 200), run("s/2.csv", 2.98, 200), run("s/3.csv", 4.0, 200))
    assert said == {"s/1.csv": "continue", "s/2.csv": "stop", "s/3.csv": "stop"}
    half_way = [run("s/1.csv", 1.5, 300), run("s/2.csv", 2.98, 200)]
    outcomes = forerun.score_advice(file, half_way, now=LATER)
    assert [(one["run"], one["came"]) for one in outcomes] == [("s/1.csv", "open")]
    assert read_advice(file).outcomes == ()
    ended = [run("s/1.csv", 1.5, 400), run("s/2.csv", 2.98, 400, drop=2.0), run("s/3.csv", 4.0, 400)]
    came = {one["run"]: one for one in forerun.score_advice(file, ended, now=LATER)}
    assert {name: one["came"] for name, one in came.items()} == {
        "s/1.csv": "as advised", "s/2.csv": "otherwise", "s/3.csv": "as advised",
    }  # fmt: skip
    assert came["s/2.csv"]["why"] == "it went on and ended better than s/1.csv"
    assert came["s/2.csv"]["gain"] == pytest.approx(2.04, abs=0.03)
    assert (came["s/1.csv"]["within_80"], came["s/2.csv"]["within_80"]) == (True, False)
    assert forerun.score_advice(file, ended, now=LATER) == list(came.values())
    assert [one["of"] for one in read_advice(file).outcomes] == [one["of"] for one in came.values()]  # told once


def test_the_evidence_stands_beside_the_advice(tmp_path: Path) -> None:
    file = tmp_path / "advice.jsonl"
    spoilt = Curve(np.arange(1, 101), [*np.linspace(3, 1, 95), *[np.nan] * 5], metric="loss")
    advised(file, run("s/1.csv", 1.5, 200), Run("other/n.csv", {"loss": spoilt}, "csv"))
    first, second = read_advice(file).advice
    assert (first["at"], first["origin"], first["end"], first["metric"]) == (
        "2026-01-02T00:00:00+00:00",
        200,
        400,
        "loss",
    )
    assert first["forecast"]["quantiles"]["0.1"] < first["forecast"]["quantiles"]["0.9"]
    assert first["gain"]["unit"] == "loss"
    assert (second["action"], [one["kind"] for one in second["findings"]]) == ("stop", ["non_finite"])
    assert "forecast" not in second


def test_the_same_points_are_noted_once_and_what_is_there_is_never_changed(tmp_path: Path) -> None:
    file = tmp_path / "advice.jsonl"
    decisions = forerun.advise(run("a", 1.5, 200))
    assert [forerun.journal_advice(decisions, file, now=now) for now in (NOW, LATER)] == [1, 0]
    before = file.read_bytes()
    assert forerun.journal_advice(forerun.advise(run("a", 1.5, 250)), file, now=LATER) == 1
    assert file.read_bytes().startswith(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_damaged_line_costs_that_line_and_a_cut_one_does_not_spoil_the_next(tmp_path: Path) -> None:
    file = tmp_path / "advice.jsonl"
    forerun.journal_advice(forerun.advise(run("a", 1.5, 200)), file, now=NOW)
    whole = file.read_bytes()
    file.write_bytes(whole + b'[1]\n{"entry": "advice", "ru')
    forerun.journal_advice(forerun.advise(run("b", 1.5, 200)), file, now=NOW)
    journal = read_advice(file)
    assert ([one["run"] for one in journal.advice], journal.damaged) == (["a", "b"], (2, 3))


def test_a_file_of_something_else_is_not_written_to(tmp_path: Path) -> None:
    file = tmp_path / "loss.csv"
    file.write_text("step,loss\n1,2\n")
    with pytest.raises(BadInput, match=r"loss\.csv: is no journal of advice"):
        forerun.journal_advice(forerun.advise(run("a", 1.5, 200)), file, now=NOW)
    assert file.read_text() == "step,loss\n1,2\n"


def test_the_command_keeps_it_and_says_what_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs, file = tmp_path / "logs", tmp_path / "advice.jsonl"
    logs.mkdir()

    def write(n: int) -> None:
        rows = [{"config": {"max_steps": 60}}, *({"step": x, "val_loss": 1 + 2 / x} for x in range(1, n + 1))]
        (logs / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    write(30)
    assert command(["advise", str(logs), "--journal", str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "journal: 1 entry noted"
    write(60)
    assert command(["advise", str(logs), "--journal", str(file), "--json"]) == 0
    kept = json.loads(capsys.readouterr().out)["journal"]
    assert (kept["noted"], kept["damaged"], [one["came"] for one in kept["outcomes"]]) == (1, [], ["as advised"])
    assert command(["advise", str(logs), "--journal", str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["journal: 0 entries noted", "came of it: 1 as advised"]
