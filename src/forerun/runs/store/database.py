"""One SQLite file: opened safely, written in transactions, its errors told in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forerun.core import BadInput, StoreError
from forerun.runs.store.schema import APPLICATION, MIGRATIONS, TABLES, VERSION

_PATIENCE = 60.0  # seconds a writer waits for the others
_PAGE = 16384
_NETWORK = ("nfs", "cifs", "smb", "lustre", "gpfs", "ceph", "glusterfs", "beegfs", "9p", "fuse.sshfs")
_MAGIC = b"SQLite format 3\0"


def is_store(path: Path) -> bool:
    """Whether a file is a store, of any version: a SQLite database that bears our mark."""
    try:
        with path.open("rb") as file:
            head = file.read(72)
    except OSError:
        return False
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
        new = path is None or not path.exists() or path.stat().st_size == 0
        if new and not create:
            raise BadInput("no such store", where=self.name)
        if not new and path is not None and not is_store(path):
            raise BadInput("not a store; give a name of its own, such as runs.forerun", where=self.name)
        with self._told():
            self._db = sqlite3.connect(":memory:" if path is None else path, timeout=_PATIENCE, isolation_level=None)
            self._db.execute("PRAGMA foreign_keys = ON")
            if new:
                self._db.execute(f"PRAGMA page_size = {_PAGE}")
            self._db.execute(f"PRAGMA journal_mode = {'TRUNCATE' if path and _on_network(path) else 'WAL'}")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._migrate()

    def close(self) -> None:
        with self._told():
            self._db.close()

    def rows(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        with self._told():
            return self._db.execute(sql, values).fetchall()

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

    def _migrate(self) -> None:
        version = self._version()
        if version == VERSION:
            return
        if version > VERSION:
            raise BadInput(
                f"a store of version {version}; this is Forerun for version {VERSION}: upgrade it", where=self.name
            )
        with self.writing():
            version = self._version()  # another process may have been first
            while version < VERSION:
                if version and version not in MIGRATIONS:
                    raise BadInput(f"a store of version {version}, which nothing here can read", where=self.name)
                self._script(MIGRATIONS[version] if version else TABLES)
                version = version + 1 if version else VERSION
            self._db.execute(f"PRAGMA application_id = {APPLICATION}")
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def _script(self, sql: str) -> None:
        for statement in sql.split(";\n"):
            if statement.strip():
                self._db.execute(statement)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(_words(error), where=self.name) from error


def _words(error: sqlite3.Error) -> str:
    """What went wrong and what to do about it."""
    told = str(error)
    if "full" in told:
        return "no space left; what was being written is not kept, all before it is: free some and run again"
    if "locked" in told or "busy" in told:
        return f"another process has been writing for over {_PATIENCE:g} s; run again"
    if "malformed" in told or "not a database" in told:
        return f"damaged ({told}); forerun doctor says where, forerun read LOGS --store reads it anew into another file"
    if "readonly" in told or "unable to open" in told:
        return f"cannot be written to ({told}); check the permissions of it and of its folder"
    return f"{told}; what was being written is not kept, all before it is"


def _on_network(path: Path) -> bool:
    """Whether a file lies on a network file system, where a write-ahead log does not work."""
    try:
        mounts = Path("/proc/mounts").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return False
    here = str(path.resolve())
    held = [(fields[1], fields[2]) for line in mounts if len(fields := line.split()) > 2]
    inside = [(point, kind) for point, kind in held if here == point or here.startswith(point.rstrip("/") + "/")]
    return max(inside, key=lambda mount: len(mount[0]), default=("", ""))[1].startswith(_NETWORK)
