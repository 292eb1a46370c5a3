"""From a damaged store into a new one: everything that is not damaged, wherever it stands in the file."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forerun.core import BadInput
from forerun.runs.log import Log
from forerun.runs.store import care, pages, rows, series, words
from forerun.runs.store.rows import (
    CalibrationRow,
    ChunkRow,
    DamageRow,
    FileRow,
    ItemRow,
    JournalRow,
    LogRow,
    SeriesRow,
)
from forerun.runs.store.store import Store


@dataclass(frozen=True)
class Salvaged:
    """What salvaging a store came to.

    Args:
        points: values of metrics that are there.
        journal: entries of the journal that are there.
        mended: rows in which one flipped bit was put right, in words.
        lost: what is not there, in words.
    """

    points: int
    journal: int
    mended: tuple[str, ...]
    lost: tuple[str, ...]


def salvage(path: Path, into: Path) -> Salvaged:
    """Put all that is not damaged of a store into a new one; the damaged one stays as it is.

    Rows are found by their seals in the file's pages, so that a page, an index or a header that is damaged costs
    nothing. A row in which one bit was flipped is put right and named. What is lost of a run is noted in it, as damage,
    and the places where the readers stand are kept: where logs are still there, ``--repair`` and reading them again
    restores it.

    Args:
        path: the store.
        into: a file that does not exist yet.

    Raises:
        BadInput: there is a file of that name, or nothing of a store in the damaged one.
    """
    if into.exists():
        raise BadInput("exists; give a name of its own to what is salvaged", where=str(into))
    data, counted = _settled(path)
    every = sorted(pages.search(data), key=lambda one: (not one.loose, one.key))
    by_kind: dict[type[Any], dict[Any, Any]] = {kind: {} for kind in rows.TABLE}
    for one in every:
        by_kind[type(one.row)][_name(one)] = one.row
    mended = [rows.told_of(one.row).replace("is damaged", "had a flipped bit").partition(";")[0]
              for one in every if one.mended]  # fmt: skip
    if not any(by_kind.values()):
        why = "no row of a store of version 3 in it; one of an earlier version is brought on when it is opened whole"
        raise BadInput(why, where=str(path))
    lost = [f"{n - len(by_kind[kind])} of {n} rows of table {name}"
            for kind, name in rows.TABLE.items() if (n := counted.get(name, 0)) > len(by_kind[kind])]  # fmt: skip
    lost += _parents(by_kind)
    with Store(into) as store:
        lost += _written(store, by_kind)
        return Salvaged(store.points(), len(by_kind[JournalRow]), tuple(mended), tuple(lost))


def _settled(path: Path) -> tuple[bytes, dict[str, int]]:
    """The file's bytes with what stands in its write-ahead log, and how many rows it says that it has."""
    counted: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "store")
        shutil.copyfile(path, copy)
        beside = path.with_name(f"{path.name}-wal")
        if beside.exists() and beside.stat().st_size:
            shutil.copyfile(beside, copy.with_name("store-wal"))
        try:
            db = sqlite3.connect(copy)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            counted = {name: n for name, n in db.execute("SELECT name, n FROM contents") if isinstance(n, int)}
            db.close()
        except (sqlite3.Error, UnicodeDecodeError):
            pass  # the file itself is searched
        return copy.read_bytes(), counted


def _name(one: pages.Found) -> Any:
    """What there is one row of."""
    if isinstance(one.row, ChunkRow):
        return one.row.series, one.row.first_row
    return one.key if isinstance(one.row, (DamageRow, ItemRow)) else one.row[0]


def _parents(by_kind: dict[type[Any], dict[Any, Any]]) -> list[str]:
    """Make rows that others belong to anew where they are lost, so that what belongs to them is kept; what is lost."""
    lost: list[str] = []
    for kind, parent, column in (
        (ChunkRow, SeriesRow, 0),
        (SeriesRow, LogRow, 1),
        (DamageRow, LogRow, 0),
        (ItemRow, LogRow, 0),
        (LogRow, FileRow, 1),
    ):
        for id in sorted({row[column] for row in by_kind[kind].values()} - by_kind[parent].keys()):
            by_kind[parent][id] = _made[parent](id)
            lost.append(f"the {rows.TABLE[parent]} of number {id}: its name and words; what it held is kept")
    return lost


_made: dict[type[Any], Any] = {
    SeriesRow: lambda id: SeriesRow(id, 0, "metric", f"series {id}"),
    LogRow: lambda id: LogRow(id, 0, 0, f"log {id}", 0, 0, 0, words.dump(Log("lost"))),
    FileRow: lambda id: FileRow(id, "", f"lost/{id}", f"lost/{id}", "lost"),
}


def _written(store: Store, by_kind: dict[type[Any], dict[Any, Any]]) -> list[str]:
    """What is lost of the runs, each noted in its log."""
    notes: dict[int, list[str]] = defaultdict(list)
    made = [_with_points(one, chunks, notes) for one, chunks in _with_chunks(by_kind)]
    files = [_with_logs(file, list(by_kind[LogRow].values()), notes) for file in by_kind[FileRow].values()]
    columns = Counter(one.log for one in made)
    said = Counter(note.log for note in (*by_kind[DamageRow].values(), *by_kind[ItemRow].values()))
    ends: dict[int, int] = defaultdict(int)
    for one in made:
        ends[one.log] = max(ends[one.log], (-1 if one.last_row is None else one.last_row) + 1)
    logs: list[LogRow] = []
    for log in by_kind[LogRow].values():
        if columns[log.id] != log.columns:
            notes[log.id].append(f"{log.columns - columns[log.id]} of {log.columns} columns")
        if said[log.id] != log.notes:
            notes[log.id].append(f"{log.notes - said[log.id]} of {log.notes} notes of damage and items")
        logs.append(
            log._replace(n=max(log.n, ends[log.id]), columns=columns[log.id], notes=said[log.id] + len(notes[log.id]))
        )
    damage = [DamageRow(id, store.db.name, "store", f"{care.LOST}: {why}", None) for id in notes for why in notes[id]]
    parts: Iterable[Iterable[Any]] = (
        files, logs, made, by_kind[ChunkRow].values(), by_kind[DamageRow].values(), damage, by_kind[ItemRow].values(),
        by_kind[JournalRow].values(), by_kind[CalibrationRow].values(),
    )  # fmt: skip
    with store.db.writing():
        for part in parts:
            rows.insert(store.db, part)
    return [f"{why}, in log {id}" for id in notes for why in notes[id]]


def _with_chunks(by_kind: dict[type[Any], dict[Any, Any]]) -> Iterator[tuple[SeriesRow, list[ChunkRow]]]:
    """Each series with its chunks; of two that hold the same points the longer one is it."""
    by_series: dict[int, list[ChunkRow]] = defaultdict(list)
    for chunk in sorted(by_kind[ChunkRow].values(), key=lambda chunk: (chunk.series, chunk.first_row, -chunk.last_row)):
        if not by_series[chunk.series] or chunk.first_row > by_series[chunk.series][-1].last_row:
            by_series[chunk.series].append(chunk)
        else:
            del by_kind[ChunkRow][chunk.series, chunk.first_row]
    for one in by_kind[SeriesRow].values():
        yield one, by_series[one.id]


def _with_points(one: SeriesRow, chunks: list[ChunkRow], notes: dict[int, list[str]]) -> SeriesRow:
    """The series with the number of its points."""
    n = sum(chunk.n for chunk in chunks)
    if n != one.n:
        notes[one.log].append(f"{max(0, one.n - n)} of {one.n} points of {one.name}")
    last = series.real_last(*series.points(chunks[-1])) if chunks else (None, None)
    return one._replace(n=n, newest=chunks[-1].n if chunks else 0, last_row=last[0], last_value=last[1])


def _with_logs(file: FileRow, logs: list[LogRow], notes: dict[int, list[str]]) -> FileRow:
    """The file with the number of its logs; where one is gone, the others know."""
    of_file = [log for log in logs if log.file == file.id]
    if of_file and len(of_file) != file.logs:
        notes[of_file[0].id].append(f"{file.logs - len(of_file)} of {file.logs} logs of {file.path}")
    return file._replace(logs=len(of_file))
