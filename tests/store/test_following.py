"""Logs that grow, are cut, rotated and replaced, against a model in memory; and what a watch says of them."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from forerun import api, live
from forerun.core import Curve, NothingToRead, Run
from forerun.runs import discover, growth
from forerun.runs.boundary import Guarded
from forerun.runs.discover import read_path
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.log import Log
from forerun.runs.readers.delimited import CSV
from forerun.runs.store import Store, care, rows

VALUES = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
NAMES = ("a.jsonl", "b.csv", "c.log")


def apart(name: str, value: float) -> float:
    """A log's values are its own: logs that agree point by point are one run."""
    return value + 1000.0 * NAMES.index(name)


def line(name: str, step: int, value: float) -> str:
    match name[-1]:
        case "l":
            return json.dumps({"step": step, "loss": value}) + "\n"
        case "v":
            return f"{step},{value!r}\n"
        case _:
            return f"iter {step}: loss {value}, time 3.00ms\n"


class Logs(RuleBasedStateMachine):
    """Three logs in three formats. The model is what was written to each since it was last begun anew."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
        self.file = self.folder / "store"
        self.logs = self.folder / "logs"
        self.logs.mkdir()
        self.store = Store(self.file)
        self.model: dict[str, list[tuple[int, float]]] = {}
        self.half: dict[str, str] = {}
        self.rotated = 0

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    @rule(
        name=st.sampled_from(NAMES),
        values=st.lists(VALUES, min_size=1, max_size=700),
    )
    def append(self, name: str, values: list[float]) -> None:
        with (self.logs / name).open("a") as file:
            if name not in self.model:
                file.write("step,loss\n" if name == "b.csv" else "")
                for i in range(3):  # what every style of text needs to be known
                    self._write(name, float(i), file)
            file.write(self.half.pop(name, ""))
            for value in values:
                self._write(name, value, file)

    def _write(self, name: str, value: float, file: object) -> None:
        points = self.model.setdefault(name, [])
        points.append((len(points), apart(name, value)))
        file.write(line(name, *points[-1]))  # type: ignore[attr-defined]

    @rule(name=st.sampled_from(NAMES), value=VALUES, share=st.floats(0, 1))
    def append_half_a_line(self, name: str, value: float, share: float) -> None:
        if name in self.model and name not in self.half:
            points, value = self.model[name], apart(name, value)
            whole = line(name, len(points), value)
            cut = int(share * (len(whole) - 1))
            with (self.logs / name).open("a") as file:
                file.write(whole[:cut])
            self.half[name] = whole[cut:]
            points.append((len(points), value))

    @rule(name=st.sampled_from(NAMES))
    def truncate(self, name: str) -> None:
        """Empty a file, as copytruncate does."""
        if name in self.model:
            (self.logs / name).write_text("")
            self.model.pop(name)
            self.half.pop(name, None)

    @rule(name=st.sampled_from(NAMES))
    def rotate(self, name: str) -> None:
        if name in self.model and name not in self.half:
            self.rotated += 1
            (self.logs / name).rename(self.logs / f"old{self.rotated}.{name}")
            self.model[f"old{self.rotated}.{name}"] = self.model.pop(name)

    @rule(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32 - 1))
    def replace(self, name: str, seed: int) -> None:
        """Another run of the same name, as long as the one before or longer."""
        if name in self.model:
            n = len(self.model[name]) + seed % 3
            values = [apart(name, value) for value in np.random.default_rng(seed).normal(size=n).round(3).tolist()]
            head = "step,loss\n" if name == "b.csv" else ""
            fresh = self.logs / f".{name}"
            fresh.write_text(head + "".join(line(name, i, value) for i, value in enumerate(values)))
            fresh.replace(self.logs / name)
            self.model[name], _ = list(enumerate(values)), self.half.pop(name, None)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = Store(self.file)
        self._nothing_is_damaged()

    @rule()
    def read_on(self) -> None:
        if not any(self.logs.iterdir()):
            return
        root = ingest(self.store, self.logs).root
        runs = {run.id: run for run in stored_runs(self.store, root=root)}
        for name, points in self.model.items():
            complete = points[:-1] if name in self.half else points
            x, y = runs[name].curves["loss"].x, runs[name].curves["loss"].y
            assert list(zip(x.tolist(), y.tolist(), strict=True))[: len(complete)] == complete
            assert x.size <= len(points) + (name in self.half)
        there = {run.id: run for run in read_path(self.logs)}
        assert {id: runs[id] for id in there} == there
        self._nothing_is_damaged()

    def _nothing_is_damaged(self) -> None:
        """After each step that touches the store."""
        assert care.check(self.store) == []


Logs.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
test_any_course_of_events = Logs.TestCase


def test_what_a_replaced_file_held_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("step,loss\n1,3.0\n2,2.5\n")
    with Store(None) as store:
        ingest(store, tmp_path)
        (tmp_path / "a.csv").write_text("step,loss\n1,9.0\n2,8.0\n3,7.0\n")
        ingest(store, tmp_path)
        (run,) = stored_runs(store)
        assert run.curves["loss"].y.tolist() == [9, 8, 7]
        assert care.superseded(store) == [("a.csv", 2)]


def test_a_file_replaced_by_one_of_another_format_is_read_anew_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    with Store(None) as store:
        file.write_text("step,loss\n1,3.0\n2,2.5\n")
        ingest(store, tmp_path)
        file.write_text("".join(f"iter {i}: loss {5 - i}, time 3.00ms\n" for i in range(5)))
        ingest(store, tmp_path)
        (run,) = stored_runs(store)
        assert (run.format, run.curves["loss"].y.tolist()) == ("text", [5, 4, 3, 2, 1])
        assert care.superseded(store) == [("a.log", 2)]
        store.append(
            "live", Log("one", n=1, axes={"step": np.array([1.0])}, series={"a": (np.array([0]), np.array([1.0]))})
        )
        store.append(
            "live", Log("two", n=1, axes={"step": np.array([2.0])}, series={"b": (np.array([0]), np.array([1.0]))})
        )
        assert set(store.metrics("live")) == {"a", "b"}


def test_a_document_written_anew_with_more_in_it_is_not_kept_twice(tmp_path: Path) -> None:
    def write(n: int) -> None:
        history = [{"step": i, "loss": 1 / i} for i in range(1, n)]
        (tmp_path / "trainer_state.json").write_text(json.dumps({"global_step": n, "log_history": history}))

    with Store(None) as store:
        for n in (10, 20, 30):
            write(n)
            ingest(store, tmp_path)
        assert (store.points(), care.superseded(store)) == (29, [])


def test_runs_whose_logs_are_gone_stay(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("step,loss\n1,3.0\n2,2.5\n")
    with Store(None) as store:
        ingest(store, tmp_path)
        (tmp_path / "a.csv").unlink()
        ingest(store, tmp_path)
        assert [run.id for run in stored_runs(store)] == ["a.csv", "b.csv"]


def test_reading_a_grown_folder_again_reads_what_grew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from forerun.runs import growth

    taken: list[int] = []
    take = growth.GrowingFile.take
    monkeypatch.setattr(growth.GrowingFile, "take", lambda self, size: (taken.append(size), take(self, size))[1])
    logs, store = tmp_path / "logs", tmp_path / "s"
    logs.mkdir()
    for k in range(5):
        (logs / f"{k}.csv").write_text("step,loss\n" + "".join(f"{i},{i / 3}\n" for i in range(2000)))
    api.read(logs, store=store)
    whole = sum(taken)
    taken.clear()
    with (logs / "2.csv").open("a") as file:
        file.write("2000,0.5\n")
    runs = api.read(logs, store=store)
    assert (whole, sum(taken)) == (sum(f.stat().st_size for f in logs.iterdir()) - 9, 9)
    assert [len(run.curves["loss"]) for run in runs] == [2000, 2000, 2001, 2000, 2000]


def test_a_third_partys_reader_without_follow_is_read_anew_when_its_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def words(path: Path) -> Iterator[Run]:
        y = [float(word) for word in path.read_text().split()]
        read.append(len(y))
        yield Run("", {"loss": Curve(range(len(y)), y, metric="loss")}, "words")

    readers = {"words": Guarded("words", replace(CSV, sniff=lambda path, head: 1.0, follow=None, read=words))}
    monkeypatch.setattr(discover, "_load_readers", lambda format, profiles: (readers, []))
    with Store(None) as store:
        (tmp_path / "a").write_text("3 2")
        ingest(store, tmp_path)
        ingest(store, tmp_path)
        (tmp_path / "a").write_text("3 2 1")
        ingest(store, tmp_path)
        (run,) = stored_runs(store)
    assert (run.curves["loss"].y.tolist(), read) == ([3, 2, 1], [2, 3])


# A watch.


def test_a_watch_says_what_changed_and_only_then(tmp_path: Path) -> None:
    now = iter(range(1000, 9000, 10))
    lines = [f'{{"step": {i}, "loss": {1 + 2 / (i + 1)}}}\n' for i in range(60)]
    file = tmp_path / "a.jsonl"
    waits = iter(["".join(lines[:40]), "", "".join(lines[40:]), "", "", ""])

    def wait(_: float) -> None:
        with file.open("a") as grown:
            grown.write(next(waits))

    seen = list(live.watch(tmp_path, polls=6, clock=lambda: float(next(now)), wait=wait))
    assert [look.changed for look in seen] == [(), ("a.jsonl",), ("a.jsonl",)]
    assert [len(look.looks[0].run.curves["loss"]) for look in seen[1:]] == [40, 60]
    assert seen[2].looks[0].forecast is not None
    assert seen[2].looks[0].run == read_path(tmp_path)[0]


def test_a_watch_that_is_started_again_repeats_nothing_in_the_journal(tmp_path: Path) -> None:
    logs, file = tmp_path / "logs", tmp_path / "s"
    logs.mkdir()
    rows = [f'{{"step": {i}, "loss": {1 + 2 / (i + 1)}}}\n' for i in range(60)]
    (logs / "a.jsonl").write_text("".join(rows) + '{"step": 60, "loss": NaN}\n')
    for _ in range(2):
        list(live.watch(logs, store=file, polls=1, clock=lambda: 5.0))
    with Store(file) as store:
        kinds = [entry.kind for entry in store.journal.entries()]
        (finding,) = store.journal.entries(kind="finding")
    assert kinds.count("decision") == 1
    assert (finding.body.kind, finding.at) == ("non_finite", 5.0)


def test_a_store_is_watched_as_others_write_to_it(tmp_path: Path) -> None:
    logs, file = tmp_path / "logs", tmp_path / "s"
    logs.mkdir()
    rows = [f'{{"step": {i}, "loss": {1 + 2 / (i + 1)}}}\n' for i in range(60)]
    (logs / "a.jsonl").write_text("".join(rows[:40]))
    api.read(logs, store=file)
    steps = iter([lambda: None, lambda: (logs / "a.jsonl").write_text("".join(rows)), lambda: None])

    def wait(_: float) -> None:
        next(steps)()
        api.read(logs, store=file)

    seen = list(live.watch(file, polls=4, clock=lambda: 5.0, wait=wait))
    assert [look.changed for look in seen] == [("a.jsonl",), ("a.jsonl",)]
    assert [len(look.looks[0].run.curves["loss"]) for look in seen] == [40, 60]


def test_a_run_that_is_silent_has_stalled_and_one_that_ended_has_not(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("step,time,loss\n" + "".join(f"{i},{1000 + 100 * i},1.0\n" for i in range(50)))
    written = file.stat().st_mtime
    assert api.read(file)[0].status == "running"
    assert api.read(file, now=written + 900)[0].status == "running"  # its usual pause is 100 s
    assert api.read(file, now=written + 1100)[0].status == "stalled"
    (tmp_path / "forerun.toml").write_text("horizon = 49\n")
    assert api.read(file, now=written + 1100)[0].status == "finished"


def test_a_watch_of_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match="does not exist"):
        next(live.watch(tmp_path / "none", polls=1))


@pytest.mark.parametrize("replace", [True, False])
def test_an_edit_in_the_middle_is_seen(tmp_path: Path, replace: bool) -> None:
    """Of the same length, far from both ends: by another file of the same name, or in place."""
    file, lines = tmp_path / "a.jsonl", [f'{{"step": {i:5}, "loss": {i % 7}.5}}\n' for i in range(400)]
    file.write_text("".join(lines))
    with Store(None) as store:
        ingest(store, tmp_path)
        lines[200] = lines[200].replace("4.5", "9.5")
        fresh = file.with_name(".a") if replace else file
        fresh.write_text("".join(lines) + ('{"step": 400, "loss": 1.5}\n' if replace else ""))
        os.utime(fresh, ns=(1, 10**18))
        fresh.replace(file)
        ingest(store, tmp_path)
        (run,) = stored_runs(store)
        assert run == read_path(tmp_path)[0]
        assert run.curves["loss"].y[200] == 9.5


def test_a_file_that_was_only_touched_is_not_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("".join(f'{{"step": {i}, "loss": {i % 7}.5}}\n' for i in range(400)))
    with Store(None) as store:
        ingest(store, tmp_path)
        os.utime(file, ns=(1, 10**18))
        ingest(store, tmp_path)
        assert rows.select(store.db, rows.FileRow, "")[0].generation == 0
        before = rows.select(store.db, rows.FileRow, "")
        ingest(store, tmp_path)
        assert rows.select(store.db, rows.FileRow, "") == before


Acts = list[Callable[[], object]]


def opened_at_each_look(folder: Path, monkeypatch: pytest.MonkeyPatch, acts: Acts) -> list[set[str]]:
    """Names of the files that a watch opens at each look, with something done after each."""
    looks: list[set[str]] = [set()]

    def counted(which: Callable[..., object]) -> Callable[..., object]:
        def call(first: object, second: object = None, *rest: object) -> object:
            looks[-1].add((first if isinstance(first, Path) else second).name)  # type: ignore[union-attr]
            return which(first, second, *rest)

        return call

    waits = iter(acts)

    def wait(_: float) -> None:
        looks.append(set())
        next(waits)()

    monkeypatch.setattr(growth.GrowingFile, "__init__", counted(growth.GrowingFile.__init__))
    monkeypatch.setattr(discover, "head_of", counted(discover.head_of))
    list(live.watch(folder, polls=len(acts) + 1, clock=lambda: 5.0, wait=wait))
    return looks


def test_a_look_opens_only_what_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("step,loss\n1,3.0\n2,2.5\n")
    (tmp_path / "notes.bin").write_bytes(b"\0\1\2")

    def grow() -> None:
        with (tmp_path / "a.csv").open("a") as file:
            file.write("3,2.0\n")

    def same_size() -> None:
        (tmp_path / "b.csv").write_text("step,loss\n1,9.0\n2,8.5\n")

    nothing = lambda: None  # noqa: E731
    acts = [nothing, nothing, grow, nothing, nothing, same_size, nothing, nothing]
    looks = opened_at_each_look(tmp_path, monkeypatch, acts)
    all_three = {"a.csv", "b.csv", "notes.bin"}
    assert looks == [all_three, {"a.csv", "b.csv"}, set(), {"a.csv"}, {"a.csv"}, set(), {"b.csv"}, {"b.csv"}, set()]


def test_what_lies_beside_a_log_is_read_when_it_changes(tmp_path: Path) -> None:
    """Settings beside a log that does not grow; a file that is gone and comes back."""
    log, settings_ = tmp_path / "metrics.csv", tmp_path / "hparams.yaml"
    log.write_text("epoch,step,val_loss\n0,1,3.0\n0,2,2.5\n1,3,2.0\n")
    settings_.write_text("lr: 0.1\n")
    again = "epoch,step,val_loss\n0,1,7.0\n0,2,6.5\n1,3,6.0\n1,4,5.0\n"
    nothing = lambda: None  # noqa: E731
    changes: Acts = [lambda: settings_.write_text("lr: 0.25\n"), log.unlink, nothing, lambda: log.write_text(again)]
    acts = iter([nothing, nothing, *changes, nothing])
    seen = list(live.watch(tmp_path, polls=8, clock=lambda: 5.0, wait=lambda _: (next(acts)(), None)[1]))
    assert seen[-1].looks[0].run.curves["val_loss"].y.tolist() == [7.0, 6.5, 6.0, 5.0]
    assert seen[-1].looks[0].run == read_path(tmp_path)[0]
