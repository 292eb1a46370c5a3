"""What who looks at the runs tells who shows them."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.api import Look
from forerun.core import Run, Skipped


@dataclass(frozen=True)
class ReadRuns:
    """The runs as they were read.

    Args:
        runs: those that are new or other than they were told last.
        order: ids of all, in their order; None while more come.
        skipped: files that were not read, with why.
        unread: files and folders that are still to be read for the first time.
    """

    runs: tuple[Run, ...]
    order: tuple[str, ...] | None = None
    skipped: tuple[Skipped, ...] = ()
    unread: int = 0


@dataclass(frozen=True)
class LookingAt:
    """Ids of the runs that are looked at next; if the process ends meanwhile, it may be for one of them."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class LookedAt:
    """What was said of runs, each as it was last told.

    Args:
        looks: as a session makes them, but for their runs: where those came from is known, and they may be large.
    """

    looks: tuple[Look, ...]


@dataclass(frozen=True)
class Failed:
    """The logs could not be read on, and why; it is tried again."""

    why: str


Message = ReadRuns | LookingAt | LookedAt | Failed
