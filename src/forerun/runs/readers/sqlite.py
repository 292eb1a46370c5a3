"""Other programs' SQLite databases, opened so that nothing is written to them or beside them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from forerun.core import UnreadableLog
from forerun.runs.regular import opened_file

MAGIC = b"SQLite format 3\0"
_PATIENCE = 10.0  # seconds to wait for a program that is writing
_LONGEST = 1 << 26  # bytes of one value; more is no log record


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that sees one moment of a database.

    A database in write-ahead mode that no program has open is read as if it could not change, since SQLite would
    otherwise make its helper files beside it.

    Raises:
        UnreadableLog: it cannot be opened, or is damaged where it is read.
    """
    idle = _write_ahead(path) and not path.with_name(path.name + "-wal").exists()
    address = f"file:{quote(str(path.resolve()))}?mode=ro{'&immutable=1' if idle else ''}"
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.text_factory = text_of
        connection.execute("BEGIN")
        yield connection
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        raise UnreadableLog(f"not a readable database: {error}", where=path.name) from error
    finally:
        if connection is not None:
            connection.close()


def text_of(raw: bytes) -> str:
    """Text of a database; bytes that are none are spelled out."""
    return raw.decode("utf-8", errors="backslashreplace")


def tables(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """The tables of a database and their columns."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: {row[1] for row in connection.execute("SELECT * FROM pragma_table_info(?)", (name,))} for name in names
    }


def _write_ahead(path: Path) -> bool:
    with opened_file(path) as file:
        return file.read(20)[18:19] == b"\x02"
