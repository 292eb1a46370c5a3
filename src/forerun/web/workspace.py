"""The runs that the page shows: as a process of their own says that they are, which reads and looks at them."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from forerun.api import Look
from forerun.core import Run, Runs
from forerun.documents.shape import Document
from forerun.runs.store import Store
from forerun.runs.store.journal import Entry
from forerun.session import SessionSettings
from forerun.web.fits import Fits
from forerun.web.follower import Follower
from forerun.web.listing import Listing, number_of
from forerun.web.looking import IN_SIGHT, ServedLogs
from forerun.web.messages import ReadRuns
from forerun.web.news import News
from forerun.web.snapshot import RunsSnapshot

__all__ = ["ServedLogs", "Workspace"]

_PATIENCE = 20.0  # seconds that a script waits for the first reading
_NAMED = 200  # runs named in one event


@dataclass
class Workspace:
    """Runs while they grow.

    Args:
        title: what they are called together.
        source: what is followed; None where the runs do not grow.
        settings: how they are looked at, in another process, and how who asks about them is answered.
        snapshot: what is known now; it is replaced, never changed.
        news: who is told when it is.
        listing: the same as a table.
        fits: laws fitted to the runs.
        problem: why what is shown is not what is there, in words; empty where nothing is wrong.
        changed: ids of runs that did since the last table.
    """

    title: str = "runs"
    source: ServedLogs | None = None
    settings: SessionSettings = field(default_factory=SessionSettings)
    snapshot: RunsSnapshot = field(default_factory=RunsSnapshot)
    news: News = field(default_factory=News)
    listing: Listing = field(default_factory=Listing)
    fits: Fits = field(default_factory=Fits)
    problem: str = ""
    _sight: dict[str, float] = field(default_factory=dict[str, float], repr=False)
    changed: set[str] = field(default_factory=set[str], repr=False)
    _read_once: threading.Event = field(default_factory=threading.Event, repr=False)

    def was_read(self) -> bool:
        """Whether all was read once, for which is waited a while."""
        return self.source is None or self._read_once.wait(_PATIENCE)

    @classmethod
    def of(cls, runs: Iterable[Run], title: str = "runs") -> Workspace:
        """Runs that do not grow."""
        listed = runs if isinstance(runs, Runs) else Runs(tuple(runs))
        snapshot = RunsSnapshot(1, listed)
        return cls(title, snapshot=snapshot, listing=Listing.of(snapshot))

    @property
    def runs(self) -> Runs:
        """As they were read last."""
        return self.snapshot.runs

    def in_sight(self, ids: Iterable[str]) -> None:
        """Say that someone has these runs before his eyes: they are looked at before all others."""
        self._sight |= dict.fromkeys(ids, time.monotonic())

    def in_sight_now(self) -> dict[str, float]:
        """Ids of the runs that someone had before his eyes of late, and when last."""
        since = time.monotonic() - IN_SIGHT
        return {id: at for id, at in self._sight.copy().items() if at >= since}

    def noted(self, kinds: Sequence[str], most: int) -> list[Entry] | None:
        """The latest entries of the journal, newest first; None where none is kept."""
        place = None if self.source is None else self.source.kept
        if place is None or not place.exists():
            return None
        with Store(place, create=False) as store:
            entries = [entry for kind in kinds for entry in store.journal.entries(kind=kind)]
        return sorted(entries, key=lambda entry: -entry.id)[:most]

    def state(self, changed: Sequence[str] = ()) -> Document:
        """How far things are; of the runs that changed ids, the numbers that pages name them by, and how many more."""
        now, named = self.listing, changed[:_NAMED]
        return {
            "version": now.version, "runs": len(now.entries), "running": now.running, "looked": now.looked,
            "unread": now.unread, "problem": self.problem, "changed": named,
            "numbers": [number_of(id) for id in named], "more": len(changed) - len(named),
        }  # fmt: skip

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """While the page runs."""
        self.news.open()
        follower = Follower(self)
        follower.start()
        try:
            yield
        finally:
            self.news.close()
            await asyncio.to_thread(follower.stop)

    def read(self, message: ReadRuns) -> None:
        """Take in what was read."""
        known = {run.id: run for run in self.snapshot.runs} | {run.id: run for run in message.runs}
        ids = known if message.order is None else message.order
        gone = known.keys() - ids
        looks = {id: look for id, look in self.snapshot.looks.items() if id not in gone}
        runs = Runs(tuple(known[id] for id in ids), message.skipped)
        self.snapshot = RunsSnapshot(self.snapshot.version + 1, runs, looks, message.unread)
        self.changed |= {run.id for run in message.runs} | gone | {""}
        if message.order is not None:
            self._read_once.set()

    def looked_at(self, looks: Iterable[Look]) -> None:
        """Take in what was said of runs."""
        now = self.snapshot
        known = [replace(look, run=now.run(look.run.id)) for look in looks if look.run.id in now.ids]
        self.snapshot = replace(now, version=now.version + 1, looks={**now.looks, **{one.run.id: one for one in known}})
        self.changed |= {look.run.id for look in known}

    def relist(self) -> None:
        """Make the table anew, and tell everyone what has changed; who then asks finds what is in sight drawn."""
        listing = Listing.of(self.snapshot, self.listing, metric=self.settings.metric, target=self.settings.target)
        for id in self.in_sight_now():
            if id in listing.by_id:
                listing.by_id[id].shown.drawn()
        self.listing = listing
        changed, self.changed = sorted(self.changed - {""}), set()
        self.news.tell(self.state(changed))

    def fail(self, problem: str) -> None:
        """Say why what is shown is not what is there, on the page and in the terminal; empty where all is well."""
        if problem != self.problem:
            self.problem = problem
            self.news.tell(self.state())
            if problem:
                print(f"forerun: {problem}", file=sys.stderr, flush=True)
