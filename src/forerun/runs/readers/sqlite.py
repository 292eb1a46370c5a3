"""Other programs' SQLite databases, opened so that nothing is written to them or beside them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from forerun.core import UnreadableLog
from forerun.runs.regular import opened_file

MAGIC = b"SQLite format 3\0"
_PATIENCE = 10.0  # seconds to wait for a program that is writing
_UNFINISHED = ("-journal", "-wal")
_TRIES = 3  # copies that a program may write into before it is asked for its own view
_LONGEST = 1 << 26  # bytes of one value; more is no log record


@contextmanager
def opened(path: Path) -> Generator[sqlite3.Connection]:
    """A connection that sees one moment of a database.

    What a program has not yet brought into the database, or was killed over (``-journal``, ``-wal``), is recovered on a
    copy, as SQLite would otherwise do it in place. A database in write-ahead mode that no program has open is read as
    if it could not change, since SQLite would otherwise make its helper files beside it.

    Raises:
        UnreadableLog: it cannot be opened, or is damaged where it is read.
    """
    with _settled(path) as address:
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


@contextmanager
def _settled(path: Path) -> Generator[str]:
    """The address of a database to which nothing is to be done; of a copy where something is."""
    unfinished = [beside for end in _UNFINISHED if (beside := path.with_name(path.name + end)).exists()]
    if not any(beside.stat().st_size for beside in unfinished):
        yield _address(path, "mode=ro&immutable=1" if _write_ahead(path) else "mode=ro")
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        for _ in range(_TRIES):
            before = _moment(path, unfinished)
            for part in (*unfinished, path):
                if not part.is_file() or part.is_symlink():
                    raise UnreadableLog("not a regular file", where=part.name)
                shutil.copyfile(part, copy.with_name(copy.name + part.name.removeprefix(path.name)))
            if before == _moment(path, unfinished):
                yield _address(copy, "mode=rw")
                return
    yield _address(path, "mode=ro")  # a program writes without a pause, and so keeps its helper files itself


def _moment(path: Path, unfinished: list[Path]) -> list[tuple[int, int]]:
    try:
        return [(stat.st_size, stat.st_mtime_ns) for stat in (part.stat() for part in (path, *unfinished))]
    except OSError as error:
        raise UnreadableLog(f"being written; look again ({error.strerror})", where=path.name) from error


def _address(path: Path, how: str) -> str:
    return f"file:{quote(os.fsencode(path.resolve()))}?{how}"


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
