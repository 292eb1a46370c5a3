"""Looking after a store: what is wrong with it, and how that is put right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from forerun.core import Damage
from forerun.runs.store.store import Store


def check(store: Store, progress: Callable[[Sequence[Any]], Iterable[Any]] = iter) -> list[Damage]:
    """Everything wrong with a store's file: pages, references, and chunks that are not what was written."""
    name = str(store.path)
    pages = [
        Damage(name, "page", str(told)) for (told,) in store.db.rows("PRAGMA integrity_check(100)") if told != "ok"
    ]
    orphans = [
        Damage(name, f"{table}, row {row}", f"belongs to a missing {parent}")
        for table, row, parent, _ in store.db.rows("PRAGMA foreign_key_check")[:100]
    ]
    return [*pages, *orphans, *(damage for _, found in _damaged(store, progress) for damage in found)]


def superseded(store: Store) -> list[tuple[str, int]]:
    """Files that were replaced by others that lack what they held: path, and records kept of what they were."""
    find = """SELECT file.path, sum(log.n) FROM log JOIN file ON file.id = log.file
        WHERE log.generation <> file.generation GROUP BY file.id ORDER BY file.path"""
    return [(path, int(n)) for path, n in store.db.rows(find)]


def repair(store: Store) -> list[str]:
    """Let go of the files any of whose chunks are damaged, so that reading their logs again makes them whole.

    What was appended to a run directly, and so can be read from nowhere, is left as it is.

    Returns:
        Their paths.
    """
    find = """SELECT file.id, file.path FROM series JOIN log ON log.id = series.log JOIN file ON file.id = log.file
        WHERE series.id = ? AND file.root <> ''"""
    files = dict(told[0] for id, _ in _damaged(store) if (told := store.db.rows(find, (id,))))
    with store.db.writing():
        for id in files:
            store.db.run("DELETE FROM log WHERE file = ?", (id,))
            store.db.run("UPDATE file SET state = '{}', pending = '[]', half = NULL WHERE id = ?", (id,))
    return sorted(files.values())


def _damaged(
    store: Store, progress: Callable[[Sequence[Any]], Iterable[Any]] = iter
) -> Iterator[tuple[int, list[Damage]]]:
    """Each series that is not whole, and what is wrong with it."""
    for id, name, n, tail in progress(store.db.rows("SELECT id, name, n, tail FROM series ORDER BY id")):
        found: list[Damage] = []
        rows, _ = store.whole(id, name, n, tail, found)
        if rows.size != n and not found:
            found.append(Damage(str(store.path), f"series {id} ({name})", f"{rows.size} points of {n}", n - rows.size))
        if found:
            yield id, found
