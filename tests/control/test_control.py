"""Orders to a training: whole or not at all, their owner's alone, typed, within their ranges and their time, noted."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forerun.control import ACTS, ControlFolder, Order, Watching, give, order_of
from forerun.control.folder import SILENT
from forerun.control.order import LONGEST
from forerun.control.owned import MOST, owned_folder, read_owned, write_owned
from forerun.core import BadInput, UnknownName
from forerun.runs.store import Store

NOW = 1_000.0
STOP = Order("mlp", "stop", None, ("hopeless",), "advise", given=NOW, expires=NOW + 600)


@pytest.fixture
def folder(tmp_path: Path) -> ControlFolder:
    """One in which a training has announced itself, heard of at `NOW`."""
    made = ControlFolder(tmp_path / "runs.forerun")
    made.announce(Watching("mlp", ("stop", "change lr"), dry=False, pid=os.getpid(), host="here"))
    _at(made, "watching", NOW)
    return made


def _file(folder: ControlFolder, kind: str) -> Path:
    (path,) = folder.path.glob(f"*.{kind}")
    return path


def _at(folder: ControlFolder, kind: str, moment: float) -> None:
    os.utime(_file(folder, kind), (moment, moment))


def test_an_order_is_taken_once_by_its_run(folder: ControlFolder) -> None:
    folder.put(STOP)
    assert folder.waits("mlp", NOW)
    assert folder.take("cnn", NOW) is None
    assert folder.take("mlp", NOW) == STOP
    assert folder.take("mlp", NOW) is None
    assert sorted(path.suffix for path in folder.path.iterdir()) == [".watching"]


def test_what_lies_there_is_its_owners_alone(folder: ControlFolder) -> None:
    folder.put(STOP)
    assert [oct(path.stat().st_mode & 0o777) for path in (folder.path, _file(folder, "order"))] == ["0o700", "0o600"]


def test_a_second_order_waits_until_the_first_is_taken_or_expired(folder: ControlFolder) -> None:
    folder.put(STOP)
    with pytest.raises(BadInput, match="mlp: an order waits already"):
        folder.put(replace(STOP, id="", given=NOW + 1))
    later = replace(STOP, id="", given=NOW + 601, expires=NOW + 700)
    folder.put(later)
    assert folder.take("mlp", NOW + 602) == later


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"action": "exec"}, "no action 'exec'; there are: stop, cooldown, change lr, roll back"),
        ({"amount": 1.0}, "'stop' takes no amount, but has 1.0"),
        ({"action": "change lr", "amount": 100.0}, "'change lr' takes 0.01 to 10 factor, not 100.0"),
        ({"action": "change lr", "amount": float("nan")}, "'change lr' takes 0.01 to 10 factor, not nan"),
        ({"action": "cooldown", "amount": True}, "'cooldown' takes 1 to 1e\\+09 steps, not True"),
        ({"expires": NOW + LONGEST + 1}, "it must hold for up to 86400 s"),
        ({"expires": NOW}, "it must hold for up to"),
        ({"given": "now"}, "given must be a unix time, but is 'now'"),
        ({"run": 3}, "run must be text, but is 3"),
        ({"reasons": "all"}, "reasons must be a list"),
        ({"shell": "rm"}, "an order has the fields action, amount, by, expires, given, id, reasons, run"),
    ],
)
def test_what_is_no_order_is_refused_and_gone(folder: ControlFolder, change: dict[str, Any], says: str) -> None:
    folder.put(STOP)
    _file(folder, "order").write_text(json.dumps(STOP.as_json() | change))
    with pytest.raises((BadInput, UnknownName), match=says):
        folder.take("mlp", NOW)
    assert folder.take("mlp", NOW) is None


def test_every_act_takes_the_ends_of_its_range_and_nothing_beyond() -> None:
    for name, act in ACTS.items():
        if act.unit:
            for amount in (act.low, act.high):
                assert order_of(json.dumps(replace(STOP, action=name, amount=amount).as_json())).amount == amount
            for amount in (act.low * 0.99, act.high * 1.01, None):
                with pytest.raises(BadInput):
                    replace(STOP, action=name, amount=amount)


@pytest.mark.parametrize(("now", "says"), [(NOW + 600, "expired 0 s ago"), (NOW - 61, "given 61 s in the future")])
def test_an_order_holds_for_its_time_alone(folder: ControlFolder, now: float, says: str) -> None:
    folder.put(STOP)
    with pytest.raises(BadInput, match=says):
        folder.take("mlp", now)


def test_an_order_for_another_run_is_refused(folder: ControlFolder) -> None:
    folder.put(STOP)
    _file(folder, "order").write_text(json.dumps(STOP.as_json() | {"run": "cnn"}))
    with pytest.raises(BadInput, match="it is for the run 'cnn'"):
        folder.take("mlp", NOW)


@pytest.mark.parametrize("as_what", ["link", "second name", "open to others", "pipe", "folder", "too long", "no JSON"])
def test_what_another_could_have_laid_there_is_refused(folder: ControlFolder, tmp_path: Path, as_what: str) -> None:
    folder.put(STOP)
    path, elsewhere = _file(folder, "order"), tmp_path / "elsewhere"
    if as_what == "link":
        path.rename(elsewhere)
        path.symlink_to(elsewhere)
    elif as_what == "second name":
        elsewhere.hardlink_to(path)
    elif as_what == "open to others":
        path.chmod(0o644)
    elif as_what == "too long":
        path.write_bytes(b" " * (MOST + 1))
    elif as_what == "no JSON":
        path.write_bytes(b"\xff{")
    else:
        path.unlink()
        os.mkfifo(path, 0o600) if as_what == "pipe" else path.mkdir(0o700)
    with pytest.raises(BadInput):
        folder.take("mlp", NOW)
    assert folder.take("mlp", NOW) is None
    assert as_what != "link" or elsewhere.exists()


@pytest.mark.parametrize("as_what", ["open to others", "link", "file"])
def test_a_folder_that_is_not_its_owners_alone_is_not_used(folder: ControlFolder, tmp_path: Path, as_what: str) -> None:
    if as_what == "open to others":
        folder.path.chmod(0o755)
    else:
        folder.path.rename(tmp_path / "elsewhere")
        folder.path.symlink_to(tmp_path / "elsewhere") if as_what == "link" else folder.path.write_text("")
    for use in (lambda: folder.put(STOP), lambda: folder.take("mlp", NOW), lambda: folder.watching("mlp", NOW)):
        with pytest.raises(BadInput, match=r"open|others may use it"):
            use()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_anothers_file_is_refused(folder: ControlFolder) -> None:
    folder.put(STOP)
    os.chown(_file(folder, "order"), 12345, -1)
    with pytest.raises(BadInput, match="it belongs to user 12345"):
        folder.take("mlp", NOW)


def test_a_write_that_fails_leaves_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    with owned_folder(path, create=True) as folder:
        write_owned(folder, "order", b"before")
        with pytest.raises(TypeError):
            write_owned(folder, "order", "no bytes")  # type: ignore[arg-type]
        assert read_owned(folder, "order")[0] == b"before"
    assert [one.name for one in path.iterdir()] == ["order"]


def test_no_id_of_a_run_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = ControlFolder(tmp_path / "runs.forerun")
    for id in ("../../x", "/etc/passwd", "a\0b", "\ud800", "x" * 5000):
        folder.announce(Watching(id, (), dry=True, pid=1, host="here"))
    assert {path.parent for path in tmp_path.rglob("*.watching")} == {folder.path}


def test_a_training_that_is_silent_for_long_is_gone(folder: ControlFolder) -> None:
    watching = folder.watching("mlp", NOW + 5)
    assert watching is not None
    assert (watching.allow, watching.dry, watching.silent) == (("stop", "change lr"), False, 5.0)
    assert folder.watching("mlp", NOW + SILENT + 1) is None
    folder.live("mlp")
    assert folder.watching("mlp", _file(folder, "watching").stat().st_mtime) is not None
    folder.leave("mlp")
    assert folder.watching("mlp", NOW) is None


def told(run: str, action: str, amount: float | None = None, at: float = NOW) -> Order:
    return Order(run, action, amount, ("it spikes",), "advise", given=at, expires=at + 600)


def test_it_is_given_to_those_who_allow_it_and_noted_first(folder: ControlFolder, tmp_path: Path) -> None:
    with Store(tmp_path / "runs.forerun") as store:
        order = told("mlp", "change lr", 0.5)
        give(store, order)
        assert folder.take("mlp", NOW) == order
        (entry,) = store.journal.entries(run="mlp", kind="action")
        assert entry.body == {"order": order.as_json(), "outcome": "given", "why": ""}
        assert entry.method == "advise"


def test_what_is_not_allowed_or_not_running_is_refused_and_not_laid_down(folder: ControlFolder, tmp_path: Path) -> None:
    refused = {
        "no training that takes orders": told("cnn", "stop"),
        "does not allow 'cooldown', but stop, change lr": told("mlp", "cooldown", 10),
    }
    with Store(tmp_path / "runs.forerun") as store:
        for says, order in refused.items():
            with pytest.raises(BadInput, match=says):
                give(store, order)
        give(store, told("mlp", "stop"))
        with pytest.raises(BadInput, match="it could not be laid down: mlp: an order waits"):
            give(store, told("mlp", "stop", at=NOW + 1))
        outcomes = [entry.body["outcome"] for entry in store.journal.entries(kind="action")]
        assert outcomes == ["given", "given", "failed"]
    with pytest.raises(BadInput, match="a store in memory reaches no training"):
        give(Store(None), told("mlp", "stop"))
