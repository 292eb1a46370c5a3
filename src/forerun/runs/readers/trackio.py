"""Trackio's databases: one SQLite file a project, a row a call of ``log``, its metrics as JSON."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, Damage, UnreadableLog
from forerun.runs.log import WALL, Log, State, Step
from forerun.runs.readers.columns import log_of_columns, log_of_records, moment, number
from forerun.runs.readers.flat_json import columns
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.sqlite import MAGIC, opened, tables, text_of

CARD = Card(
    name="trackio",
    does="Reads Trackio's project databases; a run is named by its project and its own name.",
    source="trackio 0.2 to 0.43, sqlite_storage.py: metrics(run_name, timestamp, step, metrics)",
    assumes="System metrics are not metrics of the training.",
    needs="One row of metrics.",
    promises="Values equal Trackio's own storage; NaN and infinities, which it stores as words, are given back.",
    known_answer="trackio's own SQLiteStorage.get_logs.",
    control="A database without Trackio's tables is left alone.",
)
_RUNS, _WHO = "SELECT DISTINCT who.rowid FROM metrics JOIN who", "SELECT run FROM who WHERE rowid = ?"
_BATCH = 20_000  # rows at a time, which bounds memory
_NEEDED = {"id", "timestamp", "run_name", "step", "metrics"}
_WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def sniff(path: Path, head: bytes) -> float:
    if not head.startswith(MAGIC):
        return 0.0
    try:
        with opened(path) as db:
            return 0.95 if tables(db).get("metrics", set()) >= _NEEDED else 0.0
    except UnreadableLog:
        return 0.0


def follow(path: Path, state: State) -> Iterator[Step]:
    with opened(path) as db:
        schema = tables(db)
        inode, most = path.stat().st_ino, db.execute("SELECT coalesce(max(id), 0) FROM metrics").fetchone()[0]
        configs = _configs(db, schema)
        summary = zlib.crc32(json.dumps(configs, default=str, sort_keys=True).encode())
        fresh = bool(state) and (state["inode"] != inode or most < state["last"])
        last = 0 if fresh or not state else int(state["last"])
        words = fresh or state.get("words") != summary
        key = "run_id" if "run_id" in schema["metrics"] else "run_name"
        names, of_word = _names(db, key)
        while fresh or words or last < most:
            upper = db.execute("SELECT id FROM metrics WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?", (last, _BATCH - 1))
            span = (last, (upper.fetchone() or (most,))[0])
            logs = (
                [Log(CARD.name, id=of_word.get(run, run), config=config) for run, config in configs.items()]
                if words
                else []
            )
            runs = db.execute(f"{_RUNS} ON who.run IS metrics.{key} WHERE id > ? AND id <= ?", span).fetchall()
            logs += [_log(db, names[run], key, run, span, path, alone=len(runs) == 1) for (run,) in runs]
            last = span[1]
            yield Step({"inode": inode, "last": last, "words": summary}, logs, fresh=fresh)
            fresh = words = False


def _names(db: sqlite3.Connection, key: str) -> tuple[dict[int, str], dict[str, str]]:
    """What runs are called, told apart where two are called alike: by their number in the table ``who``, and by key.

    That table keeps keys as they are stored, since what is no text cannot be looked for by what is shown of it.
    """
    db.execute("CREATE TEMP TABLE who (run UNIQUE, name)")
    db.execute(f"INSERT INTO who SELECT {key}, max(run_name) FROM metrics GROUP BY {key} ORDER BY min(id)")
    runs = [(code, _word(run), _word(name)) for code, run, name in db.execute("SELECT rowid, run, name FROM who")]
    called = Counter(name for _, _, name in runs)
    names = {code: name if called[name] == 1 else f"{name}-{run[:8]}" for code, run, name in runs}
    return names, {run: names[code] for code, run, _ in runs}


def _word(stored: Any) -> str:
    return text_of(stored) if isinstance(stored, bytes) else "" if stored is None else str(stored)


def _configs(db: sqlite3.Connection, schema: dict[str, set[str]]) -> dict[str, dict[str, Any]]:
    if "configs" not in schema:
        return {}
    key = "run_id" if "run_id" in schema["configs"] and "run_id" in schema["metrics"] else "run_name"
    configs: dict[str, dict[str, Any]] = {}
    for run, text in db.execute(f"SELECT {key}, config FROM configs ORDER BY id"):
        try:
            config = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            continue
        if isinstance(config, dict):
            configs[_word(run)] = {str(name): value for name, value in config.items() if not str(name).startswith("_")}
    return configs


def _log(db: sqlite3.Connection, id: str, key: str, run: int, span: tuple[int, int], path: Path, *, alone: bool) -> Log:
    """A run's rows of a stretch of the database."""
    wanted = "" if alone else f"{key} IS ({_WHO}) AND "
    find = f"""SELECT group_concat(metrics, char(10)), group_concat(coalesce(step, 'nan')), group_concat(timestamp),
        count(*), group_concat(id) FROM (SELECT id, metrics, step, timestamp FROM metrics
        WHERE {wanted}id > ? AND id <= ? ORDER BY id)"""
    text, steps, times, n, ids = db.execute(find, span if alone else (run, *span)).fetchone()
    if None in (text, steps, times, ids):
        return _one_by_one(db, id, key, run, span, path)
    table = columns(f"{text}\n".encode("utf-8", "surrogatepass")) if text.count("\n") == n - 1 else None
    step = np.array(steps.split(","))
    if table is None or step.size != n or times.count(",") != n - 1 or not _rising(ids):
        return _one_by_one(db, id, key, run, span, path)
    keys, values = table
    by_key = dict(zip(keys, values, strict=True))
    log = log_of_columns(
        {"step": step.astype(float), **{k: v for k, v in by_key.items() if k != "step"}}, format=CARD.name
    )
    log.id = id
    log.axes[WALL] = _moments(times.split(","))
    return log


def _rising(ids: str) -> bool:
    return bool((np.diff(np.array(ids.split(",")).astype(np.int64)) > 0).all())


def _moments(times: list[str]) -> np.ndarray:
    if all(len(time) == 32 and time.endswith("+00:00") for time in times):
        with warnings.catch_warnings(), contextlib.suppress(ValueError, UserWarning, DeprecationWarning):
            warnings.simplefilter("error")
            return np.array([time[:26] for time in times], "datetime64[us]").astype(np.int64) / 1e6
    return np.array([np.nan if (when := moment(time)) is None else when for time in times])


def _one_by_one(db: sqlite3.Connection, id: str, key: str, run: int, span: tuple[int, int], path: Path) -> Log:
    """Rows of several layouts, or with words in them."""
    records: list[dict[str, float]] = []
    damage: list[Damage] = []
    find = (
        f"SELECT id, timestamp, step, metrics FROM metrics WHERE {key} IS ({_WHO}) AND id > ? AND id <= ? ORDER BY id"
    )
    for row, time, step, text in db.execute(find, (run, *span)):
        try:
            metrics = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            metrics = None
        if not isinstance(metrics, dict):
            damage.append(Damage(path.name, f"row {row}", "its metrics are not a JSON object", 1))
            continue
        record = {name: value for name, value in _numbers(metrics) if name != "step"}
        when = moment(str(time))
        own = {"step": number(step), "timestamp": when}
        records.append({k: v for k, v in own.items() if v is not None} | record)
    log = log_of_records(records, format=CARD.name)
    log.id, log.damage = id, damage
    return log


def _numbers(record: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < 8 and "_type" not in value:
            yield from _numbers(value, name + "/", depth + 1)
        elif isinstance(value, str):
            if value in _WORDS:
                yield name, _WORDS[value]
        elif (plain := number(value)) is not None:
            yield name, plain


TRACKIO = Reader(card=CARD, sniff=sniff, follow=follow)
