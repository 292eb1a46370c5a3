"""What a watch remembers of the files it looked at, so that the next look opens only what has changed.

A file is left alone when its size, time and inode were the same at two looks in a row: the second of them still reads
it, so that what was written within one tick of the file system's clock is not missed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forerun.runs.regular import is_ignored

Stamp = tuple[int, int, int]


@dataclass
class Memory:
    """What was seen at the looks before.

    Args:
        formats: per file what discovery said of it.
        problems: per unit and format what could not be read of it.
    """

    formats: dict[Path, Any] = field(default_factory=dict)
    problems: dict[tuple[Path, str], list[Any]] = field(default_factory=dict)
    _stamps: dict[str, Stamp] = field(default_factory=dict)
    _changed: frozenset[str] = frozenset()
    _recent: frozenset[str] = frozenset()

    def look(self, path: Path, ignore: Sequence[str]) -> bool:
        """Look at every file's size, time and inode; whether anything is to be read."""
        stamps = dict(_stamps(path.resolve() if path.is_symlink() else path, ignore))
        changed = frozenset(name for name, _ in stamps.items() ^ self._stamps.items())
        self._stamps, self._changed, self._recent = stamps, changed, changed | self._changed
        for name in changed:
            self.formats.pop(Path(name), None)
        return bool(self._recent)

    def stale(self, units: Iterable[Path]) -> set[Path]:
        """The units of whose files, or of the files beside them that are no units, any has changed."""
        known = {str(unit): unit for unit in units}
        beside = {_folder(name) for name in self._recent if name not in known}
        above = {folder for name in beside for folder in _above(name)}
        return {unit for name, unit in known.items()
                if name in self._recent or name in above or _folder(name) in beside}  # fmt: skip


def _folder(name: str) -> str:
    return name.rpartition(os.sep)[0]


def _above(folder: str) -> Iterator[str]:
    """A folder and those it is in."""
    while folder:
        yield folder
        folder = _folder(folder)


def _stamps(path: Path, ignore: Sequence[str]) -> Iterator[tuple[str, Stamp]]:
    """Size, time and inode of every file at or under a path; hidden and ignored ones are left out."""
    root = "" if str(path) == "." else str(path).rstrip(os.sep) + os.sep
    if not path.is_dir():
        for name in (str(path), f"{path}-wal", f"{path}-journal"):
            if (stamp := _stat(name)) is not None:
                yield name, stamp
        return
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(folder or "."))
        except OSError as error:
            yield folder, (-1, error.errno or 0, 0)
            continue
        for entry in entries:
            name = folder + entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(name + os.sep)
            elif not is_ignored(name[len(root) :], ignore) and (stamp := _stat(name)) is not None:
                yield name, stamp


def _stat(name: str) -> Stamp | None:
    try:
        stat = os.lstat(name)
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
