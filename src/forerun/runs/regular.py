"""Only regular files are opened, and nothing is waited for: a pipe, a device or a folder may bear the name of a log.

Every file of a log is opened here, also those that a reader looks for beside the one it was given.
"""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from forerun.core import UnreadableLog

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_ONCE = ("a pipe", "a device")
_ONCE_ONLY = "which is read only once; write it to a file first and read that"


def opened_file(path: Path) -> BinaryIO:
    """A regular file, opened to be read.

    Raises:
        UnreadableLog: it cannot be opened, or is something else.
    """
    try:
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 (handed on)
    except OSError as error:
        raise UnreadableLog(f"cannot be opened: {error.strerror or error}", where=path.name) from error
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise UnreadableLog("not a regular file", where=path.name)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def bytes_of(path: Path) -> bytes:
    """All that is in a regular file; errors as in `opened_file`."""
    with opened_file(path) as file:
        try:
            return file.read()
        except OSError as error:
            raise UnreadableLog(f"cannot be read: {error.strerror or error}", where=path.name) from error


def start_of(path: Path, size: int) -> bytes:
    """The first bytes of a file that may be one of a reader's; none where it cannot be read, which the walk tells."""
    try:
        with opened_file(path) as file:
            return file.read(size)
    except (UnreadableLog, OSError):
        return b""


def is_regular(path: Path) -> bool:
    """Whether a path is a regular file and no link; what cannot be looked at is none."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether a path, or what it links to, is a folder; what cannot be looked at is none."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False


def leads_into(link: Path, root: Path) -> bool:
    """Whether a path is a link to something in a folder."""
    try:
        return link.is_symlink() and link.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # to nowhere, or round and round
        return False


def listed(folder: Path) -> list[Path]:
    """What is in a folder that lies beside a log; nothing where it cannot be looked into, which the walk tells."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def irregular(path: Path) -> str | None:
    """Why a path, or what it links to, is no regular file, and what to do; None where it is one.

    Example:
        >>> irregular(Path("/dev/null"))
        'a device, which is read only once; write it to a file first and read that'
    """
    if str(path) == "-":
        return f"standard input, {_ONCE_ONLY}"
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "does not exist"
    except OSError as error:
        return f"cannot be opened: {error.strerror or error}"
    if stat.S_ISREG(mode):
        return None
    kind = next((name for holds, name in _KINDS if holds(mode)), "not a regular file")
    return f"{kind}, {_ONCE_ONLY}" if kind in _ONCE else kind


def walk(root: Path, unseen: dict[Path, str]) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Folders from the top, each with the names of its folders and of its other entries, as `os.walk` gives them.

    Links are not followed, however deep the folders lie: Python's own walk calls itself before 3.12.

    Args:
        root: where to begin.
        unseen: takes the folders that cannot be opened, with why.

    Yields:
        A folder and its names; which of its folders are entered, and in what order, the caller may change.
    """
    left = [root]
    while left:
        folder = left.pop()
        folders: list[str] = []
        others: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    (folders if entry.is_dir(follow_symlinks=False) else others).append(entry.name)
        except OSError as error:
            unseen[folder] = f"cannot be opened: {error.strerror or error}"
        yield folder, folders, others
        left += [folder / name for name in reversed(folders)]


def is_ignored(relative: str, patterns: Sequence[str]) -> bool:
    """Whether a path relative to the logs' folder is one that its project leaves out.

    Example:
        >>> is_ignored("old/a.csv", ["old/*"]), is_ignored("new/a.csv", ["old/*"])
        (True, False)
    """
    return any(fnmatch.fnmatch(relative, pattern) for pattern in patterns)
