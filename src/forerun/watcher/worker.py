"""The thread that looks at what a training logs, so that the training need not.

Each of its parts fails by itself: with the disk full the session goes on, with the session broken the store is written.
It takes a tenth of a processor at most, over a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forerun.core import BadInput, Decision, Finding, StoreError, Undecided
from forerun.session import Changes, Session
from forerun.watcher.acting import Acting
from forerun.watcher.desk import Desk
from forerun.watcher.failures import Failures
from forerun.watcher.keeping import End, Keeper, WatchedPlace
from forerun.watcher.records import Buffer, LoopRecord
from forerun.watcher.sight import Observer, RunSight
from forerun.watcher.slow_part import StepTimes

_SHARE = 0.1  # of a processor, at most: ours
_LONGEST = 60.0  # seconds between two turns, at most: ours
_GIVE_UP = 3  # failures in a row after which a session is not tried again: what it knows is not whole any more


@dataclass(frozen=True)
class WorkerSetup:
    """What a worker is handed.

    Args:
        place: where the training is watched.
        session: makes what says what there is to say.
        buffer: where records come from.
        acting: what the loop may be told.
        failures: where what fails is counted.
        follow: whether advice is taken for an order.
        every: seconds between two turns, at least.
    """

    place: WatchedPlace
    session: Callable[[], Session]
    buffer: Buffer
    acting: Acting
    failures: Failures
    follow: bool
    every: float


class Worker:
    """Looks at records in turns.

    Args:
        work: what it is handed.
    """

    def __init__(self, work: WorkerSetup) -> None:
        self._work = work
        self._keeper = Keeper(work.place, work.buffer.room)
        self._desk = Desk(work.place, self._keeper, work.acting, work.failures, follow=work.follow)
        self._observer: Observer | None = None
        self._x, self._broken = np.nan, 0
        self._ending = threading.Event()
        self._end: End = ""
        self.times = StepTimes()
        self.sight = RunSight()
        self.findings: tuple[Finding, ...] = ()
        self.thread = threading.Thread(target=self._run, name="forerun watcher", daemon=True)

    def close(self, end: End, seconds: float) -> bool:
        """Look at what is left and end; whether that was done in time."""
        self._end = end
        self._ending.set()
        if self.thread.is_alive():
            self.thread.join(seconds)
        return not self.thread.is_alive()

    def _own_findings(self) -> tuple[Finding, ...]:
        """Of the time that parts of a step take, and of what failed or was refused."""
        return (*self.times.findings(self._work.place.axis, self._x), *self._work.failures.findings())

    def _run(self) -> None:
        pause = 0.0
        while not self._ending.wait(pause):
            begun = time.thread_time()
            self._guarded("turn", lambda: self.turn(time.time()))
            pause = min(_LONGEST, max(self._work.every, (time.thread_time() - begun) * (1.0 / _SHARE - 1.0)))
        self._guarded("turn", lambda: self.turn(time.time(), last=True))

    def turn(self, now: float, *, last: bool = False) -> None:
        """Look at what has come; the last time, end."""
        records = self._work.buffer.drain()
        self._time(records)
        changes = self._see(records) if records else []
        self._keeper.take(records, changes)
        self._count_lost()
        self._guarded("orders", lambda: self._orders(changes, now, last))
        self._guarded("store", lambda: self._keeper.save(self._own_findings(), now))
        if last:
            self._guarded("store", lambda: self._keeper.finish(self._end))
        self.findings = (*self.sight.findings, *self._own_findings())
        self._work.failures.tell()

    def _orders(self, changes: Sequence[Changes], now: float, last: bool) -> None:
        if last:
            self._desk.note_outcomes(now)
            self._desk.leave()
        else:
            self._desk.turn(self._advice(changes), self._x, now)

    def _advice(self, changes: Sequence[Changes]) -> Decision | Undecided | None:
        """What is advised anew: another decision than before, or the same again, of something else that was found."""
        decisions = [one.decision for one in changes if one.decision is not None]
        if decisions or not self._work.follow or self._observer is None:
            return decisions[-1] if decisions else None
        return self._observer.decide() if any(one.raised for one in changes) else None

    def _time(self, records: Sequence[LoopRecord]) -> None:
        for record in records:
            self.times.add(record.spent, record.x - self._x)
            self._x = record.x

    def _see(self, records: Sequence[LoopRecord]) -> list[Changes]:
        changes: list[Changes] = []
        if self._broken < _GIVE_UP:
            went_well = self._guarded("session", lambda: changes.extend(self._observe(records)))
            self._broken = 0 if went_well else self._broken + 1
        return changes

    def _observe(self, records: Sequence[LoopRecord]) -> list[Changes]:
        if self._observer is None:
            try:
                run = self._keeper.begun()
            except (StoreError, BadInput):
                run = self._work.place.run  # what is wrong with the store is told where it is written to
            self._observer = Observer(self._work.session(), run)
        changes = self._observer.take(records)
        self.sight = self._observer.sight
        return changes

    def _count_lost(self) -> None:
        lost = self._work.buffer.dropped + self._keeper.lost
        if lost:
            why = f"{lost} records were dropped, as more came than could be looked at or kept"
            self._work.failures.count("buffer", lost, why, self._x)

    def _guarded(self, part: str, do: Callable[[], Any]) -> bool:
        """Whether a part of a turn went well."""
        try:
            do()
        except Exception as error:  # whatever it is, the training is to go on
            self._work.failures.note(part, error, self._x)
            return False
        return True
