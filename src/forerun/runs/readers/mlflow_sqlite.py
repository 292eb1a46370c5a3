"""MLflow's SQLite backend, ``mlflow.db``: every run of every experiment in one file."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, Lineage, UnreadableLog
from forerun.runs.log import WALL, Log, State, Step
from forerun.runs.readers.columns import number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.sqlite import MAGIC, opened, tables

CARD = Card(
    name="mlflow_sqlite",
    does="Reads MLflow's SQLite backend; a run is named by its experiment and its own name.",
    source="mlflow 2.0 to 3.17, store/tracking/dbmodels: metrics(key, value, timestamp, run_uuid, step, is_nan)",
    assumes="Deleted runs are not wanted.",
    needs="One metric of an active run.",
    promises="Values equal MLflow's own client; NaN is given back, and infinities, which it stores as 1.797e308.",
    known_answer="mlflow's own client, get_metric_history.",
    control="A database without MLflow's tables is left alone.",
)
_BATCH = 200_000  # rows at a time, which bounds memory
_LARGEST = np.finfo(float).max
_NEEDED = {"key", "value", "timestamp", "run_uuid", "step", "is_nan"}
_ROW = [("row", "i8"), ("value", "f8"), ("step", "f8"), ("time", "f8"), ("code", "i8")]


def sniff(path: Path, head: bytes) -> float:
    if not head.startswith(MAGIC):
        return 0.0
    try:
        with opened(path) as db:
            schema = tables(db)
    except UnreadableLog:
        return 0.0
    return 0.95 if schema.get("metrics", set()) >= _NEEDED and {"runs", "experiments"} <= schema.keys() else 0.0


@dataclass(frozen=True)
class _Run:
    uuid: str
    id: str
    words: Log


def follow(path: Path, state: State) -> Iterator[Step]:
    with opened(path) as db:
        runs = _runs(db)
        inode, most = path.stat().st_ino, db.execute("SELECT coalesce(max(rowid), 0) FROM metrics").fetchone()[0]
        gone = not set(state.get("runs", ())) <= {run.uuid for run in runs}
        fresh = bool(state) and (state["inode"] != inode or most < state["last"] or gone)
        last = 0 if fresh or not state else int(state["last"])
        checksum = zlib.crc32(
            json.dumps([[r.id, r.words.config, r.words.end, r.words.name] for r in runs], default=str).encode()
        )
        words = [run.words for run in runs] if fresh or state.get("words") != checksum else []
        while fresh or words or last < most:
            logs, last = _batch(db, runs, last, most)
            reader_state = {"inode": inode, "last": last, "words": checksum, "runs": [run.uuid for run in runs]}
            yield Step(reader_state, [*words, *logs], fresh=fresh)
            fresh, words = False, []


def _runs(db: sqlite3.Connection) -> list[_Run]:
    """The active runs, with their settings."""
    params, tags = _pairs(db, "params"), _pairs(db, "tags")
    find = """SELECT runs.run_uuid, runs.name, runs.status, experiments.name FROM runs LEFT JOIN experiments
        ON experiments.experiment_id = runs.experiment_id WHERE runs.lifecycle_stage = 'active' ORDER BY runs.rowid"""
    rows = db.execute(find).fetchall()
    rows = [(u, name or tags.get(u, {}).get("mlflow.runName"), status, of) for u, name, status, of in rows]
    named = [f"{experiment or 'unknown'}/{name or uuid}" for uuid, name, _, experiment in rows]
    runs: list[_Run] = []
    for (uuid, name, status, _), id in zip(rows, named, strict=True):
        id = id if named.count(id) == 1 else f"{id}-{uuid[:8]}"
        end = {"FINISHED": "finished", "FAILED": "crashed", "KILLED": "crashed"}.get(status, "")
        log = Log(CARD.name, id=id, config=params.get(uuid, {}), end=end, name=str(name) if name else None)  # type: ignore[arg-type]
        parent = tags.get(uuid, {}).get("mlflow.parentRunId")
        log.lineage = Lineage(str(parent)) if parent else None
        runs.append(_Run(uuid, id, log))
    return runs


def _pairs(db: sqlite3.Connection, table: str) -> dict[str, dict[str, Any]]:
    pairs: dict[str, dict[str, Any]] = {}
    for uuid, key, value in db.execute(f"SELECT run_uuid, key, value FROM {table}"):
        parsed = number(value)
        whole = parsed is not None and parsed == parsed // 1 and abs(parsed) < 1e15 and "." not in str(value)
        pairs.setdefault(uuid, {})[key] = value if parsed is None else int(parsed) if whole else parsed
    return pairs


def _batch(db: sqlite3.Connection, runs: list[_Run], last: int, most: int) -> tuple[list[Log], int]:
    """The metrics of the next rows, and the last of these."""
    upper = db.execute(
        "SELECT rowid FROM metrics WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT 1 OFFSET ?",
        (last, most, _BATCH - 1),
    ).fetchone()
    span = (last, most if upper is None else upper[0])
    db.execute("CREATE TEMP TABLE IF NOT EXISTS code (code INTEGER PRIMARY KEY, run, key, UNIQUE (run, key))")
    db.execute("DELETE FROM code")  # names stay in the database, since one that is damaged is not what is shown of it
    db.execute(
        "INSERT INTO code (run, key) SELECT DISTINCT run_uuid, key FROM metrics WHERE rowid > ? AND rowid <= ?", span
    )
    pairs = db.execute("SELECT run, key FROM code ORDER BY code").fetchall()
    find = """SELECT metrics.rowid, coalesce(CAST(value AS REAL), 0.0), coalesce(CAST(step AS REAL), 0.0),
        coalesce(CAST(timestamp AS REAL), 0.0), code.code - 1
        FROM metrics CROSS JOIN code ON code.run = metrics.run_uuid AND code.key = metrics.key
        WHERE metrics.rowid > ? AND metrics.rowid <= ? ORDER BY metrics.rowid"""
    rows = np.fromiter(db.execute(find, span), np.dtype(_ROW))
    nan = db.execute("SELECT rowid FROM metrics WHERE is_nan <> 0 AND rowid > ? AND rowid <= ?", span).fetchall()
    values = np.where(np.abs(rows["value"]) >= _LARGEST, np.copysign(np.inf, rows["value"]), rows["value"])
    values[np.isin(rows["row"], np.array([row for (row,) in nan], np.int64))] = np.nan
    return _logs(rows, values, pairs, runs), span[1]


def _logs(rows: np.ndarray, values: np.ndarray, pairs: list[tuple[str, str]], runs: list[_Run]) -> list[Log]:
    ids = {run.uuid: run.id for run in runs}
    order = np.argsort(rows["code"], kind="stable")
    bounds = np.searchsorted(rows["code"][order], np.arange(len(pairs) + 1))
    series_by_run: dict[str, list[tuple[str, np.ndarray]]] = {}
    for i, (uuid, key) in enumerate(pairs):
        if uuid in ids:
            series_by_run.setdefault(ids[uuid], []).append((key, order[bounds[i] : bounds[i + 1]]))
    logs: list[Log] = []
    for id, series in series_by_run.items():
        every = np.sort(np.concatenate([positions for _, positions in series]))
        log = Log(CARD.name, id=id, n=every.size)
        log.axes = {"step": rows["step"][every], WALL: rows["time"][every] / 1000.0}
        log.series = {key: (np.searchsorted(every, positions), values[positions]) for key, positions in series}
        logs.append(log)
    return logs


MLFLOW_SQLITE = Reader(card=CARD, sniff=sniff, follow=follow)
