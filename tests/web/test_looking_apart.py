"""The process that looks at runs: killed, it is started again and loses nothing; nothing outlives the server."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import forerun
from forerun.api import Look
from forerun.core import Curve, Run, Runs, Undecided
from forerun.runs.store import Store
from forerun.session import Session, SessionSettings
from forerun.web import follower
from forerun.web.looking import Looking, LookingTask
from forerun.web.messages import LookedAt, Message, ReadRuns
from forerun.web.snapshot import is_looked_at
from forerun.web.workspace import ServedLogs, Workspace
from tests.web.serving import TOKEN, serving
from tests.web.test_serve import started

WITHIN = 60.0  # seconds in which what is waited for happens even where the machine is busy


def until(holds: Callable[[], Any]) -> Any:
    """What a condition comes to, once it holds."""
    late = time.monotonic() + WITHIN
    while not (value := holds()):
        assert time.monotonic() < late
        time.sleep(0.05)
    return value


def lines(start: int, end: int) -> str:
    return "".join(f'{{"step": {step}, "loss": {1 + 1 / step}}}\n' for step in range(start, end))


def asked(said: dict[str, Any], path: str) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with urllib.request.urlopen(urllib.request.Request(f"{said['address']}{path}", headers=headers)) as answer:
        return json.load(answer)


def state(said: dict[str, Any]) -> Any:
    """How things stand, as the first event says."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with urllib.request.urlopen(urllib.request.Request(f"{said['address']}api/events", headers=headers)) as stream:
        return next(json.loads(line[6:]) for line in stream if line.startswith(b"data: "))


def looker_of(pid: int) -> int | None:
    """The process that a server has look at runs; None where there is none now."""
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1]) if entry.name.isdigit() else 0
            if parent == pid and b"spawn_main" in (entry / "cmdline").read_bytes():
                return int(entry.name)
        except (OSError, IndexError, ValueError):
            continue
    return None


LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")


@LINUX
def test_the_process_that_looks_is_killed_and_nothing_is_lost_or_said_twice(tmp_path: Path) -> None:
    log, store = tmp_path / "logs" / "run.jsonl", tmp_path / "runs.forerun"
    log.parent.mkdir()
    log.write_text(lines(1, 41))
    options = (str(log.parent), "--store", str(store), "--every", "0.1")
    with started(*options, FORERUN_TOKEN=TOKEN) as (said, process):
        until(lambda: state(said)["looked"] == 1)
        (before,) = asked(said, "api/runs")["runs"]
        first = until(lambda: looker_of(process.pid))
        os.kill(first, signal.SIGKILL)
        assert asked(said, "api/runs")["runs"] == [before]
        assert "SIGKILL" in until(lambda: state(said)["problem"])
        with log.open("a") as more:
            more.write(lines(41, 61))
        until(lambda: asked(said, "api/runs")["runs"][0]["metrics"][0]["last_x"] == 60)
        until(lambda: state(said)["problem"] == "")
        second = looker_of(process.pid)
        assert second not in (None, first)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert not Path(f"/proc/{second}").exists()
        assert process.stderr is not None
        assert "SIGKILL" in (complaint := process.stderr.read())
        assert "Traceback" not in complaint
    with Store(store, create=False) as kept:
        assert kept.curve("run.jsonl", "loss").x[-1] == 60
        decided = [(entry.run, entry.body.action) for entry in kept.journal.entries(kind="decision")]
    assert len(decided) == len(set(decided))


@LINUX
def test_nothing_outlives_a_server_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "run.csv").write_text("step,loss\n" + "".join(f"{i},{1 / i}\n" for i in range(1, 2000)))
    with started(str(tmp_path / "logs"), FORERUN_TOKEN=TOKEN, TMPDIR=str(tmp_path / "tmp")) as (said, process):
        until(lambda: state(said)["runs"])
        looker = until(lambda: looker_of(process.pid))
        process.kill()
        process.wait(30)
    until(lambda: not Path(f"/proc/{looker}").exists())
    until(lambda: not list((tmp_path / "tmp").glob("forerun-*")))


def curve(level: float) -> Curve:
    steps = np.arange(1, 41)
    return Curve(steps, level + 1 / steps, metric="loss")


def runs() -> Runs:
    return Runs(tuple(Run(name, {"loss": curve(1.0)}, "csv", status="running") for name in ("good", "bad", "fine")))


class Faulty(Session):
    """Raises at one run."""

    def take(self, runs: Any, beside: Sequence[Run] | None = None) -> list[Look]:
        taken = list(runs)
        if any(run.id == "bad" for run in taken):
            self.fault()
        return super().take(taken, beside)

    def fault(self) -> None:
        raise ZeroDivisionError("by chance")


class Deadly(Faulty):
    """Ends the process at one run, as a library that crashes does."""

    def fault(self) -> None:
        os._exit(3)


class DeadlySettings(SessionSettings):
    def session(self) -> Session:
        return Deadly(renew=None)


def test_a_look_that_raises_is_shown_and_harms_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[Message] = []
    looking = Looking(LookingTask(None, partial(Faulty, renew=None), runs()), told.append)
    looking._look(looking.next())
    looks = {look.run.id: look for look in told[-1].looks} if isinstance(told[-1], LookedAt) else {}
    assert list(looks) == ["good", "bad", "fine"]
    decision = looks["bad"].decision
    assert isinstance(decision, Undecided)
    assert "Forerun fails at this run: ZeroDivisionError: by chance" in str(decision)
    assert [looks[name].forecast.answer is decision for name in ("good", "fine")] == [False, False]
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert looking.next() == []


def test_a_run_that_ends_the_process_is_told_apart_from_those_beside_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(follower, "_PAUSE", 0.01)
    workspace = Workspace.of(runs())
    workspace.settings = DeadlySettings()
    with serving(workspace) as served:
        until(lambda: workspace.listing.looked == 3)
        looks = workspace.snapshot.looks
        assert "looking at it ends the process" in str(looks["bad"].decision)
        assert all(is_looked_at(looks[name]) for name in ("good", "fine"))
        assert "Forerun fails at this run" not in str(looks["good"].decision)
        assert "looking at it ends the process" in served.ask("/decisions").text
    assert "ended (exit code 3)" in capfd.readouterr().err


def test_in_the_end_runs_are_told_what_all_of_them_together_come_to() -> None:
    """Those looked at first were placed among eight; what is shown at last is what `forerun.advise` says of all."""
    x = np.arange(1.0, 61.0)
    draws = np.random.default_rng(0).normal(scale=0.005, size=(12, 60))
    curves = [Curve(x, 1 + 0.1 * (i % 5) + 3 / x + noise, metric="loss") for i, noise in enumerate(draws)]
    group = {"horizon": {"step": 100.0}, "status": "running"}
    many = Runs(tuple(Run(f"sweep/{i}.csv", {"loss": curve}, "csv", **group) for i, curve in enumerate(curves)))
    told: list[Message] = []
    looking = Looking(LookingTask(None, partial(Session, renew=None), many), told.append)
    while batch := looking.next():
        looking._look(batch)
    expected = {one.run: one.answer for one in forerun.advise(many)}
    assert last_decisions(told) != expected
    looking._settle()
    assert last_decisions(told) == expected
    before = len(told)
    looking._settle()
    assert len(told) == before


def last_decisions(told: Sequence[Message]) -> dict[str, Any]:
    messages = [message for message in told if isinstance(message, LookedAt)]
    return {look.run.id: look.decision for message in messages for look in message.looks}


def test_of_many_logs_the_first_are_told_before_all_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forerun.web.looking._FIRST", 0.0)
    monkeypatch.setattr("forerun.web.looking._MORE", 0.0)
    for i in range(5):
        (tmp_path / f"run{i}.csv").write_text("step,loss\n1,2\n2,1\n")
    workspace, known, told = Workspace(), list[tuple[int, int]](), list[Message]()

    def tell(message: Message) -> None:
        told.append(message)
        if isinstance(message, ReadRuns):
            workspace.read(message)
            known.append((len(workspace.runs), workspace.snapshot.unread))
        elif isinstance(message, LookedAt):
            looking.stop()

    looking = Looking(LookingTask(ServedLogs(tmp_path), partial(Session, renew=None)), tell)
    looking.work()
    assert known == [(1, 4), (2, 3), (3, 2), (4, 1), (5, 0)]
    assert [run.id for run in workspace.runs] == [f"run{i}.csv" for i in range(5)]
    assert sum(len(message.runs) for message in told if isinstance(message, ReadRuns)) == 5


def test_logs_that_cannot_be_read_are_told_of_and_tried_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "runs.forerun"
    store.write_bytes(b"SQLite format 3\x00" + bytes(200))
    workspace = Workspace("runs", ServedLogs(tmp_path, store=store))
    with serving(workspace):
        until(lambda: workspace.problem)
        assert "runs.forerun" in workspace.problem
        store.unlink()
        (tmp_path / "run.csv").write_text("step,loss\n1,2\n2,1\n")
        until(lambda: len(workspace.runs) == 1)
        until(lambda: not workspace.problem)
    assert "runs.forerun" in capfd.readouterr().err
