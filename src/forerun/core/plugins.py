"""Entry points of third parties, which are looked for again only where what is installed may have changed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Stamp = tuple[str, tuple[int, int, int] | None]
"""A folder of the import path: its name, and its device, number and time of change, None where it is not there."""


def plugins(group: str) -> Mapping[str, EntryPoint]:
    """The entry points of a group by name.

    To look through an environment takes milliseconds, more than to read a small log. So what was found is kept as long
    as the folders of the import path stay as they are: an installer adds or removes a folder in one of them.

    Example:
        >>> "pytest" in plugins("console_scripts")
        True
    """
    return _in_folders(group, tuple(_stamp(folder) for folder in sys.path))


@lru_cache(maxsize=64)
def _in_folders(group: str, folders: tuple[Stamp, ...]) -> Mapping[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=group)}


def _stamp(folder: str) -> Stamp:
    try:
        state = Path(folder).stat()
    except (OSError, ValueError):
        return folder, None
    return folder, (state.st_dev, state.st_ino, state.st_mtime_ns)
