"""Half a line is no evidence: growing logs of every format of lines, cut at every byte of a last line."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forerun import api, live
from forerun.cli.app import run
from forerun.core import Finding
from forerun.runs.ingest import ingest
from forerun.runs.log import Step
from forerun.runs.readers import delimited
from forerun.runs.store import Store

from . import corpus, printed

LINES = [name for name in corpus.GROWING if name not in ("tensorboard", "wandb")] + ["tidy", "tracker_export"]
"""The formats whose records stand in lines."""
_RNG = np.random.default_rng(0)
FALLING = [float(f"{3e-5 * (0.5 + 0.5 / math.sqrt(i + 1)) * (1 + 0.001 * _RNG.normal()):.6g}") for i in range(corpus.N)]
"""Losses of which half a number is another, mostly a far larger one: 2.8e-05 begins as 2.8."""
SHAPES = ("a line a step", "sections", "boosting", "dictionaries")
Event = tuple[str, str, str, float]


def event(run: str, finding: Finding) -> Event:
    return run, finding.detector, finding.metric, finding.start


def slices(body: bytes) -> list[bytes]:
    """The log before its last line, after each byte of that, and whole."""
    begin = body.rindex(b"\n", 0, -1) + 1
    return [body[:cut] for cut in range(begin, len(body) + 1)]


def followed(file: Path, texts: list[bytes], store: Path, root: Path) -> tuple[set[Event], set[Event]]:
    """The findings of a watch at any slice of a log, and at the last."""
    waiting = iter(texts)
    file.write_bytes(next(waiting))
    clock = iter(range(10**9, 2 * 10**9))

    def wait(_: float) -> None:
        file.write_bytes(next(waiting))

    ever: set[Event] = set()
    last: set[Event] = set()
    for seen in live.watch(root, store=store, polls=len(texts), clock=lambda: float(next(clock)), wait=wait):
        last = {event(look.run.id, finding) for look in seen.looks for finding in look.findings}
        ever |= last
    return ever, last


def journal(store: Path) -> set[Event]:
    """The findings that a journal leaves."""
    with Store(store) as held:
        runs = {entry.run for entry in held.journal.entries()}
        return {event(run, finding) for run in runs for finding in held.journal.findings(run)}


def check(file: Path, tmp_path: Path, pack: Callable[[bytes], bytes] = bytes) -> set[Event]:
    texts = [pack(text) for text in slices(file.read_bytes())]
    ever, whole = followed(file, texts, tmp_path / "s", tmp_path / "logs")
    assert ever <= whole
    assert journal(tmp_path / "s") <= whole
    return whole


@pytest.mark.parametrize("name", LINES)
def test_no_slice_of_a_line_raises_what_the_whole_log_does_not(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "LOSS", FALLING)
    (tmp_path / "logs").mkdir()
    check(corpus.CORPUS[name](tmp_path / "logs"), tmp_path)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_slice_of_a_printed_line_does(tmp_path: Path, shape: str) -> None:
    (tmp_path / "logs").mkdir()
    file = tmp_path / "logs" / "train.log"
    file.write_text(printed.TEXT_SHAPES[shape])
    check(file, tmp_path)


def test_no_slice_of_a_packed_line_does(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    file = tmp_path / "logs" / "run.csv.gz"
    file.write_text("step,lr,loss\n" + "".join(f"{i},0.1,{y}\n" for i, y in enumerate(FALLING)))
    check(file, tmp_path, gzip.compress)


def test_half_a_number_is_a_spike_to_who_takes_it_for_whole(tmp_path: Path) -> None:
    """The control: a read of the same slice sees what is no spike, and marks it."""
    file = tmp_path / "run.csv"
    file.write_text("step,loss\n" + "".join(f"{i},{y}\n" for i, y in enumerate(FALLING)) + "60,1")
    (read,) = api.read(file)
    assert read.curves["loss"].y[-1] == 1
    assert [(e.kind, e.x) for e in read.events] == [("unended", 60)]
    assert [finding.start for finding in api.scan(read)[read.id].findings] == [60]


def test_what_the_whole_log_shows_is_found_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "LOSS", [math.nan if i == 30 else y for i, y in enumerate(FALLING)])
    (tmp_path / "logs").mkdir()
    whole = check(corpus.CORPUS["jsonl"](tmp_path / "logs"), tmp_path)
    assert journal(tmp_path / "s") == whole == {("run.jsonl", "non_finite", "loss", 30.0)}


BODIES = {
    "run.csv": "step,loss\n1,3.0\n2,2.5\n3,2.25",
    "run.jsonl": '{"step": 1, "loss": 3.0}\n{"step": 2, "loss": 2.5}\n{"step": 3, "loss": 2.25}',
    "split.csv": "step,split,loss\n1,train,3.0\n2,train,2.5\n3,train,2.25",
    "train.log": "step 1: loss 3.0\nstep 2: loss 2.5\nstep 3: loss 2.25",
    "tidy.csv": "run,metric,x,y\na,loss,1,3.0\na,loss,2,2.5\na,loss,3,2.25",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_log_that_never_ends_its_last_line_is_read_whole_and_marked_while_it_may_grow(
    tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_text(BODIES[name])
    written = file.stat().st_mtime
    (fresh,) = api.read(file, now=written + 5)
    (old,) = api.read(file, now=written + 2 * 86_400)
    assert [next(iter(run.curves.values())).y.tolist() for run in (fresh, old)] == [[3.0, 2.5, 2.25]] * 2
    assert [[e.kind for e in run.events if e.kind == "unended"] for run in (fresh, old)] == [["unended"], []]


@pytest.mark.parametrize("name", BODIES)
def test_a_watch_takes_a_last_line_without_an_end_once_the_log_has_ended_by_the_clock(
    tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_text(BODIES[name])
    written = file.stat().st_mtime
    moments = iter([written + 5, written + 3600, written + 2 * 86_400])
    seen = list(live.watch(tmp_path, polls=3, clock=lambda: next(moments), wait=lambda _: None))
    lengths = [len(next(iter(look.looks[0].run.curves.values()))) for look in seen]
    assert (lengths[0], lengths[-1]) == (2, 3)
    assert seen[-1].looks[0].run.status == "ended"


def test_the_read_marks_it_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.csv").write_text(BODIES["run.csv"])
    assert run(["read", str(tmp_path), "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["runs"]
    assert told["events"] == [
        {"kind": "unended", "x": 3.0, "message": "the last line has no end yet and may be half of one"}
    ]


# A finding holds before it is kept, and what no longer holds is withdrawn.


def watched(folder: Path, store: Path, bodies: list[str], polls: int | None = None) -> None:
    file = folder / "a.jsonl"
    waiting = iter(bodies)
    file.write_text(next(waiting))

    def wait(_: float) -> None:
        file.write_text(next(waiting, bodies[-1]))

    for _ in live.watch(folder, store=store, polls=polls or len(bodies), clock=lambda: 5.0, wait=wait):
        pass


def rows(values: list[float], first: int = 0) -> str:
    return "".join(json.dumps({"step": i, "loss": y}) + "\n" for i, y in enumerate(values, first))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


GOOD = [1 + 2 / (i + 1) for i in range(60)]


@pytest.mark.parametrize(("after", "kept"), [([], 0), ([math.nan], 1)])
def test_a_finding_on_the_newest_record_is_kept_once_another_has_come(
    folder: Path, tmp_path: Path, after: list[float], kept: int
) -> None:
    watched(folder, tmp_path / "s", [rows([*GOOD, math.nan, *after])])
    assert len(journal(tmp_path / "s")) == kept


def test_a_finding_on_the_newest_record_is_kept_where_it_is_still_there_at_the_next_look(
    folder: Path, tmp_path: Path
) -> None:
    watched(folder, tmp_path / "s", [rows([*GOOD, math.nan])], polls=2)
    assert journal(tmp_path / "s") == {("a.jsonl", "non_finite", "loss", 60.0)}


def test_a_finding_that_a_resume_has_replaced_is_withdrawn(folder: Path, tmp_path: Path) -> None:
    broken = rows([*GOOD, math.nan, math.nan])
    watched(folder, tmp_path / "s", [broken, broken + rows([1.02] * 10, first=55)])
    with Store(tmp_path / "s") as store:
        kinds = [entry.kind for entry in store.journal.entries() if entry.kind in ("finding", "withdrawn")]
    assert kinds == ["finding", "withdrawn"]
    assert journal(tmp_path / "s") == set()


def test_a_finding_that_ends_is_told_again_and_not_withdrawn(folder: Path, tmp_path: Path) -> None:
    broken = rows([*GOOD, math.nan, math.nan])
    watched(folder, tmp_path / "s", [broken, broken + rows([1.02] * 3, first=62)])
    with Store(tmp_path / "s") as store:
        told = [entry for entry in store.journal.entries() if entry.kind in ("finding", "withdrawn")]
    assert [(entry.kind, entry.body.end) for entry in told] == [("finding", None), ("finding", 62.0)]


def test_findings_of_a_run_that_is_no_longer_one_are_withdrawn(folder: Path, tmp_path: Path) -> None:
    first = rows([*GOOD, math.nan, math.nan])
    watched(folder, tmp_path / "s", [first + rows([*GOOD, math.nan, math.nan]), rows(GOOD)])
    assert journal(tmp_path / "s") == set()


def test_a_reader_that_changes_the_state_it_is_handed_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be taken for another process that has read on, again and again."""
    csv, plain = delimited.CSV, delimited.follow

    def follow(file: Path, state: dict[str, object]) -> Iterator[Step]:
        yield from plain(file, dict(state))
        state["mine"] = 1

    def first(file: Path, state: dict[str, object]) -> Iterator[Step]:
        state["mine"] = 1
        yield from plain(file, {name: value for name, value in state.items() if name != "mine"})

    for one in (follow, first):
        monkeypatch.setattr(delimited, "CSV", replace(csv, follow=one))
        (tmp_path / "a.csv").write_text("step,loss\n1,3.0\n")
        with Store(None) as store:
            assert ingest(store, tmp_path).changed == {"a.csv"}
            with (tmp_path / "a.csv").open("a") as file:
                file.write("2,2.5\n")
            assert ingest(store, tmp_path).changed == {"a.csv"}
