"""From version 2 of a store, whose rows had no seals, to version 3."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from forerun.runs.store import rows, series
from forerun.runs.store.rows import (
    CalibrationRow,
    ChunkRow,
    Connection,
    DamageRow,
    FileRow,
    ItemRow,
    JournalRow,
    LogRow,
    SeriesRow,
)
from forerun.runs.store.schema import MAKE

_TABLES = ("chunk", "tail", "damage", "item", "series", "log", "file", "journal", "calibration")  # children first
_AT_ONCE = 1000  # rows in memory


def brought_on(db: Connection) -> None:
    """Every row is written anew with a seal; the newest points, which stood in rows of their own, become chunks.

    A chunk whose checksum did not match gets no seal that does: it stays damaged.
    """
    db.run("PRAGMA legacy_alter_table = ON")  # what refers to a table goes on meaning the new one of its name
    for table in _TABLES:
        db.run(f"ALTER TABLE {table} RENAME TO old_{table}")
    for (name,) in db.rows("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"):
        db.run(f"DROP INDEX {name}")
    for statement in MAKE:
        db.run(statement)
    for made in (_files, _logs, _series, _damage, _items, _journal, _calibrations):
        _put(db, made(db))
    _chunks(db)
    for table in _TABLES:
        db.run(f"DROP TABLE old_{table}")
    db.run("PRAGMA legacy_alter_table = OFF")


def _put(db: Connection, made: Iterator[tuple[Any, ...]]) -> None:
    batch: list[tuple[Any, ...]] = []
    for row in made:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            rows.insert(db, batch)
            batch.clear()
    rows.insert(db, batch)


def _files(db: Connection) -> Iterator[FileRow]:
    find = """SELECT id, root, path, unit, format, state, pending, NULL, generation,
        (SELECT count(*) FROM old_log WHERE file = old_file.id), touched, error FROM old_file ORDER BY id"""
    return (FileRow(*row) for row in db.each(find))


def _logs(db: Connection) -> Iterator[LogRow]:
    find = """SELECT id, file, generation, run, n, (SELECT count(*) FROM old_series WHERE log = old_log.id),
        (SELECT count(*) FROM old_damage WHERE log = old_log.id)
        + (SELECT count(*) FROM old_item WHERE log = old_log.id), words FROM old_log ORDER BY id"""
    return (LogRow(*row) for row in db.each(find))


def _series(db: Connection) -> Iterator[SeriesRow]:
    find = "SELECT id, log, kind, name, n, 0, last_row, last_value FROM old_series ORDER BY id"
    return (SeriesRow(*row) for row in db.each(find))


def _damage(db: Connection) -> Iterator[DamageRow]:
    return (DamageRow(*row) for row in db.each("SELECT log, path, place, why, lost FROM old_damage ORDER BY rowid"))


def _items(db: Connection) -> Iterator[ItemRow]:
    return (ItemRow(*row) for row in db.each("SELECT log, task, item, metric, x, score FROM old_item ORDER BY rowid"))


def _journal(db: Connection) -> Iterator[JournalRow]:
    find = "SELECT id, at, run, kind, method, version, weights, body FROM old_journal ORDER BY id"
    return (JournalRow(*row) for row in db.each(find))


def _calibrations(db: Connection) -> Iterator[CalibrationRow]:
    return (CalibrationRow(*row) for row in db.each("SELECT name, at, body FROM old_calibration ORDER BY name"))


def _chunks(db: Connection) -> None:
    find = """SELECT series, first_row, last_row, n, low, high, rows, data, checksum FROM old_chunk
        ORDER BY series, first_row"""
    for *columns, checksum in db.each(find):
        chunk = ChunkRow(*columns)
        chunk = chunk._replace(low=rows.real(chunk.low), high=rows.real(chunk.high))
        if zlib.crc32(chunk.data, zlib.crc32(chunk.rows or b"")) == checksum:
            rows.insert(db, [chunk])
        else:
            broken = rows.seal("chunk", chunk) ^ 1
            db.run("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*chunk, broken))
    for (id,) in db.rows("SELECT DISTINCT series FROM old_tail"):
        pairs = np.array(db.rows("SELECT row, bits FROM old_tail WHERE series = ? ORDER BY row", (id,)), np.int64)
        (made,) = series.packed(id, pairs[:, 0], np.ascontiguousarray(pairs[:, 1]).view(float))
        rows.insert(db, [made])
        (row,) = rows.select(db, SeriesRow, "WHERE id = ?", (id,))
        rows.update(db, [row._replace(newest=made.n)])
