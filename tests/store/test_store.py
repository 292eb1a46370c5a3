"""The store: exact, whole or not at all, shared, and able to say what is wrong with it."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun import api
from forerun.core import BadInput, Decision, Finding, Forecast, StoreError, Undecided, UnknownName
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.log import Log
from forerun.runs.store import Store, care, chunks
from forerun.runs.store.schema import VERSION

ASSETS = Path(__file__).parent / "assets"
FORK = multiprocessing.get_context("fork")


def log(values: np.ndarray, first: float = 0.0) -> Log:
    n = len(values)
    return Log(
        "live", n=n, axes={"step": first + np.arange(n)}, series={"loss": (np.arange(n), np.asarray(values, float))}
    )


doubles = st.floats(allow_nan=True, allow_infinity=True, width=64)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(doubles, max_size=300)
    | st.lists(st.floats(width=32), max_size=300)
    | st.lists(st.integers(0, 9).map(float), max_size=300)
)
def test_a_chunk_gives_back_the_bits(values: list[float]) -> None:
    held = np.array(values, float)
    back = chunks.decode(chunks.Coder().encode(held), held.size)
    assert np.array_equal(back.view(np.uint64), held.view(np.uint64))


def test_each_coding_is_used_where_it_pays() -> None:
    rng = np.random.default_rng(0)
    codings = {
        2: np.arange(4096.0) * 50,
        0: rng.normal(size=4096),
        1: rng.normal(size=4096).astype("f4").astype(float),
        3: np.repeat(rng.normal(size=64), 64),
        4: np.round(rng.random(4096)).astype("f4").astype(float),
    }
    assert {chunks.Coder().encode(values)[0] for values in codings.values()} == set(codings)
    assert len(chunks.Coder().encode(codings[2])) == 17


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_appending_in_any_pieces_is_appending_at_once(sizes: list[int], seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=sum(sizes))
    with Store(None) as store:
        begin = 0
        for size in sizes:
            store.append("a", log(values[begin : begin + size], begin))
            begin += size
        if begin:
            assert store.curve("a", "loss").y.tolist() == values.tolist()
            assert store.curve("a", "loss").x.tolist() == list(range(begin))
            assert store.last_values("loss") == {"a": values[-1]}
        assert care.check(store) == []


def test_special_values_survive_in_rows_and_in_chunks() -> None:
    for n in (1, 1000):
        values = np.tile([-0.0, np.nan, np.inf, -np.inf, 5e-324, 0.1], n)
        with Store(None) as store:
            store.append("a", log(values))
            back = store.curve("a", "loss").y
            assert np.array_equal(back.view(np.uint64), values.view(np.uint64))


def test_an_unknown_run_or_metric_is_named() -> None:
    with Store(None) as store:
        store.append("a", log(np.ones(3)))
        with pytest.raises(UnknownName, match="no run 'b'; there are: a"):
            store.curve("b", "loss")
        with pytest.raises(UnknownName, match="no metric 'acc'; there are: loss"):
            store.curve("a", "acc")


def test_the_journal_keeps_what_was_said(tmp_path: Path) -> None:
    said = [
        Forecast("loss", "step", "min", 10, [20], [0.1, 0.5, 0.9], [[1.0, 2.0, 3.0]], "parametric", "1"),
        Undecided("too short", "4 points"),
        Finding("spike", "loss", "step", 3.0, None, 4.0, 9.0, 8.0, "one per 1e5", "spike", "a spike"),
        Decision("stop", ("it is over",), None, None, "start again", "auto"),
    ]
    with Store(tmp_path / "s") as store:
        for what in said:
            store.journal.add("a", what, at=1.0, method="m", version="1", weights="abc")
        store.journal.add("a", {"did": "stopped"}, at=2.0, method="m", version="1", kind="action")
        with pytest.raises(BadInput, match="cannot be noted: dict"):
            store.journal.add("a", {}, at=2.0, method="m", version="1")
    with Store(tmp_path / "s") as store:
        entries = store.journal.entries(run="a")
    assert [entry.body for entry in entries[:4]] == said
    assert [entry.kind for entry in entries] == ["forecast", "undecided", "finding", "decision", "action"]
    assert (entries[4].body, entries[0].weights) == ({"did": "stopped"}, "abc")
    with Store(tmp_path / "s") as store:
        assert [e.id for e in store.journal.entries(after=entries[2].id)] == [e.id for e in entries[3:]]


# Who may open it.


def test_other_files_are_refused_and_left_as_they_are(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "other.db"
    text.write_text("mine")
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE a (b)")
    for file in (text, other):
        before = file.read_bytes()
        with pytest.raises(BadInput, match="not a store"):
            Store(file)
        assert file.read_bytes() == before
    with pytest.raises(BadInput, match="no such store"):
        Store(tmp_path / "none", create=False)


def test_a_newer_store_is_refused_by_its_version(tmp_path: Path) -> None:
    with Store(tmp_path / "s"):
        pass
    with sqlite3.connect(tmp_path / "s") as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(BadInput, match=f"a store of version {VERSION + 1}; .* for version {VERSION}"):
        Store(tmp_path / "s")


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_store_of_every_version_is_read(tmp_path: Path, version: int) -> None:
    """The asset of a version was written by it: two runs of 300 points, one finding, one pending record."""
    file = tmp_path / "s.forerun"
    file.write_bytes((ASSETS / f"store_v{version}.forerun").read_bytes())
    runs = api.read(file)
    assert [run.id for run in runs] == ["a.jsonl", "b.csv"]
    assert runs[0].curves["loss"].y.tolist() == [round(2 + 1 / (i + 1), 6) for i in range(300)]
    assert (len(runs[1].curves["loss"]), runs[1].curves["loss"].y[-1]) == (301, 9.5)
    with Store(file) as store:
        assert [entry.body.kind for entry in store.journal.entries(run="a.jsonl")] == ["plateau"]
        assert care.check(store) == []


# Damage.


def test_a_damaged_chunk_costs_that_chunk_and_is_repaired_from_its_log(tmp_path: Path) -> None:
    logs, file = tmp_path / "logs", tmp_path / "s"
    logs.mkdir()
    values = np.random.default_rng(0).normal(size=10_000)
    (logs / "a.csv").write_text("step,loss\n" + "".join(f"{i},{v!r}\n" for i, v in enumerate(values.tolist())))
    api.read(logs, store=file)
    with sqlite3.connect(file) as db:
        series, row = db.execute(
            "SELECT series, first_row FROM chunk WHERE n = 4096 AND length(data) > 1000 LIMIT 1"
        ).fetchone()
        (data,) = db.execute("SELECT data FROM chunk WHERE series = ? AND first_row = ?", (series, row)).fetchone()
        db.execute("UPDATE chunk SET data = ? WHERE series = ? AND first_row = ?", (data[:-1] + b"\0", series, row))
    (run,) = api.read(file)
    assert len(run.curves["loss"]) == 10_000 - 4096
    assert [(d.lost, d.why) for d in run.damage] == [(4096, "checksum of the chunk does not match")]
    with Store(file) as store:
        assert len(care.check(store)) == 1
        assert care.repair(store) == ["a.csv"]
    api.read(logs, store=file)
    (run,) = api.read(file)
    assert run.curves["loss"].y.tolist() == values.tolist()
    assert run.damage == ()


def test_no_flipped_byte_of_a_store_raises_past_its_errors(tmp_path: Path) -> None:
    file = tmp_path / "s"
    with Store(file) as store:
        store.append("a", log(np.random.default_rng(0).normal(size=30_000)))
        store.journal.add("a", Undecided("why", "needs"), at=0.0, method="m", version="1")
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode = DELETE")
    whole, rng = file.read_bytes(), np.random.default_rng(1)
    told = 0
    for at in rng.integers(0, len(whole), 200).tolist():
        for end in ("-wal", "-shm"):
            (tmp_path / f"s{end}").unlink(missing_ok=True)
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        try:
            with Store(file) as store:
                told += bool(care.check(store))
                stored_runs(store)
        except (BadInput, StoreError):
            told += 1
    assert told > 100  # most of the file is one chunk of noise, of which every byte is under a checksum


# Many processes.


def _write_until_killed(file: Path, acknowledged: int) -> None:
    with Store(file) as store:
        rng, step = np.random.default_rng(os.getpid()), 0
        while True:
            size = int(rng.integers(1, 400))
            store.append(f"run{os.getpid()}", log(np.arange(step, step + size, dtype=float), step))
            step += size
            os.write(acknowledged, step.to_bytes(8, "little"))


def killed_writers(file: Path, kills: int) -> tuple[int, int]:
    """Of so many writers that are killed in the midst of their work, those that lost an acknowledged point, or half a
    batch."""
    rng = np.random.default_rng(0)
    lost = partial = 0
    for _ in range(kills):
        reader, writer = os.pipe()
        process = FORK.Process(target=_write_until_killed, args=(file, writer))
        process.start()
        os.close(writer)
        acknowledged = b"".join(os.read(reader, 8) for _ in range(int(rng.integers(0, 12))))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        while piece := os.read(reader, 1 << 16):
            acknowledged += piece
        os.close(reader)
        told = int.from_bytes(acknowledged[-8:], "little") if acknowledged else 0
        with Store(file, create=False) as store:
            try:
                y = store.curve(f"run{process.pid}", "loss").y
            except UnknownName:
                y = np.empty(0)
        lost += y.size < told
        partial += not np.array_equal(y, np.arange(y.size))
    return lost, partial


def test_a_killed_writer_loses_nothing_it_had_acknowledged(tmp_path: Path) -> None:
    """200 writers are killed in the midst of their work; each point acknowledged is there, each batch whole.

    They are forked off a process that has imported little: of one that holds PyTorch a fork takes ten times as long.
    """
    with Store(tmp_path / "s"):
        pass
    code = "import sys, pathlib, tests.store.test_store as t; print(t.killed_writers(pathlib.Path(sys.argv[1]), 200))"
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, str(tmp_path / "s")]
    path = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=path, capture_output=True, text=True, check=False)
    assert done.stdout == "(0, 0)\n", done.stderr


def _write(file: Path, name: str, count: int) -> None:
    with Store(file) as store:
        for i in range(count):
            store.append(name, log(np.full(100, float(i)), i * 100))


def test_sixteen_writers_and_a_reader_get_on(tmp_path: Path) -> None:
    file = tmp_path / "s"
    with Store(file):
        pass
    writers = [FORK.Process(target=_write, args=(file, f"w{k}", 20)) for k in range(16)]
    for process in writers:
        process.start()
    with Store(file) as store:
        while any(process.is_alive() for process in writers):
            for run in stored_runs(store):
                y = run.curves["loss"].y
                assert y.size % 100 == 0
                assert np.array_equal(y, np.repeat(np.arange(y.size // 100), 100))
        assert [process.exitcode for process in writers] == [0] * 16
        assert store.points() == 16 * 20 * 100


def _read_in(file: Path, logs: Path) -> None:
    api.read(logs, store=file)


def test_several_processes_read_the_same_logs_into_one_store(tmp_path: Path) -> None:
    logs, file = tmp_path / "logs", tmp_path / "s"
    logs.mkdir()
    for k in range(4):
        (logs / f"{k}.csv").write_text("step,loss\n" + "".join(f"{i},{i / 7!r}\n" for i in range(3000)))
    readers = [FORK.Process(target=_read_in, args=(file, logs)) for _ in range(6)]
    for process in readers:
        process.start()
    for process in readers:
        process.join()
    assert [process.exitcode for process in readers] == [0] * 6
    assert {len(run.curves["loss"]) for run in api.read(file)} == {3000}


# Nowhere to write.


def _write_within(file: Path, limit: int, acknowledged: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        with Store(file) as store:
            for i in range(1000):
                store.append("a", log(np.random.default_rng(i).normal(size=200), i * 200))
                os.write(acknowledged, b"x")
    except StoreError as error:
        os.write(acknowledged, b"!" if "is not kept, all before it is" in error.message else b"?")


@pytest.mark.parametrize("limit", [100_000, 150_000, 200_000, 300_000, 450_000, 600_000, 1_000_000])
def test_a_write_that_fails_is_told_and_loses_nothing_before_it(tmp_path: Path, limit: int) -> None:
    """The operating system refuses writes beyond a size: the same errors as of a failing or full disk."""
    file = tmp_path / "s"
    reader, writer = os.pipe()
    process = FORK.Process(target=_write_within, args=(file, limit, writer))
    process.start()
    os.close(writer)
    told = b""
    while piece := os.read(reader, 1 << 16):
        told += piece
    process.join()
    assert process.exitcode == 0
    assert told.endswith(b"!")
    batches = told.count(b"x")
    with Store(file) as store:
        y = store.curve("a", "loss").y if batches else np.empty(0)
        assert care.check(store) == []
    expected = [np.random.default_rng(i).normal(size=200) for i in range(batches)]
    assert np.array_equal(y, np.concatenate([np.empty(0), *expected]))


def test_a_full_disk_is_told_and_loses_nothing_before_it(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        store.append("a", log(np.arange(5000.0) ** 1.5))
        store.db.limit(int(store.db.rows("PRAGMA page_count")[0][0]) + 2)
        with pytest.raises(StoreError, match="no space left; what was being written is not kept, all before it is"):
            store.append("a", log(np.random.default_rng(0).normal(size=100_000), 5000))
        assert store.curve("a", "loss").y.tolist() == (np.arange(5000.0) ** 1.5).tolist()
        store.db.limit(1 << 30)
        store.append("a", log(np.ones(3), 5000))
        assert len(store.curve("a", "loss")) == 5003


def test_a_log_that_fails_to_be_read_is_told_and_what_was_read_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An I/O error of the logs' own disk, injected below the readers."""
    from forerun.runs import growth

    (tmp_path / "a.jsonl").write_text("".join(f'{{"step": {i}, "loss": {i}}}\n' for i in range(100)))
    with Store(None) as store:
        ingest(store, tmp_path)
        with (tmp_path / "a.jsonl").open("a") as file:
            file.write('{"step": 100, "loss": 100}\n')

        def failing(self: growth.GrowingFile, offset: int, size: int) -> bytes:
            raise growth.UnreadableLog("cannot be read at byte 0: Input/output error", where="a.jsonl")

        with monkeypatch.context() as patched:
            patched.setattr(growth.GrowingFile, "_at", failing)
            ingest(store, tmp_path)
        (run,) = stored_runs(store)
        assert len(run.curves["loss"]) == 100
        assert [d.why for d in run.damage] == ["cannot be read at byte 0: Input/output error"]
        ingest(store, tmp_path)
        (run,) = stored_runs(store)
        assert (len(run.curves["loss"]), run.damage) == (101, ())
