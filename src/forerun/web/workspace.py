"""The runs that the page shows, while they grow: read on, and looked at, in a thread of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from forerun.api import Look
from forerun.core import Run, Runs
from forerun.documents.shape import Document
from forerun.live import GrowingLogs, Notes, Poll
from forerun.runs.store import Store, is_store
from forerun.runs.store.journal import Entry
from forerun.session import Session
from forerun.web.fits import Fits
from forerun.web.listing import Listing, number_of
from forerun.web.news import News
from forerun.web.shelf import Shelf
from forerun.web.snapshot import RunsSnapshot

_AT_ONCE = 8  # runs looked at before anyone is told
_IN_SIGHT = 60.0  # seconds for which a run that was asked for counts as before someone's eyes
_LIST_AFTER = 2.0  # seconds between two tables while there is more to look at, none of it in sight
_PAUSE, _REST, _PATIENCE = 0.25, 2.0, 20.0  # seconds
_NAMED = 200  # runs named in one event


@dataclass(frozen=True)
class ServedLogs:
    """What is followed; arguments as in `forerun.watch`."""

    path: Path
    store: Path | None = None
    format: str | None = None
    every: float = 2.0


@dataclass
class Workspace:
    """Runs while they grow.

    Args:
        title: what they are called together.
        source: what is followed; None where the runs do not grow.
        session: what looks at them; made by a function, as a workspace may be opened again.
        metric, target, cost_per_hour: as in `forerun.advise`.
        snapshot: what is known now; it is replaced, never changed.
        news: who is told when it is.
        listing: the same as a table.
        fits: laws fitted to the runs.
    """

    title: str = "runs"
    source: ServedLogs | None = None
    session: Callable[[], Session] = lambda: Session(renew=None)
    metric: str | None = None
    target: float | None = None
    snapshot: RunsSnapshot = field(default_factory=RunsSnapshot)
    news: News = field(default_factory=News)
    listing: Listing = field(default_factory=Listing)
    fits: Fits = field(default_factory=Fits)
    _sight: dict[str, float] = field(default_factory=dict[str, float], repr=False)
    _changed: set[str] = field(default_factory=set[str], repr=False)
    _wake: threading.Event = field(default_factory=threading.Event, repr=False)
    _read_once: threading.Event = field(default_factory=threading.Event, repr=False)
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)

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
        now = time.monotonic()
        self._sight |= dict.fromkeys(ids, now)
        self._wake.set()

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """While the page runs."""
        self._ended.clear()
        self.news.open()
        thread = threading.Thread(target=self._work, name="forerun-workspace", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._wake.set()
            self.news.close()

    def _work(self) -> None:
        with self._followed() as logs:
            session, notes = self.session(), _notes(logs)
            due, listed = -1e9, -1e9
            while not self._ended.is_set():
                if logs is not None and self.source is not None and time.monotonic() >= due:
                    self._read(logs, session)
                    due = time.monotonic() + self.source.every
                batch, sight = self._next()
                if batch:
                    self._look_sparingly(batch, session, notes)
                if self._changed and (sight or not batch or time.monotonic() - listed >= _LIST_AFTER):
                    self._list()
                    listed = time.monotonic()
                if not batch:
                    self._wake.wait(_PAUSE)
                    self._wake.clear()

    @contextmanager
    def _followed(self) -> Generator[GrowingLogs | None]:
        source = self.source
        if source is None:
            yield None
            return
        stored = is_store(source.path)
        place = source.path if stored else source.store
        with Store(place, create=not stored) as store:
            progress = self._told
            shelf = Shelf()
            path = None if stored else source.path
            yield GrowingLogs(path, store, source.format, keep=shelf.keep, progress=progress)

    def noted(self, kinds: Sequence[str], most: int) -> list[Entry] | None:
        """The latest entries of the journal, newest first; None where none is kept."""
        source = self.source
        place = None if source is None else source.path if is_store(source.path) else source.store
        if place is None or not place.exists():
            return None
        with Store(place, create=False) as store:
            entries = [entry for kind in kinds for entry in store.journal.entries(kind=kind)]
        return sorted(entries, key=lambda entry: -entry.id)[:most]

    def _told(self, keys: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Files and folders that are read, with how many are still to come while nothing is known yet."""
        for i, key in enumerate(keys):
            if not self.snapshot.version and i % 50 == 0:
                self.snapshot = replace(self.snapshot, unread=len(keys) - i)
                self.news.tell(self.state())
            if not self._ended.is_set():
                yield key

    def _read(self, logs: GrowingLogs, session: Session) -> None:
        reading = logs.read(time.time())
        if not (reading.changed or reading.gone) and self.snapshot.version:
            return
        for gone in reading.gone:
            session.forget(gone)
        looks = {id: look for id, look in self.snapshot.looks.items() if id not in reading.gone}
        self._become(Runs(reading.runs, reading.skipped), looks, reading.changed | reading.gone)
        self._read_once.set()

    def _next(self) -> tuple[list[Run], bool]:
        """The runs to look at next, and whether someone has them before his eyes; those come first."""
        since, now = time.monotonic() - _IN_SIGHT, self.snapshot
        sight = {id for id, at in self._sight.copy().items() if at >= since}
        visible = [run for run in now.runs if run.id in sight and now.due(run, in_sight=True)]
        if visible:
            return visible[:_AT_ONCE], True
        rest = [run for run in now.runs if now.due(run, in_sight=False)]
        return sorted(rest, key=lambda run: run.id in now.looks)[:_AT_ONCE], False

    def _look_sparingly(self, batch: Sequence[Run], session: Session, notes: Notes | None) -> None:
        """Look anew at runs for as long as is then rested: who asks for a page does not wait for those that grow."""
        anew, begun = all(run.id in self.snapshot.looks for run in batch), time.monotonic()
        self._look(batch, session, notes)
        if anew:
            self._ended.wait(min(_REST, time.monotonic() - begun))

    def _look(self, batch: Sequence[Run], session: Session, notes: Notes | None) -> None:
        looks = session.take(batch, self.snapshot.runs)
        known = {**self.snapshot.looks, **{look.run.id: look for look in looks}}
        changed = tuple(look.run.id for look in looks)
        self._become(self.snapshot.runs, known, frozenset(changed))
        if notes is not None:
            notes.take(Poll(time.time(), tuple(known.values()), changed, ()), ())

    def _become(self, runs: Runs, looks: Mapping[str, Look], changed: frozenset[str]) -> None:
        self.snapshot = RunsSnapshot(self.snapshot.version + 1, runs, looks)
        self._changed |= changed or {""}

    def _list(self) -> None:
        """Make the table anew, and tell everyone what has changed."""
        self.listing = Listing.of(self.snapshot, self.listing, metric=self.metric, target=self.target)
        changed, self._changed = sorted(self._changed - {""}), set()
        self.news.tell(self.state(changed))

    def state(self, changed: Sequence[str] = ()) -> Document:
        """How far things are; of the runs that changed ids, the numbers that pages name them by, and how many more."""
        now, named = self.listing, changed[:_NAMED]
        on = sum(entry.run.status == "running" for entry in now.entries)
        return {
            "version": now.version, "runs": len(now.entries), "running": on, "looked": now.looked,
            "unread": self.snapshot.unread, "changed": named, "numbers": [number_of(id) for id in named],
            "more": len(changed) - len(named),
        }  # fmt: skip


def _notes(logs: GrowingLogs | None) -> Notes | None:
    """The journal of the store that is read into; a store that others write to is theirs to note in."""
    return Notes(logs.store) if logs is not None and logs.path is not None and logs.store.path is not None else None
