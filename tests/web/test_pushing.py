"""What the page sends: what happens to runs that go on, once, and nothing of what was there before anyone looked."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from forerun.alerts import Alerts
from forerun.core import Curve, Run, Runs
from forerun.documents.shape import Document
from forerun.session import Session
from forerun.web.pushing import Pusher, pushed
from forerun.web.snapshot import RunsSnapshot
from forerun.web.workspace import ServedLogs, Workspace
from tests.web.serving import serving


class Mailbox:
    """A channel that keeps what is sent."""

    name = "mailbox"

    def __init__(self) -> None:
        self.got: list[str] = []

    def send(self, alert: Document) -> None:
        self.got += [one["run"] for one in alert["findings"]]


def run_of(id: str, status: Any, *, bad: bool) -> Run:
    y = [2.0 + 1 / x for x in range(1, 60)]
    return Run(
        id,
        {"loss": Curve(range(1, 60), y[:50] + ([float("nan")] * 9 if bad else y[50:]), metric="loss")},
        "csv",
        status=status,
    )


def snapshot_of(version: int, *runs: Run, unlooked: tuple[str, ...] = ()) -> RunsSnapshot:
    looks = Session(method="last_value", detector="non_finite").take(list(runs), list(runs))
    return RunsSnapshot(version, Runs(runs), {look.run.id: look for look in looks if look.run.id not in unlooked})


def test_what_happens_after_all_was_seen_is_sent_once() -> None:
    box = Mailbox()
    pusher = Pusher(Alerts([box], pause=0.0))
    a, b, old = run_of("a", "running", bad=False), run_of("b", "running", bad=True), run_of("old", "ended", bad=True)
    assert pusher.take(snapshot_of(1, a, b, old, unlooked=("a", "old")), 1.0) == []  # a was not looked at yet
    pusher.take(snapshot_of(2, a, b, old, unlooked=("old",)), 2.0)
    assert box.got == []  # what b came to was there before
    pusher.take(snapshot_of(3, a, b, old), 3.0)
    assert box.got == []  # old was over before, and came into sight late
    worse = replace(run_of("a", "crashed", bad=True))
    for version in (4, 5):
        pusher.take(snapshot_of(version, worse, b, old), float(version))
    assert box.got == ["a"]  # it went on, and then crashed
    pusher.take(snapshot_of(6, worse, b, old, run_of("new", "running", bad=True)), 6.0)
    assert box.got == ["a", "new"]


def test_a_log_that_turns_bad_while_it_is_served_is_told(tmp_path: Path) -> None:
    log, box, said = tmp_path / "run.jsonl", Mailbox(), list[str]()
    log.write_text("".join(json.dumps({"step": step, "loss": 1 + 1 / step}) + "\n" for step in range(1, 60)))
    workspace = Workspace("live", ServedLogs(tmp_path, every=0.05))
    with serving(workspace), pushed(workspace, Alerts([box], pause=0.0), said.extend, every=0.02):
        until = time.monotonic() + 60
        while not workspace.snapshot.looks and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.2)
        with log.open("a") as more:
            more.write("".join(f'{{"step": {step}, "loss": NaN}}\n' for step in range(60, 70)))
        while not box.got and time.monotonic() < until:
            time.sleep(0.02)
    assert box.got == ["run.jsonl"]
    assert said == []
