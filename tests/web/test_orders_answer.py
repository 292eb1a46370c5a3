"""What the page says can be done to a training, and doing it: only what is allowed, only once it is confirmed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from forerun.control import ControlFolder, Watching
from forerun.core import BadInput, Curve, Decision, Run, Runs, UnknownName
from forerun.live import GrowingLogs
from forerun.runs.store import Store
from forerun.session import Session
from forerun.watcher import Watcher
from forerun.web.answers import decisions, orders
from forerun.web.call import Call
from forerun.web.listing import Listing
from forerun.web.snapshot import RunsSnapshot
from forerun.web.workspace import ServedLogs, Workspace

PID = os.getpid()


def quick() -> Session:
    return Session(method="last_value", detector="non_finite")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store in which a run has diverged."""
    path = tmp_path_factory.mktemp("store") / "runs.forerun"
    with Watcher(path, "mlp", session=quick) as watcher:
        for step in range(1, 60):
            watcher.log(step, {"loss": 1.0 if step < 30 else float("nan")})
    return path.read_bytes()


@pytest.fixture
def store(tmp_path: Path, written: bytes) -> Path:
    path = tmp_path / "runs.forerun"
    path.write_bytes(written)
    return path


def workspace_of(path: Path, store: Path | None = None) -> Workspace:
    """As if it had just read a run that goes on and has diverged, and looked at it."""
    curve = Curve(range(1, 60), [1.0] * 29 + [float("nan")] * 30, metric="loss")
    run = Run("mlp", {"loss": curve}, "watcher", status="running")
    (look,) = quick().take([run], [run])
    snapshot = RunsSnapshot(1, Runs((run,)), {"mlp": look})
    return Workspace("runs", ServedLogs(path, store), snapshot=snapshot, listing=Listing.of(snapshot))


def announce(store: Path, *allow: str, dry: bool = False) -> ControlFolder:
    folder = ControlFolder(store)
    folder.announce(Watching("mlp", allow, dry, PID, "here"))
    return folder


def state(workspace: Workspace) -> dict[str, Any]:
    return orders.state(Call(workspace, {"run": ("mlp",)}))


def tell(workspace: Workspace, **body: Any) -> dict[str, Any]:
    return orders.tell(Call(workspace, {}, {"run": "mlp"} | body))


def told(store: Path) -> list[tuple[str, str]]:
    with Store(store) as opened:
        return [(one.body["order"]["action"], one.body["outcome"]) for one in opened.journal.entries(kind="action")]


def test_what_was_confirmed_is_given_noted_and_taken(store: Path) -> None:
    folder, workspace = announce(store, "cooldown", "stop"), workspace_of(store)
    said = state(workspace)
    assert said["process"] == {"pid": PID, "host": "here", "silent_s": said["process"]["silent_s"], "dry": False}
    stop, cooldown = said["offers"]  # what is advised first
    decision = workspace.listing.by_id["mlp"].shown.look.decision
    assert isinstance(decision, Decision) and decision.action == "stop"
    assert stop["confirm"] == f"stop {PID}"
    assert (stop["reasons"], stop["undo"]) == (list(decision.reasons), decision.undo)
    assert "reasons" not in cooldown and (cooldown["low"], cooldown["unit"]) == (1, "steps")
    given = tell(workspace, action="stop", confirm=f"stop {PID}")
    order = folder.take("mlp", time.time())
    assert order is not None
    assert (order.id, order.action, order.by, order.reasons) == (given["order"], "stop", "page", decision.reasons)
    assert told(store) == [("stop", "given")]
    (line,) = state(workspace)["told"]
    assert (line["order"], line["outcome"], line["by"]) == (given["order"], "given", "page")
    assert "order to stop given" in decisions.answer(Call(workspace)).body


def test_without_the_words_nothing_is_done(store: Path) -> None:
    folder, workspace = announce(store, "stop", "change lr"), workspace_of(store)
    said = tell(workspace, action="stop")
    assert (said["status"], said["offer"]["confirm"]) == ("not given", f"stop {PID}")
    refused = [
        {"action": "stop", "confirm": "yes"},
        {"action": "stop", "confirm": f"stop {PID + 1}"},  # a training that has begun since
        {"action": "stop", "confirm": f"change lr {PID}"},
        {"action": "stop", "confirm": True},
        {"action": "stop", "confirm": f"stop {PID}", "amount": 3},
        {"action": "change lr", "confirm": f"change lr {PID}"},
        {"action": "change lr", "confirm": f"change lr {PID}", "amount": 1000},
        {"action": "cooldown", "confirm": f"cooldown {PID}", "amount": 100},  # not allowed
        {"confirm": f"stop {PID}"},
    ]
    for body in refused:
        with pytest.raises(BadInput):
            tell(workspace, **body)
    with pytest.raises(UnknownName):
        tell(workspace, action="halt", confirm=f"halt {PID}")
    with pytest.raises(UnknownName):
        tell(workspace, run="other", action="stop", confirm=f"stop {PID}")
    assert folder.take("mlp", time.time()) is None
    assert told(store) == []


def test_a_second_order_waits_for_the_first(store: Path) -> None:
    announce(store, "stop")
    workspace = workspace_of(store)
    tell(workspace, action="stop", confirm=f"stop {PID}")
    with pytest.raises(BadInput, match="waits already"):
        tell(workspace, action="stop", confirm=f"stop {PID}")


def test_why_a_training_takes_no_orders_and_how_it_would(store: Path, tmp_path: Path) -> None:
    logs = workspace_of(tmp_path)
    assert "read from its log" in state(logs)["why"]
    silent = workspace_of(tmp_path, store)
    assert "no training that takes orders runs" in state(silent)["why"]
    announce(store)
    assert "allows nothing" in state(silent)["why"]
    folder = ControlFolder(store)
    folder.path.chmod(0o755)
    assert "others may use it" in state(silent)["why"]
    for workspace in (logs, silent):
        said = state(workspace)
        assert not said["takes_orders"] and "allow=[" in said["how"]
        with pytest.raises(BadInput):
            tell(workspace, action="stop", confirm=f"stop {PID}")
        assert "No training here takes orders" in decisions.answer(Call(workspace)).body


def test_a_run_of_a_served_store_is_the_one_that_is_watched(store: Path) -> None:
    """The id under which a store is read is that under which its training announced itself."""
    announce(store, "stop", dry=True)
    with Store(store, create=False) as opened:
        (run,) = GrowingLogs(None, opened).read(time.time()).runs
    assert run.id == "mlp"
    workspace = workspace_of(store)
    assert state(workspace)["process"]["dry"] is True
    assert "1 training takes orders" in decisions.answer(Call(workspace)).body
