"""What tells, without opening a file, that it is the one it was."""

from __future__ import annotations

import os
from pathlib import Path


def stamp_of(path: Path) -> dict[str, int]:
    """Size, time and inode of a file; of a database also those of what is written ahead of it."""
    stat = path.stat()
    stamp = {"size": stat.st_size, "time": stat.st_mtime_ns, "inode": stat.st_ino}
    try:
        ahead = os.stat(f"{path}-wal")  # noqa: PTH116  # a path a file would be made of for nothing
    except OSError:
        return stamp
    return stamp | {"ahead": ahead.st_size, "ahead_time": ahead.st_mtime_ns}
