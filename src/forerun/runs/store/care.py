"""Looking after a store: what is wrong with it, and how that is put right where its logs are still there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from forerun.core import Damage, StoreError
from forerun.runs.store import rows, series
from forerun.runs.store.rows import CalibrationRow, FileRow, JournalRow, LogRow, SeriesRow
from forerun.runs.store.store import Store

LOST = "lost from the store"
"""How a note begins that salvaging left in a log."""


def check(store: Store, progress: Callable[[Sequence[Any]], Iterable[Any]] = iter) -> list[Damage]:
    """Everything wrong with a store's file: pages, references, and rows that are gone or not what was written."""

    def points(store: Store) -> Iterator[Damage]:
        return (one for _, damage in _damaged(store, progress) for one in damage)

    damage: list[Damage] = []
    for part in (_pages, _orphans, _rows, _gone, points):
        try:
            damage += part(store)
        except StoreError as error:
            damage.append(Damage(str(store.path), "file", error.message))
    return damage


def _pages(store: Store) -> Iterator[Damage]:
    for (message,) in store.db.rows("PRAGMA integrity_check(100)"):
        if message != "ok":
            yield Damage(str(store.path), "page", str(message))


def _orphans(store: Store) -> Iterator[Damage]:
    for table, row, parent, _ in store.db.rows("PRAGMA foreign_key_check")[:100]:
        yield Damage(str(store.path), f"{table}, row {row}", f"belongs to a missing {parent}")


def _rows(store: Store) -> Iterator[Damage]:
    for kind, table in rows.TABLE.items():
        for row, whole in rows.sealed(store.db, kind, "") if kind is not rows.ChunkRow else ():
            if not whole:
                yield Damage(str(store.path), table, rows.told_of(row))


def _gone(store: Store) -> Iterator[Damage]:
    missing = [rows.gone(store.db, kind) for kind in (FileRow, JournalRow, CalibrationRow)]
    for parent, name, children in (
        ("file", "logs", "(SELECT count(*) FROM log WHERE file = file.id)"),
        ("log", "columns", "(SELECT count(*) FROM series WHERE log = log.id)"),
        ("log", "notes", "(SELECT count(*) FROM damage WHERE log = log.id)"
         " + (SELECT count(*) FROM item WHERE log = log.id)"),
    ):  # fmt: skip
        for id, present, stated in store.db.rows(f"SELECT id, {children}, {name} FROM {parent}"):
            if present != stated:
                missing.append(rows.missed(store.db, f"{name} of {parent} {id}", present, stated))
    return (Damage(str(store.path), "rows", error.message) for error in missing if error is not None)


def superseded(store: Store) -> list[tuple[str, int]]:
    """Files that were replaced by others that lack what they held: path, and records kept of what they were."""
    find = """SELECT file.path, sum(log.n) FROM log JOIN file ON file.id = log.file
        WHERE log.generation <> file.generation GROUP BY file.id ORDER BY file.path"""
    return [(path, int(n)) for path, n in store.db.rows(find)]


def repair(store: Store) -> list[str]:
    """Let go of the files of which anything is damaged or was lost, so that reading their logs again makes them whole.

    What was appended to a run directly, and so can be read from nowhere, is left as it is.

    Returns:
        Their paths.
    """
    wanted = {file.id: file for file in _unsound(store) if file.root}
    with store.db.writing():
        for file in wanted.values():
            store.db.run("DELETE FROM log WHERE file = ?", (file.id,))
            rows.update(store.db, [file._replace(state="{}", pending="[]", half=None, logs=0)])
    return sorted(file.path for file in wanted.values())


def _unsound(store: Store) -> Iterator[FileRow]:
    ids = {id for id, _ in _damaged(store)}
    logs = {log for id in ids for (log,) in store.db.rows("SELECT log FROM series WHERE id = ?", (id,))}
    logs |= {id for (id,) in store.db.rows("SELECT log FROM damage WHERE why LIKE ?", (f"{LOST}%",))}
    for file, whole in list(rows.sealed(store.db, FileRow, "")):
        of_file = list(rows.sealed(store.db, LogRow, "WHERE file = ?", (file.id,)))
        sound = len(of_file) == file.logs and all(fine and log.id not in logs for log, fine in of_file)
        if whole and not (sound and all(_columns_sound(store, log) for log, _ in of_file)):
            yield file


def _columns_sound(store: Store, log: LogRow) -> bool:
    columns = list(rows.sealed(store.db, SeriesRow, "WHERE log = ?", (log.id,)))
    return len(columns) == log.columns and all(fine for _, fine in columns)


def _damaged(
    store: Store, progress: Callable[[Sequence[Any]], Iterable[Any]] = iter
) -> Iterator[tuple[int, list[Damage]]]:
    """Each series whose points are not whole, and what is wrong with it."""
    for one, sound in progress(list(rows.sealed(store.db, SeriesRow, "ORDER BY id"))):
        damage: list[Damage] = []
        if sound:
            series.whole(store.db, one, damage)
        if damage:
            yield one.id, damage
