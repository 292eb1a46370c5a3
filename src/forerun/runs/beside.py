"""The folders beside one that belong with it, without listing all of them for each of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

Key = Callable[[str], str | None]
"""What a folder's name has in common with those of the folders it belongs with; None where it stands alone."""
_MOMENT: ContextVar[dict[tuple[Path, Key], dict[str, list[Path]]] | None] = ContextVar("moment", default=None)


@contextmanager
def one_moment() -> Iterator[None]:
    """Within, each folder is listed once: what comes into it meanwhile is seen the next time."""
    if _MOMENT.get() is not None:
        yield
        return
    token = _MOMENT.set({})
    try:
        yield
    finally:
        _MOMENT.reset(token)


def beside(folder: Path, key: Key) -> list[Path]:
    """A folder and those beside it whose names have the same key, in the order of the file system; links are left out.

    Example:
        >>> import tempfile
        >>> here = Path(tempfile.mkdtemp())
        >>> for name in ("a-1", "a-2", "b-1"):
        ...     (here / name).mkdir()
        >>> sorted(other.name for other in beside(here / "a-1", lambda name: name[0]))
        ['a-1', 'a-2']
    """
    mine = key(folder.name)
    if mine is None:
        return [folder]
    known = _MOMENT.get()
    families = None if known is None else known.get((folder.parent, key))
    if families is None:
        families = _families(folder.parent, key)
        if known is not None:
            known[folder.parent, key] = families
    return families.get(mine, [])


def _families(parent: Path, key: Key) -> dict[str, list[Path]]:
    families: dict[str, list[Path]] = {}
    for entry in _entries(parent):
        if entry.is_dir(follow_symlinks=False) and (name := key(entry.name)) is not None:
            families.setdefault(name, []).append(parent / entry.name)
    return families


def _entries(parent: Path) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing where it cannot be looked into, which the walk tells."""
    try:
        with os.scandir(parent) as entries:
            return list(entries)
    except OSError:
        return []
