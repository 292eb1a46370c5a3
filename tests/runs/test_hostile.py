"""Logs are not trusted: names, links, bombs and numbers made to harm whoever reads them."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.cli.app import run as main
from forerun.core import BadInput, NothingToRead, UnreadableLog
from forerun.runs import series
from forerun.runs.readers import lm_eval, sqlite, tensorboard
from forerun.runs.readers.lines.template import template
from forerun.runs.store import Store

from .corpus import CORPUS
from .encoded import field, tensorboard_record, wandb_file, wandb_history

NAMES = [
    "\x1b[31mred\x1b]0;owned\x07", "<script>alert(1)</script>", "../../etc/passwd", "a\0b", "\u202etxt.exe", "a" * 20_000,
    "CON", "=cmd|' /C calc'!A0", "x\r\nforged: line", "\ud800half", "'; DROP TABLE log; --", "loss{a=<b>}",
]  # fmt: skip


def rows(name: str) -> str:
    return "".join(json.dumps({"step": i, name: 1.0 / (i + 1)}) + "\n" for i in range(20))


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_names_are_kept_and_made_harmless(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of metrics reach the terminal, the page, JSON and the store; none may act there."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.jsonl").write_text(rows(name))
    (run,) = api.read(tmp_path / "logs", store=tmp_path / "s")
    assert len(run.curves) == 1
    assert len(next(iter(run.curves.values()))) == 20
    assert api.read(tmp_path / "logs")[0] == run
    for arguments in (["read"], ["scan"], ["watch", "--polls", "1"], ["read", "--json"]):
        assert main([arguments[0], str(tmp_path / "logs"), *arguments[1:]]) == 0
    shown = capsys.readouterr().out
    assert not set(shown) & set("\x1b\0\x07\r\u202e")
    page = tmp_path / "r.html"
    assert main(["report", str(tmp_path / "logs"), "-o", str(page)]) == 0
    assert "<script>alert" not in page.read_text("utf-8")


def test_a_name_of_a_megabyte_is_read_and_shown_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = b"\x09" + struct.pack("<d", 1.0) + field(5, field(1, field(1, b"a" * 1_000_000) + b"\x15\0\0\0\0"))
    (tmp_path / "events.out.tfevents.1").write_bytes(tensorboard_record(value))
    assert main(["read", str(tmp_path)]) == 0
    assert len(capsys.readouterr().out) < 10_000


def test_file_names_are_made_harmless_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (
        "\x1b[2Jgone.jsonl",
        "<img src=x onerror=alert(1)>.jsonl",
        "a\nb.jsonl",
        os.fsdecode(b"\xff\xfe.jsonl"),
    ):
        (tmp_path / name).write_text(rows("loss"))
    with Store(None) as store:
        assert len(api.read(tmp_path)) == 4
        assert main(["read", str(tmp_path)]) == 0
        shown = capsys.readouterr().out
        assert not set(shown) & set("\x1b")
        from forerun.runs.ingest import ingest, stored_runs

        ingest(store, tmp_path)
        assert len(stored_runs(store)) == 4
    assert main(["read", str(tmp_path), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 4


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    secret, logs = tmp_path / "secret", tmp_path / "logs"
    for folder in (secret, logs / "run" / "metrics", logs / "tb", logs / "wandb"):
        folder.mkdir(parents=True)
    (secret / "a.csv").write_text("step,loss\n1,2\n2,1\n")
    (secret / "hparams.yaml").write_text("password: hunter2\n")
    (logs / "a.csv").symlink_to(secret / "a.csv")
    (logs / "folder").symlink_to(secret)
    (logs / "run" / "meta.yaml").write_text("artifact_uri: x\nrun_id: 1\nstatus: 3\n")
    (logs / "run" / "metrics" / "loss").symlink_to(secret / "a.csv")
    CORPUS["lightning_csv"](logs)
    (logs / "version_0" / "hparams.yaml").unlink()
    (logs / "version_0" / "hparams.yaml").symlink_to(secret / "hparams.yaml")
    (logs / "wandb" / "run-20260101_000000-abc").symlink_to(secret)
    runs = api.read(logs)
    assert [(run.id, dict(run.config)) for run in runs] == [("version_0", {})]
    assert "a.csv" in {s.path for s in runs.skipped}


def test_a_zip_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bomb.eval"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("_journal/start.json", "{}")
        with archive.open("header.json", "w", force_zip64=True) as entry:
            for _ in range(300):
                entry.write(bytes(1 << 20))
    assert file.stat().st_size < 1 << 20
    with pytest.raises(UnreadableLog, match="too large for a log"):
        api.read(file)


def test_an_entry_that_lies_about_its_size_is_not_unpacked_further(tmp_path: Path) -> None:
    file = tmp_path / "bomb.eval"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_journal/start.json", "{}")
        archive.writestr("header.json", " " * 50_000_000 + "{}")
    data = file.read_bytes().replace(struct.pack("<I", 50_000_002), struct.pack("<I", 100))
    file.write_bytes(data)
    with pytest.raises(UnreadableLog, match="checksum"):
        api.read(file)


def test_names_in_an_archive_are_no_paths(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "t.eval"
    file.parent.mkdir()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("_journal/start.json", '{"eval": {"task": "t"}}')
        archive.writestr("../../escaped.txt", "out")
    with pytest.raises((NothingToRead, UnreadableLog)):
        api.read(tmp_path / "logs" / "t.eval")
    assert not list(tmp_path.rglob("escaped*"))


@pytest.mark.parametrize("depth", [1_000, 100_000, 1_000_000])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "trainer_state.json", "results_x.json", "evals.json"])
def test_json_nested_without_end_is_refused(tmp_path: Path, name: str, depth: int) -> None:
    starts = {
        "trainer_state.json": '{"log_history": ',
        "results_x.json": '{"results": {"config": ',
        "evals.json": '{"a": {"b": [1, ',
    }
    (tmp_path / name).write_text(starts.get(name, '{"step": 1, "a": ') + "[" * depth)
    (tmp_path / "good.csv").write_text("step,loss\n1,2\n2,1\n")
    assert [run.id for run in api.read(tmp_path)] == ["good.csv"]


def test_numbers_beyond_all_bounds(tmp_path: Path) -> None:
    """Integers of 10,000 digits, 1e400, steps beyond 2^53."""
    huge = "9" * 10_000
    lines = ['{"step": 1, "loss": 1e400}', f'{{"step": 2, "loss": {huge}}}', '{"step": 3, "loss": -1e400}']
    lines += [f'{{"step": {2**53 + 2 * i}, "loss": 1.0}}' for i in range(3)] + [f'{{"step": {2**53 + 5}, "loss": 2.0}}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n")
    (run,) = api.read(tmp_path)
    x, y = run.curves["loss"].x, run.curves["loss"].y
    assert y[0] == np.inf
    assert x[-1] == 2.0**53 + 4  # a double cannot hold 2^53 + 5: the records fall on one x, and the later holds
    assert (np.diff(x) > 0).all()


def test_lengths_that_lie_are_bounded_by_the_file(tmp_path: Path) -> None:
    """Varints that never end, and lengths of 2^62, in both binary formats."""
    good = tensorboard_record(
        b"\x09"
        + struct.pack("<d", 1.0)
        + field(2, 1)
        + field(5, field(1, field(1, b"loss") + b"\x15" + struct.pack("<f", 1.0)))
    )
    for body in (b"\xff" * 50, b"\x2a" + b"\xff" * 8 + b"\x3f", b"\x2a\x02\x0a\xff"):
        (tmp_path / "events.out.tfevents.1").write_bytes(good + tensorboard_record(body) + good)
        (run,) = api.read(tmp_path)
        assert len(run.damage) == 1
    (tmp_path / "events.out.tfevents.1").unlink()
    odd = [b"\x12" + b"\xff" * 12, b"\x12" + b"\xff" * 8 + b"\x3f", b"\x0f" * 5]
    (tmp_path / "run-a.wandb").write_bytes(
        wandb_file([wandb_history(0, {"loss": 1.0}), *odd, wandb_history(1, {"loss": 2.0})])
    )
    (run,) = api.read(tmp_path)
    assert run.curves["loss"].y.tolist() == [1.0, 2.0]
    assert len(run.damage) == 3


@pytest.mark.usefixtures("no_hang")
def test_new_metrics_in_every_record_fill_no_memory(tmp_path: Path) -> None:
    """So many that whatever looked at each of them for each of them would not come back."""
    with (tmp_path / "a.jsonl").open("w") as file:
        for i in range(300):
            file.write(json.dumps({"step": i} | {f"m{i}_{k}": 1.0 for k in range(1000)}) + "\n")
    (run,) = api.read(tmp_path)
    assert len(run.curves) == series.MOST_METRICS
    assert [(d.lost, d.why) for d in run.damage] == [(200_000, "more than 100000 metrics; those beyond are left out")]


def test_a_database_cannot_run_anything(tmp_path: Path) -> None:
    """A view in place of a table, and a table that reads as MLflow's but holds text for numbers."""
    file = tmp_path / "mlflow.db"
    with sqlite3.connect(file) as db:
        db.executescript("""CREATE TABLE experiments (experiment_id, name);
            CREATE TABLE runs (run_uuid, name, status, lifecycle_stage, experiment_id);
            CREATE TABLE params (key, value, run_uuid); CREATE TABLE tags (key, value, run_uuid);
            CREATE TABLE metrics (key, value, timestamp, run_uuid, step, is_nan);
            INSERT INTO experiments VALUES (1, NULL);
            INSERT INTO runs VALUES ('u', x'ff', 7, 'active', 1);
            INSERT INTO metrics VALUES ('loss', 'text', x'00', 'u', NULL, NULL), ('loss', 2.0, 5, 'u', 3, 0);""")
    db.close()
    (run,) = api.read(file)
    assert run.curves["loss"].y.tolist() == [0.0, 2.0]
    assert not (tmp_path / "mlflow.db-wal").exists()


def test_a_database_is_neither_changed_nor_littered_beside(tmp_path: Path) -> None:
    for name in ("mlflow_sqlite", "trackio"):
        file = CORPUS[name](tmp_path)
        with sqlite3.connect(file) as db:
            db.execute("PRAGMA journal_mode = WAL")
        db.close()
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    assert len(api.read(tmp_path)) == 2  # two of them hold the same values, and are one
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_checkpoints_beside_logs_are_not_opened(tmp_path: Path) -> None:
    CORPUS["trainer_state"](tmp_path)
    (tmp_path / "optimizer.pt").write_bytes(b"PK\x03\x04" + b"\x80\x04cos\nsystem\n")
    (tmp_path / "rng_state.pth").write_bytes(b"\x80\x04\x95")
    runs = api.read(tmp_path)
    assert [run.format for run in runs] == ["trainer_state"]
    assert {skipped.path for skipped in runs.skipped} == {"optimizer.pt", "rng_state.pth"}


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize(
    ("described", "line"),
    [
        ("a{x}a{*}a{y}b", "a1a" * 3000),
        ("{*} loss {loss}", "loss " * 2000),
        ("{*}e {a}{*}e {b}{*}e {c}", "e 1" * 3000),
        ("x" * 500 + "{loss}", "x" * 9_999),
    ],
)
def test_no_template_and_no_line_are_slow_together(described: str, line: str) -> None:
    """Each would keep a backtracking pattern busy for years."""
    matcher = template(described)
    for _ in range(100):
        matcher.match(line)


@pytest.mark.parametrize("described", ["loss", "{}", "{a}{a}", "{*}{loss}", "x" * 1001 + "{a}"])
def test_a_template_that_says_too_little_is_refused(described: str) -> None:
    with pytest.raises(BadInput):
        template(described)


@pytest.mark.usefixtures("no_hang")
def test_hostile_text_lines_are_read_in_linear_time(tmp_path: Path) -> None:
    good = "".join(f"epoch {i} loss: {1 / (i + 1):.4f}\n" for i in range(20))
    bad = [
        "a" * 9000,
        "a:" * 4000,
        "epoch 1 " + "a b " * 2000,
        "[1] " + "a: " * 3000,
        "{'" * 4000 + "}",
        "step:1/2 " + " " * 9000,
    ]
    (tmp_path / "a.log").write_text(good + "".join(line + "\n" for line in bad * 20) + good)
    first, again = api.read(tmp_path)
    assert first.curves["loss"].x.tolist() == again.curves["loss"].x.tolist() == list(range(20))


def test_odd_types_in_results_are_no_faults(tmp_path: Path) -> None:
    odd = [
        {"results": {"t": 5}, "versions": 0},
        {"results": {"t": {"acc": [1]}}, "config": []},
        {"results": {}, "versions": {}},
    ]
    for i, told in enumerate(odd):
        (tmp_path / f"results_{i}.json").write_text(json.dumps(told))
        assert lm_eval.sniff(tmp_path / f"results_{i}.json", json.dumps(told).encode()) in (0.0, 0.9)
    with pytest.raises(BadInput):
        api.read(tmp_path / "results_0.json", format="lm_eval")
    assert len(api.read(tmp_path)) == 0


def test_sniffing_never_fails(tmp_path: Path) -> None:
    """Every reader looks at the start of every file, whatever it is."""
    from forerun.runs.readers import READERS

    rng = np.random.default_rng(0)
    heads = [
        b"",
        b"{",
        b"[{",
        b"SQLite format 3\0",
        b":W&B",
        b"PK\x03\x04",
        b"PAR1",
        b"\xff\xfe",
        rng.bytes(5000),
        b"\n" * 99,
    ]
    heads += [b'{"results": {', b"_step,_runtime", b"epoch,\n0,", b":::MLLOG {", b"a - b", b"step\t"]
    for i, head in enumerate(heads):
        for suffix in (".json", ".csv", ".log", ".wandb", ".db", ".parquet", ".eval", ".tsv", ".jsonl"):
            file = tmp_path / f"{i}{suffix}"
            file.write_bytes(head)
            for name in READERS.table:
                assert 0.0 <= READERS.load(name).sniff(file, head) <= 1.0
    assert (sqlite.MAGIC, tensorboard.CARD.name) == (b"SQLite format 3\0", "tensorboard")


def _mlflow(path: Path, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA journal_mode = {mode}")
    for sql in (
        "CREATE TABLE experiments (experiment_id INTEGER, name TEXT)",
        "CREATE TABLE runs (run_uuid TEXT, name TEXT, status TEXT, experiment_id INTEGER, lifecycle_stage TEXT,"
        " start_time INTEGER, end_time INTEGER)",
        "CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT)",
        "CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT)",
        "CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT, step INTEGER, is_nan INTEGER)",
        "INSERT INTO experiments VALUES (1, 'mine')",
        "INSERT INTO runs VALUES ('a', 'a', 'RUNNING', 1, 'active', 0, NULL)",
    ):
        db.execute(sql)
    db.executemany("INSERT INTO metrics VALUES ('loss', ?, 0, 'a', ?, 0)", [(3.0 - i / 100, i) for i in range(200)])
    return db


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_database_whose_program_was_killed_is_recovered_on_a_copy(tmp_path: Path, mode: str) -> None:
    """The files are taken while a transaction is half in them, as a kill leaves them: what was committed is read."""
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    db = _mlflow(there / "mlflow.db", mode)
    db.execute("PRAGMA cache_size = 1")  # so that it is spilled into the file before it is committed
    db.execute("BEGIN")
    db.execute("UPDATE metrics SET value = 99.0")
    for file in there.iterdir():
        if not file.name.endswith("-shm"):
            (here / file.name).write_bytes(file.read_bytes())
    db.close()
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in here.iterdir()}
    assert len(before) == 2
    (run,) = [run for run in api.read(here) if run.curves]
    assert run.curves["loss"].y.tolist() == [3.0 - i / 100 for i in range(200)]
    assert {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in here.iterdir()} == before
