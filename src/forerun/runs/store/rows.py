"""The rows of a store, each of which vouches for itself: its last column, the seal, is a checksum of the others.

A flipped bit in a row is seen when the row is read; a row that is gone, by whatever damage of the pages between, is
missed by the row above it, which says how many it has: a file its logs, a log its columns and notes, a series its
points, and the table ``contents`` the files, journal entries and calibrations.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from forerun.core import UnreadableLog


class Damaged(UnreadableLog):
    """A row of the store is not what was written, or is gone."""


class FileRow(NamedTuple):
    id: int
    root: str
    path: str
    unit: str
    format: str
    state: str = "{}"
    pending: str = "[]"
    half: str | None = None
    generation: int = 0
    logs: int = 0
    touched: float | None = None
    error: str | None = None


class LogRow(NamedTuple):
    id: int
    file: int
    generation: int
    run: str
    n: int
    columns: int
    notes: int
    words: str


class SeriesRow(NamedTuple):
    id: int
    log: int
    kind: str
    name: str
    n: int = 0
    newest: int = 0
    last_row: int | None = None
    last_value: float | None = None


class ChunkRow(NamedTuple):
    series: int
    first_row: int
    last_row: int
    n: int
    low: float | None
    high: float | None
    rows: bytes | None
    data: bytes


class DamageRow(NamedTuple):
    log: int
    path: str
    place: str
    why: str
    lost: int | None


class ItemRow(NamedTuple):
    log: int
    task: str
    item: str
    metric: str
    x: float | None
    score: float | None


class JournalRow(NamedTuple):
    id: int
    at: float
    run: str
    kind: str
    method: str
    version: str
    weights: str | None
    body: str


class CalibrationRow(NamedTuple):
    name: str
    at: float
    body: str


TABLE: dict[type[Any], str] = {
    FileRow: "file",
    LogRow: "log",
    SeriesRow: "series",
    ChunkRow: "chunk",
    DamageRow: "damage",
    ItemRow: "item",
    JournalRow: "journal",
    CalibrationRow: "calibration",
}
Row = TypeVar("Row", bound=tuple[Any, ...])


class Connection(Protocol):
    """What of a database is asked here."""

    name: str

    def rows(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]: ...
    def each(self, sql: str, values: Any = ()) -> Iterator[tuple[Any, ...]]: ...
    def run(self, sql: str, values: Any = ()) -> int: ...
    def many(self, sql: str, values: Any) -> None: ...


def seal(table: str, values: Sequence[Any]) -> int:
    """CRC-32 of a row: of its table's name and its values as compact JSON, bytes as their number, then those bytes.

    Example:
        >>> seal("calibration", ("own", 1.5, "{}")) == seal("calibration", ("owm", 1.5, "{}"))
        False
    """
    written = [table, *(len(value) if isinstance(value, bytes) else value for value in values)]
    total = zlib.crc32(json.dumps(written, separators=(",", ":")).encode())
    for value in values:
        if isinstance(value, bytes):
            total = zlib.crc32(value, total)
    return total


def holds(table: str, values: Sequence[Any], sealed: Any) -> bool:
    """Whether a row is what was written."""
    return seal(table, values) == sealed


def real(value: float | None) -> float | None:
    """A number as the database gives it back: NaN is NULL, -0.0 is 0.0."""
    return None if value is None or value != value else float(value) + 0.0


def insert(db: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Put rows of one table into it."""
    listed = list(rows)
    if listed:
        table = TABLE[type(listed[0])]
        marks = ", ".join("?" * (len(listed[0]) + 1))
        db.many(f"INSERT INTO {table} VALUES ({marks})", [(*row, seal(table, row)) for row in listed])


def update(db: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Put rows of one table in the place of those of their id."""
    listed = list(rows)
    if listed:
        kind = type(listed[0])
        table = TABLE[kind]
        columns = ", ".join(f"{name} = ?" for name in (*kind._fields[1:], "seal"))  # type: ignore[attr-defined]
        db.many(f"UPDATE {table} SET {columns} WHERE id = ?", [(*r[1:], seal(table, r), r[0]) for r in listed])


def next_id(db: Connection, kind: type[Any]) -> int:
    ((last,),) = db.rows(f"SELECT coalesce(max(id), 0) FROM {TABLE[kind]}")
    return int(last) + 1


def sealed(db: Connection, kind: type[Row], where: str, values: Any = ()) -> Iterator[tuple[Row, bool]]:
    """Rows of a table, one by one, and whether each is what was written."""
    table = TABLE[kind]
    fields = ", ".join(f"{table}.{name}" for name in (*kind._fields, "seal"))  # type: ignore[attr-defined]
    for *columns, mark in db.each(f"SELECT {fields} FROM {table} {where}", values):
        yield kind(*columns), holds(table, columns, mark)  # type: ignore[call-arg]


def select(db: Connection, kind: type[Row], where: str, values: Any = ()) -> list[Row]:
    """Rows of a table.

    Raises:
        Damaged: one of them is not what was written.
    """
    selected: list[Row] = []
    for row, whole in sealed(db, kind, where, values):
        if not whole:
            raise Damaged(told_of(row), where=db.name)
        selected.append(row)
    return selected


def told_of(row: tuple[Any, ...]) -> str:
    """A damaged row in words."""
    kind = type(row)
    fields = ", ".join(
        f"{name} {value!r}" if not isinstance(value, (str, bytes)) or len(value) < 80 else f"{name} ..."
        for name, value in zip(kind._fields[:4], row, strict=False)  # type: ignore[attr-defined]
    )
    return f"a row of table {TABLE[kind]} is damaged ({fields}); forerun doctor STORE --salvage NEW keeps the rest"


def missed(db: Connection, what: str, present: int, stated: int) -> Damaged:
    """Rows that are gone."""
    why = f"{what}: {present} of {stated} are there; forerun doctor STORE --salvage NEW finds them"
    return Damaged(why, where=db.name)


def gone(db: Connection, kind: type[Any]) -> Damaged | None:
    """What of a table that ``contents`` counts is gone."""
    table = TABLE[kind]
    ((present,),) = db.rows(f"SELECT count(*) FROM {table} NOT INDEXED")
    stated = db.rows("SELECT n FROM contents WHERE name = ?", (table,))
    if stated == [(present,)]:
        return None
    return missed(db, f"rows of table {table}", present, stated[0][0] if stated else -1)
