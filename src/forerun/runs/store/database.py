"""One SQLite file: opened safely, written in transactions, its errors told in words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forerun.core import BadInput, StoreError
from forerun.runs.regular import start_of
from forerun.runs.store import unsealed
from forerun.runs.store.schema import APPLICATION, DESCRIBED, MAKE, MIGRATIONS, PAGE, VERSION, statements

_NOT_OURS = "not a store; give a name of its own, such as runs.forerun"
_EMPTY = -1
_ATTEMPTS = 500  # to switch to a write-ahead log
_PATIENCE = 60.0  # seconds a writer waits for the others
_NETWORK = ("nfs", "cifs", "smb", "lustre", "gpfs", "ceph", "glusterfs", "beegfs", "9p", "fuse.sshfs")
_WAY_OUT = "forerun doctor says where, forerun doctor STORE --salvage NEW keeps what is not"
_MAGIC = b"SQLite format 3\0"


def is_store(path: Path) -> bool:
    """Whether a file is a store, of any version: a SQLite database that bears our mark."""
    head = start_of(path, 72)
    return head.startswith(_MAGIC) and int.from_bytes(head[68:72], "big") == APPLICATION


class Database:
    """A connection to a store's file.

    Args:
        path: the file; None for one in memory.
        create: make it when there is none.

    Raises:
        BadInput: the file is something else, of a newer version, or not there.
        StoreError: it cannot be opened, or is damaged.
    """

    def __init__(self, path: Path | None, *, create: bool) -> None:
        self.path = path
        self.name = "the store" if path is None else str(path)
        if path is not None and not create and not path.exists():
            raise BadInput("no such store", where=self.name)
        with self._told():
            self._db = sqlite3.connect(":memory:" if path is None else path, timeout=_PATIENCE, isolation_level=None)
            try:
                self._make_ours()
            except BaseException as error:
                self._db.close()
                if isinstance(error, sqlite3.DatabaseError) and "not a database" in str(error):
                    raise BadInput(_NOT_OURS, where=self.name) from error
                raise

    def close(self) -> None:
        with self._told():
            self._db.close()

    def rows(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        with self._told():
            return self._db.execute(sql, values).fetchall()

    def each(self, sql: str, values: Any = ()) -> Iterator[tuple[Any, ...]]:
        """The rows one by one, none of them kept."""
        with self._told():
            yield from self._db.execute(sql, values)

    def run(self, sql: str, values: Any = ()) -> int:
        """Change something; the id of the row inserted."""
        with self._told():
            return int(self._db.execute(sql, values).lastrowid or 0)

    def many(self, sql: str, values: Any) -> None:
        with self._told():
            self._db.executemany(sql, values)

    @contextmanager
    def writing(self, *, lasting: bool = False) -> Iterator[None]:
        """All that is written within, or nothing.

        Args:
            lasting: whether it must outlive a power cut the moment it is committed.
        """
        with self._told():
            if lasting:
                self._db.execute("PRAGMA synchronous = FULL")
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
            finally:
                if lasting:
                    self._db.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All that is read within belongs to one moment."""
        with self._told():
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def limit(self, pages: int) -> None:
        """The most pages the file may take."""
        self._db.execute(f"PRAGMA max_page_count = {int(pages)}")

    def _make_ours(self) -> None:
        """Bring an empty file, or one of an earlier version, to this one; refuse everything else."""
        self._db.text_factory = _text
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "cell_size_check = ON", "trusted_schema = OFF"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("PRAGMA secure_delete = ON")  # what is deleted is gone, and cannot be salvaged by mistake
        self._db.execute(f"PRAGMA page_size = {PAGE}")
        if self._pending():
            with self.writing():  # before the write-ahead log, so that the mark stands in the file itself
                while version := self._pending():
                    self._bring_on(version)
                    self._db.execute(f"PRAGMA user_version = {VERSION if version == _EMPTY else version + 1}")
                    self._db.execute(f"PRAGMA application_id = {APPLICATION}")
        self._check_described()
        self._write_ahead()
        self._db.execute("PRAGMA synchronous = NORMAL")

    def _bring_on(self, version: int) -> None:
        """From a version to the next, or from nothing to the present one."""
        if version == 2:
            unsealed.brought_on(self)
        else:
            for statement in MAKE if version == _EMPTY else statements(MIGRATIONS[version]):
                self._db.execute(statement)

    def _check_described(self) -> None:
        """Refuse a file whose own description of its tables is not ours."""
        described = dict(self._db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())
        for name, sql in DESCRIBED.items():
            if described.get(name) != sql:
                raise StoreError(f"damaged (its description of {name} is not as written); {_WAY_OUT}", where=self.name)

    def _pending(self) -> int:
        """The version that has to be brought on; 0 when there is nothing to do."""
        empty = not self._db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        (mark,) = self._db.execute("PRAGMA application_id").fetchone()  # afterwards: both may just now be written
        if mark != APPLICATION and not empty:
            raise BadInput(_NOT_OURS, where=self.name)
        version = self._version()
        if version > VERSION:
            why = f"a store of version {version}; this is Forerun for version {VERSION}: upgrade it"
            raise BadInput(why, where=self.name)
        if not empty and version < VERSION and version not in (*MIGRATIONS, 2):
            raise BadInput(f"a store of version {version}, which nothing here can read", where=self.name)
        return _EMPTY if empty else 0 if version == VERSION else version

    def _write_ahead(self) -> None:
        """Let readers and a writer not wait for each other, where the file system allows it."""
        if self.path is None or _on_network(self.path):
            return
        for attempt in range(_ATTEMPTS):
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:  # another process is at it, and SQLite does not wait for this one
                if attempt + 1 == _ATTEMPTS:
                    raise
                time.sleep(0.02)
            else:
                return

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(_words(error), where=self.name) from error
        except UnicodeDecodeError as error:  # SQLite tells of what is damaged in its own, damaged words
            raise StoreError(f"damaged; {_WAY_OUT}", where=self.name) from error


def _words(error: sqlite3.Error) -> str:
    """What went wrong and what to do about it."""
    message = str(error)
    if "full" in message:
        return "no space left; what was being written is not kept, all before it is: free some and run again"
    if "locked" in message or "busy" in message:
        return f"another process has been writing for over {_PATIENCE:g} s; run again"
    if "malformed" in message or "not a database" in message:
        return f"damaged ({message}); {_WAY_OUT}"
    if isinstance(error, sqlite3.IntegrityError) or "no such" in message or "already exists" in message:
        return f"damaged ({message}), and nothing more is written to it; {_WAY_OUT}"
    if "readonly" in message or "unable to open" in message:
        return f"cannot be written to ({message}); check the permissions of it and of its folder"
    return f"{message}; what was being written is not kept, all before it is"


def _text(raw: bytes) -> str:
    """Text, whatever bytes it is; damaged text fails its row's seal."""
    return raw.decode("utf-8", "surrogateescape")


def _on_network(path: Path) -> bool:
    """Whether a file lies on a network file system, where a write-ahead log does not work."""
    try:
        mounts = Path("/proc/mounts").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return False
    here = str(path.resolve())
    mounted = [(fields[1], fields[2]) for line in mounts if len(fields := line.split()) > 2]
    inside = [(point, kind) for point, kind in mounted if here == point or here.startswith(point.rstrip("/") + "/")]
    return max(inside, key=lambda mount: len(mount[0]), default=("", ""))[1].startswith(_NETWORK)
