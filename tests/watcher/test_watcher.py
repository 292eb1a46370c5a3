"""A watched training: what is said and kept of it, what it may be told, and that nothing that fails reaches it."""

from __future__ import annotations

import ctypes
import json
import pickle
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun import api
from forerun.control import ControlFolder, Order, give
from forerun.core import Answer, BadInput, Finding, Undecided, UnknownName
from forerun.runs.store import Store
from forerun.session import Session
from forerun.watcher import Watcher
from forerun.watcher.slow_part import StepTimes


def quick() -> Session:
    return Session(method="last_value", detector=["non_finite", "spike"])


def falling(step: int) -> float:
    return 1.0 + 2.0 / step


def run_to(watcher: Watcher, steps: range, loss: Callable[[int], float] = falling) -> None:
    for step in steps:
        watcher.log(step, {"loss": loss(step)})


def kinds(watcher: Watcher) -> list[str]:
    return [finding.kind for finding in watcher.findings]


def actions(store: Path, run: str = "mlp") -> list[tuple[str, str]]:
    with Store(store) as opened:
        entries = opened.journal.entries(run=run, kind="action")
    return [(entry.body["order"]["action"], entry.body["outcome"]) for entry in entries]


def test_what_it_keeps_is_a_run_like_any_other(tmp_path: Path) -> None:
    store = tmp_path / "runs.forerun"
    with Watcher(store, "mlp", horizon=200, config={"lr": 0.1}, session=quick) as watcher:
        run_to(watcher, range(1, 100))
    (run,) = api.read(store)
    assert run.curves["loss"].x.tolist() == list(range(1, 100))
    assert run.curves["loss"].y.tolist() == [falling(step) for step in range(1, 100)]
    assert (run.id, run.horizon["step"], run.config["lr"]) == ("mlp", 200.0, 0.1)
    assert {"memory/host_mb", "memory/host_peak_mb", "disk/written_mb"} <= run.curves.keys()
    assert api.predict(run)["mlp"].metric == "loss"  # what the host is used for is not what a run is judged by


def test_what_it_says_is_what_the_verbs_say_of_what_it_kept(tmp_path: Path) -> None:
    store = tmp_path / "runs.forerun"
    with Watcher(store, "mlp", horizon=200, session=lambda: Session(method="last_value")) as watcher:
        run_to(watcher, range(1, 120), lambda step: 50.0 if step == 70 else falling(step))
    assert watcher.findings == api.scan(store)["mlp"].findings
    with Store(store) as opened:
        assert {(f.kind, f.start) for f in opened.journal.findings("mlp")} == {("spike", 70.0)}


def test_a_run_that_goes_on_from_a_checkpoint_is_one_run(tmp_path: Path) -> None:
    store = tmp_path / "runs.forerun"
    for steps in (range(1, 60), range(41, 100)):
        with Watcher(store, "mlp", horizon=100, session=quick) as watcher:
            run_to(watcher, steps)
    (run,) = api.read(store)
    assert run.curves["loss"].x.tolist() == list(range(1, 100))
    assert run.status == "finished"
    assert kinds(watcher) == []


@pytest.mark.parametrize(("crashed", "last", "status"), [(True, 50, "crashed"), (False, 99, "finished")])
def test_how_it_ended_is_kept(tmp_path: Path, crashed: bool, last: int, status: str) -> None:
    store = tmp_path / "runs.forerun"
    watcher = Watcher(store, "mlp", horizon=100, session=quick)
    run_to(watcher, range(1, last + 1))
    assert watcher.close(crashed=crashed)
    assert api.read(store)[0].status == status


@pytest.mark.parametrize("metrics", [{"loss": "three"}, {"loss": None}, {"loss": np.zeros(3)}, None, 7])
def test_what_cannot_be_logged_is_a_finding(metrics: Any) -> None:
    watcher = Watcher(None, "mlp", session=quick)
    run_to(watcher, range(1, 10))
    watcher.log(10, metrics)
    watcher.log("eleven", {"loss": 1.0})  # type: ignore[arg-type]
    watcher.close()
    (finding,) = watcher.findings
    assert (finding.kind, finding.statistic, finding.start) == ("watcher_failure", 2.0, 9.0)
    assert finding.message.startswith("watching failed at log, 2 times: ")


def test_an_exception_in_forerun_is_a_finding_and_the_points_are_kept(tmp_path: Path) -> None:
    def broken() -> Session:
        raise RuntimeError("a bug of ours")

    store = tmp_path / "runs.forerun"
    with Watcher(store, "mlp", session=broken) as watcher:
        run_to(watcher, range(1, 30))
    (finding,) = watcher.findings
    assert finding.message.startswith("watching failed at session")
    assert finding.message.endswith(": a bug of ours; the training goes on untouched")
    assert len(api.read(store)[0].curves["loss"]) == 29
    with Store(store) as opened:
        assert [finding.kind for finding in opened.journal.findings("mlp")] == ["watcher_failure"]


def test_what_is_no_store_is_left_as_it_is_and_told(tmp_path: Path) -> None:
    store = tmp_path / "runs.forerun"
    store.write_bytes(b"not a store, but somebody's thesis" * 100)
    before = store.read_bytes()
    with Watcher(store, "mlp", session=quick) as watcher:
        run_to(watcher, range(1, 30), lambda step: np.nan if step > 20 else falling(step))
    assert kinds(watcher) == ["non_finite", "watcher_failure"]
    assert "not a store" in watcher.findings[-1].message
    assert store.read_bytes() == before


def test_more_than_there_is_room_for_is_dropped_counted_and_told() -> None:
    watcher = Watcher(None, "mlp", session=quick, room=10)
    watcher._begin = lambda: None  # type: ignore[method-assign]  # no thread comes to look
    run_to(watcher, range(1, 31))
    del watcher._begin
    watcher.log(31, {"loss": 1.0})
    watcher.close()
    (finding,) = watcher.findings
    assert (finding.kind, finding.statistic) == ("dropped_records", 21.0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_killed_thread_is_no_matter_to_the_loop(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path / "runs.forerun", "mlp", session=quick, room=50, every=0.01)
    run_to(watcher, range(1, 10))
    (thread,) = (one for one in threading.enumerate() if one.name == "forerun watcher")
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
    thread.join(30)
    assert not thread.is_alive()
    run_to(watcher, range(10, 100))
    assert watcher._buffer.dropped > 0
    assert watcher.close()


def test_a_copy_begins_anew_and_a_fork_does_nothing(tmp_path: Path) -> None:
    store = tmp_path / "runs.forerun"
    copy = pickle.loads(pickle.dumps(Watcher(store, "mlp", horizon=50, session=quick)))  # noqa: S301
    run_to(copy, range(1, 40))
    code = f"""
        import os, sys
        from tests.watcher.test_watcher import Watcher, quick, run_to
        watcher = Watcher({str(store)!r}, "forked", session=quick)
        run_to(watcher, range(1, 20))
        child = os.fork()
        run_to(watcher, range(20, 40))
        if child:
            assert os.waitpid(child, 0)[1] == 0
        else:
            assert watcher.close() and watcher.log(50, {{"loss": 1.0}}) is None
    """
    code = ["-W", "ignore::DeprecationWarning", "-c", textwrap.dedent(code)]
    done = subprocess.run([sys.executable, *code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    copy.close()
    lengths = {run.id: len(run.curves["loss"]) for run in api.read(store)}
    assert lengths == {"mlp": 39, "forked": 39}


def test_a_full_disk_is_told_and_the_loop_goes_on(tmp_path: Path) -> None:
    """A quota of 200 kB, which the store outgrows."""
    code = f"""
        import resource, signal, json, random
        from tests.watcher.test_watcher import Watcher, quick, kinds
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        watcher = Watcher({str(tmp_path / "runs.forerun")!r}, "mlp", session=quick)
        for step in range(1, 20_000):
            watcher.log(step, {{"loss": 1 + random.random()}})
        watcher.close()
        print(json.dumps([kinds(watcher), len(watcher._worker._observer._session._runs["mlp"].curves["loss"])]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said, points = json.loads(done.stdout)
    assert (set(said) - {"spike"}, points) == ({"watcher_failure"}, 19_999)


# Acting.


def given(store: Path, action: str, amount: float | None = None, run: str = "mlp") -> None:
    with Store(store) as opened:
        give(opened, Order(run, action, amount, ("for a test",), "test", given=time.time(), expires=time.time() + 60))


def until(watcher: Watcher, done: Callable[[], bool], begin: int = 100, most: int = 2_000) -> int:
    """Log until something has come about, for a minute and a half at least; at which step."""
    for step in range(begin, begin + most):
        watcher.log(step, {"loss": falling(step)})
        if done():
            return step
        threading.Event().wait(0.05)
    raise AssertionError("it has not come about")


def announced(store: Path, watcher: Watcher) -> None:
    folder = ControlFolder(store)
    until(watcher, lambda: folder.path.exists() and folder.watching("mlp", time.time()) is not None, begin=1)


def test_it_does_what_it_is_told_in_the_loops_thread_where_that_is_allowed(tmp_path: Path) -> None:
    store, done = tmp_path / "runs.forerun", list[tuple[Order, threading.Thread]]()
    handlers = {"change lr": lambda order: done.append((order, threading.current_thread()))}
    allow = ("stop", "change lr")
    with Watcher(store, "mlp", session=quick, allow=allow, handlers=handlers, dry=False, every=0.01) as watcher:
        announced(store, watcher)
        given(store, "change lr", 0.5)
        step = until(watcher, lambda: bool(done))
        assert (done[0][0].amount, done[0][1]) == (0.5, threading.main_thread())
        assert not watcher.should_stop
        until(watcher, lambda: actions(store)[-1] == ("change lr", "done"), step + 1)
        given(store, "stop")
        until(watcher, lambda: watcher.should_stop, step + 3_000)
    expected = [(action, outcome) for action in ("change lr", "stop") for outcome in ("given", "taken", "done")]
    assert actions(store) == expected
    assert ControlFolder(store).watching("mlp", time.time()) is None


def test_dry_is_the_default_and_notes_alone(tmp_path: Path) -> None:
    store = tmp_path / "runs.forerun"
    with Watcher(store, "mlp", session=quick, allow=("stop",), every=0.01) as watcher:
        announced(store, watcher)
        given(store, "stop")
        until(watcher, lambda: ("stop", "dry") in actions(store))
        assert not watcher.should_stop
    assert actions(store) == [("stop", "given"), ("stop", "dry")]


def test_a_handler_that_fails_is_noted_and_the_loop_goes_on(tmp_path: Path) -> None:
    def impossible(order: Order) -> None:
        raise RuntimeError("no such group")

    store = tmp_path / "runs.forerun"
    allow, handlers = ("change lr",), {"change lr": impossible}
    with Watcher(store, "mlp", session=quick, allow=allow, handlers=handlers, dry=False, every=0.01) as watcher:
        announced(store, watcher)
        given(store, "change lr", 2.0)
        until(watcher, lambda: ("change lr", "failed") in actions(store))
    with Store(store) as opened:
        assert opened.journal.entries(kind="action")[-1].body["why"] == "RuntimeError: no such group"


def test_what_lies_there_and_is_no_order_is_a_finding(tmp_path: Path) -> None:
    store = tmp_path / "runs.forerun"
    with Watcher(store, "mlp", session=quick, allow=("stop",), dry=False, every=0.01) as watcher:
        announced(store, watcher)
        (said,) = ControlFolder(store).path.glob("*.watching")
        said.with_suffix(".order").write_text("rm -rf /")
        until(watcher, lambda: "refused_order" in kinds(watcher))
        assert not watcher.should_stop
    assert "an order was refused: " in watcher.findings[-1].message


@pytest.mark.parametrize(("follow", "expected"), [(True, [("stop", "taken"), ("stop", "done")]), (False, [])])
def test_advice_is_followed_only_where_that_is_asked_for(
    tmp_path: Path, follow: bool, expected: list[tuple[str, str]]
) -> None:
    store = tmp_path / "runs.forerun"
    with Watcher(store, "mlp", session=quick, allow=("stop",), dry=False, follow=follow, every=0.01) as watcher:
        run_to(watcher, range(1, 80), lambda step: falling(step) if step < 40 else float("nan"))
        for step in range(80, 400):
            watcher.log(step, {"loss": float("nan")})
            if watcher.should_stop:
                break
            threading.Event().wait(0.01)
    assert watcher.should_stop is follow
    assert actions(store) == expected


def test_what_cannot_be_done_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no action 'halt'; there are: stop"):
        Watcher(tmp_path / "s", "mlp", allow=("halt",))
    with pytest.raises(BadInput, match="'cooldown' is allowed, but nothing does it"):
        Watcher(tmp_path / "s", "mlp", allow=("cooldown",))
    with pytest.raises(BadInput, match="to act takes a store"):
        Watcher(None, "mlp", allow=("stop",))


# Where time and memory go.


def test_the_parts_of_a_step_are_kept_beside_its_metrics(tmp_path: Path) -> None:
    store = tmp_path / "runs.forerun"
    with Watcher(store, "mlp", session=quick) as watcher:
        for step, _ in enumerate(watcher.waits(range(30)), 1):
            watcher.took("forward", 0.25)
            watcher.log(step, {"loss": falling(step)})
    curves = api.read(store)[0].curves
    assert curves["seconds/forward"].y.tolist() == [0.25] * 30
    assert len(curves["seconds/data"]) == 30


@pytest.mark.parametrize(
    ("times", "slow"),
    [
        ({"data": 0.1, "forward": 1.0, "backward": 2.0, "optimizer": 0.5}, ""),
        ({"data": 0.1, "forward": 1.0, "backward": 3.0, "optimizer": 0.5}, ""),  # activations computed again
        ({"data": 0.1, "forward": 1.0, "backward": 7.0, "optimizer": 0.5}, "backward"),
        ({"data": 2.0, "forward": 1.0, "backward": 2.0, "optimizer": 0.5}, "data"),
        ({"data": 0.1, "forward": 6.0, "backward": 2.0, "optimizer": 0.5}, "forward"),
        ({"data": 0.1, "forward": 1.0, "backward": 2.0, "optimizer": 9.0}, "optimizer"),
    ],
)
def test_a_planted_slow_part_is_named_and_no_other(times: dict[str, float], slow: str) -> None:
    """Times that scatter by 30%; 20 lots of 60 steps, in none of which the median ratio comes near a bound."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        steps = StepTimes()
        for _ in range(60):
            steps.add({part: 1e-3 * value * rng.lognormal(0, 0.3) for part, value in times.items()}, 1)
        assert [finding.evidence["part"] for finding in steps.findings("step", 60)] == ([slow] if slow else [])


def test_a_slow_part_is_told_falsely_no_more_often_than_promised() -> None:
    """At its bound, 1e-4 a look; 3,000 lots: 0.3 expected, more than 3 by accident with a chance of 0.00027."""
    rng, false = np.random.default_rng(1), 0
    for _ in range(3_000):
        steps = StepTimes()
        for backward in 4e-3 * rng.lognormal(0, 0.3, 40):
            steps.add({"forward": 1e-3, "backward": backward}, 1)
        false += len(steps.findings("step", 40))
    assert false <= 3


def test_where_the_time_goes_is_said_only_when_it_is_clear() -> None:
    clear, alike = StepTimes(), StepTimes()
    rng = np.random.default_rng(2)
    for scatter in rng.lognormal(0, 0.2, (40, 2)):
        clear.add({"forward": 0.010, "backward": 0.030 * scatter[0]}, 2)
        alike.add({"forward": 0.020 * scatter[0], "backward": 0.020 * scatter[1]}, 1)
    answer = clear.answer()
    assert isinstance(answer, Answer)
    assert answer.rows.columns["part"] == ("backward", "forward")
    assert answer.values["forward"].estimate == pytest.approx(0.005)
    assert isinstance(alike.answer(), Undecided)
    assert isinstance(StepTimes().answer(), Undecided)


TAKES_32_MB = """if True:
    import json, os, sys
    import numpy as np
    from forerun.watcher.host import host_use

    before = host_use()
    block = np.ones(32 * 2**20 // 8)
    with open(sys.argv[1], "wb") as file:
        file.write(block.tobytes())
        os.fsync(file.fileno())
    print(json.dumps([before, host_use()]))
"""


def test_memory_and_disk_traffic_are_those_of_the_process(tmp_path: Path) -> None:
    """In a process of its own: one that has had more and given it back need not grow."""
    command = [sys.executable, "-c", TAKES_32_MB, str(tmp_path / "block")]
    before, after = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert after["memory/host_mb"] - before["memory/host_mb"] > 25
    assert after["memory/host_peak_mb"] >= after["memory/host_mb"] - 1


def test_findings_are_findings() -> None:
    steps = StepTimes()
    for _ in range(40):
        steps.add({"forward": 1e-3, "backward": 9e-3}, 1)
    (finding,) = steps.findings("step", 40.0)
    assert isinstance(finding, Finding)
    assert finding.statistic == pytest.approx(9.0)
    assert finding.threshold == 4.0
