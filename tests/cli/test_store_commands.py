"""``read --store``, ``watch``, ``doctor STORE`` and ``--axis``; every command with a store as PATH."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forerun.cli.app import run
from forerun.runs.store.schema import VERSION


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    for name, top in (("a", 2.0), ("b", 3.0)):
        rows = [f'{{"step": {s}, "time": {1000 + 7 * s}, "val_loss": {top + 1 / s}}}\n' for s in range(1, 601)]
        (folder / f"{name}.jsonl").write_text("".join(rows))
    (folder / "forerun.toml").write_text("horizon = 900\n")
    return folder


def answer(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> dict[str, Any]:
    assert run([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_every_command_says_the_same_of_a_store_as_of_its_logs(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "s.forerun"
    assert answer(capsys, "read", logs, "--store", store) == answer(capsys, "read", logs)
    for command in ("read", "predict", "scan", "advise"):
        assert answer(capsys, command, store) == answer(capsys, command, logs)
    report = answer(capsys, "report", store, "-o", tmp_path / "r.html")
    assert report["runs"] == 2
    (told,) = (row for row in answer(capsys, "predict", store)["forecasts"] if row["run"] == "a.jsonl")
    assert (told["at"], told["assumed"]) == (900, False)  # the settings beside the logs hold for the store


def test_a_store_inside_the_logs_is_no_log(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        document = answer(capsys, "read", logs, "--store", logs / "s.forerun")
        assert [r["run"] for r in document["runs"]] == ["a.jsonl", "b.jsonl"]
        assert document["skipped"] == []
    assert [s["path"] for s in answer(capsys, "read", logs)["skipped"]] == ["s.forerun"]


def test_errors_name_the_store_and_the_way_out(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = answer(capsys, "read", logs, "--store", logs / "a.jsonl", code=2)["error"]
    assert "not a store; give a name of its own" in error["message"]
    answer(capsys, "read", logs, "--store", tmp_path / "s")
    error = answer(capsys, "read", tmp_path / "s", "--store", tmp_path / "t", code=2)["error"]
    assert "give the logs it was read from" in error["message"]
    error = answer(capsys, "doctor", logs, "--repair", code=2)["error"]
    assert "repairs a store; logs are never written to" in error["message"]
    error = answer(capsys, "watch", tmp_path / "none", "--polls", 1, code=2)["error"]
    assert error["kind"] == "nothing_to_read"


def test_doctor_finds_damage_in_a_store_and_repairs_it(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "s"
    answer(capsys, "read", logs, "--store", store)
    sound = answer(capsys, "doctor", store, "--fail-on", "damage")["store"]
    assert (sound["version"], sound["points"], sound["damage"], sound["read_from"]) == (VERSION, 1200, [], [str(logs)])
    with sqlite3.connect(store) as db:
        db.execute("UPDATE chunk SET seal = seal + 1 WHERE rowid = (SELECT max(rowid) FROM chunk)")
    found = answer(capsys, "doctor", store, "--fail-on", "damage", code=3)["store"]
    assert [d["why"] for d in found["damage"]] == ["checksum of the chunk does not match"]
    assert run(["doctor", str(store)]) == 0
    assert "to repair: forerun doctor STORE --repair, then forerun read" in " ".join(capsys.readouterr().out.split())
    assert answer(capsys, "doctor", store, "--repair")["store"]["repaired"] == ["b.jsonl"]
    answer(capsys, "read", logs, "--store", store)
    assert answer(capsys, "doctor", store)["store"]["damage"] == []
    assert answer(capsys, "read", store) == answer(capsys, "read", logs)


def test_curves_on_another_axis(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (told, _) = answer(capsys, "predict", logs, "--axis", "seconds")["forecasts"]
    assert (told["axis"], told["origin"]) == ("seconds", 7 * 599)
    (logs / "c.csv").write_text("step,loss\n1,2\n2,1\n")
    document = answer(capsys, "predict", logs, "--axis", "seconds")
    assert [row["run"] for row in document["forecasts"]] == ["a.jsonl", "b.jsonl"]
    error = answer(capsys, "predict", logs, "--axis", "tokens", code=2)["error"]
    assert error["message"] == "no axis 'tokens'; there are: step"


def test_watch_says_a_line_a_change(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch", str(logs), "--polls", "2", "--every", "0.05"]) == 0
    told = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert len(told) == 2
    assert told[0].startswith("a.jsonl: running, val_loss 2.002 at step 600; ")


def test_watch_follows_a_log_that_is_being_written(tmp_path: Path) -> None:
    """A process of its own; a line is written once the one before has been seen; stopped as people stop it."""
    file = tmp_path / "a.csv"
    file.write_text("step,loss\n0,1.0\n")
    command = [sys.executable, "-m", "forerun", "watch", str(tmp_path), "--every", "0.1", "--json"]
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)  # as in the background, which a child inherits
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, ignored)
    seen: list[int] = []
    assert watching.stdout is not None
    for line in watching.stdout:
        document = json.loads(line)
        seen += [metric["n"] for one in document["runs"] for metric in one["metrics"]]
        if len(seen) == 8:
            break
        with file.open("a") as grown:
            grown.write(f"{len(seen)},{1 / (len(seen) + 1)}\n")
    watching.send_signal(signal.SIGINT)
    _, complained = watching.communicate()
    assert (watching.returncode, complained) == (0, "")
    assert seen == list(range(1, 9))
