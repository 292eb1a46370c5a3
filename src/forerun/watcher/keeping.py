"""What is kept of a watched run: its points, what it uses of its host, and what was said of it, in a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from forerun.core import Finding, Run
from forerun.core.finding import FindingKey
from forerun.runs.ingest import unit_runs
from forerun.runs.log import Log
from forerun.runs.store import Store
from forerun.session import Changes
from forerun.watcher.host import host_use
from forerun.watcher.records import FORMAT, LoopRecord, log_of
from forerun.watcher.sight import note_changes, note_finding

End = Literal["", "finished", "crashed"]


@dataclass(frozen=True)
class WatchedPlace:
    """Where a training is watched.

    Args:
        store: the store's file; None for none.
        run: as it begins: its id, settings, planned end.
        axis: what x counts.
    """

    store: Path | None
    run: Run
    axis: str


class Keeper:
    """Writes to a store, which is opened when it is first needed; what could not be written is tried again.

    Args:
        place: where.
        room: how many records wait at most for a store that cannot be written to; further ones are lost.
    """

    def __init__(self, place: WatchedPlace, room: int) -> None:
        self._place, self._room = place, room
        self._store: Store | None = None
        self._records: list[LoopRecord] = []
        self._changes: list[Changes] = []
        self._noted: set[FindingKey] = set()
        self.lost = 0

    @property
    def store(self) -> Store:
        """The store, open.

        Raises:
            BadInput, StoreError: it cannot be.
        """
        if self._store is None:
            self._store = Store(self._place.store)
        return self._store

    def begun(self) -> Run:
        """The run as it begins, with the points that it has from before."""
        path = self._place.store
        runs = unit_runs(self.store, "", self._place.run.id)[0] if path is not None and path.exists() else []
        return runs[0] if runs else self._place.run

    def take(self, records: Sequence[LoopRecord], changes: Iterable[Changes]) -> None:
        """Let something wait to be written."""
        free = max(0, self._room - len(self._records))
        self._records += records[:free]
        self.lost += len(records[free:])
        self._changes += changes

    def save(self, findings: Iterable[Finding], now: float) -> None:
        """Write what waits, and findings that have not been noted."""
        if self._place.store is None:
            self._records, self._changes = [], []
            return
        run = self._place.run
        if self._records:
            host = LoopRecord(self._records[-1].x, now, host_use(), {})
            log = log_of([*self._records, host], self._place.axis)
            log.config, log.horizon = dict(run.config), dict(run.horizon)
            self.store.append(run.id, log, touched=now)
            self._records = []
        while self._changes:
            note_changes(self.store, self._changes[0], now)
            self._changes.pop(0)
        for finding in findings:
            if finding.key not in self._noted:
                note_finding(self.store, run.id, finding, now)
                self._noted.add(finding.key)

    def finish(self, end: End) -> None:
        """Say how the run ended, and let go of the store."""
        if self._place.store is not None and end:
            self.store.append(self._place.run.id, Log(FORMAT, end=end))
        if self._store is not None:
            self._store.close()
