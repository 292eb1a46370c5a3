"""Folders that were copied or checked out: their files carry that moment's time and say nothing of who is running.

A training writes its settings and its first record long before its last. Where every file of a folder was written at
one moment, and nothing since, a run of many points was not written there: it is a copy of one that is over.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from forerun.core import Run
from forerun.runs.regular import walk

_ONE_MOMENT = 120.0  # seconds within which a copy writes its files; with the next two ours, arbitrary
_QUIET = 60.0  # seconds of quiet since: with so many points in so short a time, several of a run's pauses
_LEAST_FILES, _LEAST_POINTS = 4, 8
_MOST_FILES = 5000
_OURS = (".html", ".forerun", ".forerun-wal", ".forerun-shm")  # reports and stores, written by those who look at logs


def copies_ended(runs: Sequence[Run], roots: Iterable[Path], now: float) -> list[Run]:
    """The runs; those that would be running or stalled, were they not in a copied folder, have ended.

    Args:
        runs: as read. roots: the folders they were read from. now: unix time.
    """
    if not any(_goes_on(run) for run in runs) or not any(of_a_copy(list(_times(root)), now) for root in roots):
        return list(runs)
    return [replace(run, status="ended") if _goes_on(run) else run for run in runs]


def _goes_on(run: Run) -> bool:
    points = max((len(curve) for curve in run.curves.values()), default=0)
    return run.status in ("running", "stalled") and points >= _LEAST_POINTS


def of_a_copy(times: Sequence[float], now: float) -> bool:
    """Whether files carry the time of a copy: all written at one moment, and quiet since.

    Example:
        >>> of_a_copy([100.0, 100.5, 101.0, 101.0], now=500.0), of_a_copy([100.0, 400.0, 499.0, 499.5], now=700.0)
        (True, False)
    """
    return len(times) >= _LEAST_FILES and max(times) - min(times) <= _ONE_MOMENT and now - max(times) > _QUIET


def _times(root: Path) -> Iterator[float]:
    """When the files under a folder were last written to; of a file there is nothing to compare it with."""
    for folder, names, files in itertools.islice(walk(root, {}), _MOST_FILES):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in files[:_MOST_FILES]:
            if name.startswith(".") or name.endswith(_OURS):
                continue
            try:
                yield (folder / name).lstat().st_mtime
            except OSError:
                continue
