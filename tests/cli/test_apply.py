"""``forerun advise --apply``: an order reaches a training that runs and allows it, and no other."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from forerun.cli.app import run
from forerun.control import ControlFolder
from forerun.runs.store import Store
from forerun.session import Session
from forerun.watcher import Watcher


def session() -> Session:
    return Session(method="last_value", detector="non_finite")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """One in which a run has diverged that is over, and cannot be told anything."""
    path = tmp_path / "runs.forerun"
    with Watcher(path, "over", session=session) as watcher:
        for step in range(1, 60):
            watcher.log(step, {"loss": 1.0 if step < 30 else float("nan")})
    return path


def answer(capsys: pytest.CaptureFixture[str], store: Path, *more: str) -> dict[str, dict[str, str]]:
    assert run(["advise", str(store), "--apply", "--json", *more]) == 0
    return {one["run"]: one for one in json.loads(capsys.readouterr().out)["orders"]}


def logged_until(watcher: Watcher, reached: str, store: Path) -> None:
    """Log NaN until the training is heard of, or is to stop; no longer than a minute."""
    folder = ControlFolder(store)
    for step in range(60, 6_000):
        watcher.log(int(time.time() * 1e3) if step > 60 else 60, {"loss": float("nan")})
        if watcher.should_stop if reached == "stop" else folder.watching("mlp", time.time()) is not None:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"not reached: {reached}")


def test_it_stops_a_training_that_has_diverged_and_allows_it(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Watcher(store, "mlp", session=session, allow=("stop",), dry=False, every=0.01) as watcher:
        for step in range(1, 60):
            watcher.log(step, {"loss": 1.0 if step < 30 else float("nan")})
        logged_until(watcher, "announced", store)
        while "stop" not in decided(store):
            threading.Event().wait(0.01)
        given = answer(capsys, store)
        assert (given["mlp"]["action"], given["mlp"]["status"]) == ("stop", "given")
        logged_until(watcher, "stop", store)
    with Store(store) as opened:
        entries = opened.journal.entries(run="mlp", kind="action")
    assert [entry.body["outcome"] for entry in entries] == ["given", "taken", "done"]
    assert {entry.body["order"]["id"] for entry in entries} == {given["mlp"]["order"]}
    assert entries[0].body["order"]["by"] == "auto"


def decided(store: Path) -> list[str]:
    with Store(store) as opened:
        return [entry.body.action for entry in opened.journal.entries(run="mlp", kind="decision")]


def test_what_allows_nothing_is_told_nothing(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Watcher(store, "mlp", session=session, every=0.01) as watcher:
        for step in range(1, 60):
            watcher.log(step, {"loss": 1.0 if step < 30 else float("nan")})
        while "stop" not in decided(store):
            threading.Event().wait(0.01)
        said = answer(capsys, store)["mlp"]
        assert said["status"] == "not given"
        assert said["why"].startswith("no training that takes orders runs under this id")
        assert not watcher.should_stop


def test_logs_that_are_no_store_reach_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.csv").write_text("step,loss\n" + "".join(f"{i},{1 / i}\n" for i in range(1, 30)))
    assert run(["advise", str(tmp_path / "run.csv"), "--apply"]) == 2
    assert "--apply reaches trainings that write to a store" in capsys.readouterr().err
