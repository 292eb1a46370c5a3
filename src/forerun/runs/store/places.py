"""Where a reader stands in a file, and what a store holds of a unit of logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from forerun.core import UnreadableLog
from forerun.runs.log import Log, State


class Moved(Exception):
    """Another process has read on in the same file."""


@dataclass(frozen=True)
class Source:
    """A file as the store knows it: where its reader stands, and how often it was replaced."""

    id: int
    state: State
    generation: int


@dataclass(frozen=True)
class Unit:
    """A unit of logs as the store holds it.

    Args:
        parts: per file the Logs in it, one a run.
        failed: files that could not be read, with why.
        touched: unix time of the last write to any of them.
    """

    parts: list[list[Log]]
    failed: list[tuple[Path, UnreadableLog]]
    touched: float | None
