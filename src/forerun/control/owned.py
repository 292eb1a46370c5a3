"""Files in a folder that is its owner's alone: written whole or not at all, read only where nobody else could write.

Every name is looked up in the folder once it is open, so that no link on the way, and none put there later, leads
elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import uuid
from collections.abc import Generator
from pathlib import Path

from forerun.core import BadInput

MOST = 65_536  # bytes of a file that is read: ours, far more than an order has
_OTHERS = 0o077


@contextlib.contextmanager
def owned_folder(path: Path, *, create: bool = False) -> Generator[int]:
    """The folder, open, as a number that the other functions take.

    Args:
        path: the folder; no link.
        create: make it, for its owner alone, where it is not there.

    Raises:
        BadInput: it is not there, a link, or open to others; or this system knows no owners.
    """
    if sys.platform == "win32":
        raise BadInput("this system cannot hold a folder that is its owner's alone", where=str(path))
    if create:
        with contextlib.suppress(FileExistsError):
            path.mkdir(0o700)
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise BadInput(f"cannot be opened as a folder of its own: {error.strerror}", where=str(path)) from error
    try:
        _check_owner(os.fstat(folder), str(path))
        yield folder
    finally:
        os.close(folder)


def write_owned(folder: int, name: str, data: bytes) -> None:
    """Put a file in its place at once, whole and on the disk, for its owner alone.

    Raises:
        OSError: it could not be written; what stood there stays.
    """
    beside = f"{name}.{uuid.uuid4().hex}"
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside, dir_fd=folder)
        raise


def read_owned(folder: int, name: str) -> tuple[bytes, float]:
    """What a file holds, and when it was written to last.

    Raises:
        FileNotFoundError: there is none.
        BadInput: it is a link, no regular file, another's, open to others, under a second name, or too long.
    """
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BadInput(f"cannot be opened as a file of its own: {error.strerror}", where=name) from error
    try:
        state = os.fstat(file)
        if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
            raise BadInput("it is no regular file of one name", where=name)
        _check_owner(state, name)
        data = os.read(file, MOST + 1)
    finally:
        os.close(file)
    if len(data) > MOST:
        raise BadInput(f"it is longer than {MOST} bytes", where=name)
    return data, state.st_mtime


def take_owned(folder: int, name: str) -> bytes | None:
    """What a file holds, once: it is gone afterwards, whatever it was; None where there is none.

    Raises:
        BadInput: as in `read_owned`.
    """
    taken = f"{name}.{uuid.uuid4().hex}"
    try:
        os.rename(name, taken, src_dir_fd=folder, dst_dir_fd=folder)
    except FileNotFoundError:
        return None
    try:
        return read_owned(folder, taken)[0]
    finally:
        with contextlib.suppress(OSError):  # a folder put there stays, under a name that nobody reads
            os.unlink(taken, dir_fd=folder)


def _check_owner(state: os.stat_result, where: str) -> None:
    if state.st_uid != os.geteuid():
        raise BadInput(f"it belongs to user {state.st_uid}, not to this one, {os.geteuid()}", where=where)
    if state.st_mode & _OTHERS:
        raise BadInput(f"others may use it (mode {stat.S_IMODE(state.st_mode):o}); chmod go= it", where=where)
