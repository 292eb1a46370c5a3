"""Reads logs on and looks at runs, those first that someone has before his eyes: a loop that knows of no page."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from forerun.api import Look
from forerun.core import ForerunError, Run, Runs, Undecided
from forerun.live import GrowingLogs, Notes, Poll
from forerun.live.growing_logs import Key
from forerun.runs.store import Store, is_store
from forerun.session import Session
from forerun.web.messages import Failed, LookedAt, LookingAt, Message, ReadRuns
from forerun.web.snapshot import RunsSnapshot, unlooked

_AT_ONCE = 8  # runs looked at before anyone is told
IN_SIGHT = 60.0
"""Seconds for which a run that was asked for counts as before someone's eyes."""
_PAUSE, _REST, _LONGEST = 0.25, 2.0, 60.0  # seconds: where nothing is to do, after a look, after failures, at most
_FIRST, _MORE = 0.25, 1.5  # seconds until the first of many runs are told, and by how much longer until more are
_MESSAGE = 500  # runs of a message
_CALM, _SHARE = 5.0, 0.02  # seconds between two times at which all decisions are told anew; the share of time it takes


@dataclass(frozen=True)
class ServedLogs:
    """What is followed; arguments as in `forerun.watch`."""

    path: Path
    store: Path | None = None
    format: str | None = None
    every: float = 2.0

    @property
    def kept(self) -> Path | None:
        """The store that holds them, be it the path itself; None where none does."""
        return self.path if is_store(self.path) else self.store


@dataclass(frozen=True)
class LookingTask:
    """What there is to do.

    Args:
        source: what is followed; None where the runs do not grow.
        session: makes what looks at them.
        runs: those that do not grow.
        alone: ids of runs that are looked at last, each by itself, as a process has ended while it looked at them.
        hopeless: ids of those that are not looked at any more.
    """

    source: ServedLogs | None
    session: Callable[[], Session]
    runs: Runs = field(default_factory=Runs)
    alone: frozenset[str] = frozenset()
    hopeless: frozenset[str] = frozenset()


class Looking:
    """Reads on, and looks, until it is stopped.

    Args:
        task: of what.
        tell: takes what came of it, in order.
        keep: as of `GrowingLogs`.
    """

    def __init__(
        self, task: LookingTask, tell: Callable[[Message], None], keep: Callable[[Run], Run] = lambda run: run
    ) -> None:
        self._task, self._tell, self._keep = task, tell, keep
        self._session = task.session()
        self._logs: GrowingLogs | None = None
        self._notes: Notes | None = None
        self._now = RunsSnapshot(0, task.runs)
        self._sight: dict[str, float] = {}
        self._early: dict[str, Run] = {}
        self._unsettled, self._settles = False, -1e9
        self._wake, self._ended = threading.Event(), threading.Event()

    def see(self, ids: Iterable[str]) -> None:
        """Say that someone has these runs before his eyes; from any thread."""
        now = time.monotonic()
        self._sight |= dict.fromkeys(ids, now)
        self._wake.set()

    def stop(self) -> None:
        """Have it come to an end; from any thread."""
        self._ended.set()
        self._wake.set()

    def work(self) -> None:
        """Until it is stopped; logs that cannot be read are tried again, after ever longer pauses."""
        pause = 1.0
        while not self._ended.is_set():
            begun = time.monotonic()
            try:
                with ExitStack() as stack:
                    self._open(stack)
                    self._follow()
            except (ForerunError, OSError) as error:
                self._tell(Failed(str(error)))
                pause = 1.0 if time.monotonic() - begun > _LONGEST else min(2.0 * pause, _LONGEST)
                self._ended.wait(pause)

    def _open(self, stack: ExitStack) -> None:
        source = self._task.source
        if source is None:
            return
        stored = is_store(source.path)
        store = stack.enter_context(Store(source.kept, create=not stored))
        path = None if stored else source.path
        self._logs = GrowingLogs(path, store, source.format, keep=self._keep, progress=self._in_part)
        # A store that others write to is theirs to note in.
        self._notes = Notes(store) if not stored and store.path is not None else None

    def _follow(self) -> None:
        due = -1e9
        while not self._ended.is_set():
            if self._logs is not None and self._task.source is not None and time.monotonic() >= due:
                self._read(self._logs)
                due = time.monotonic() + self._task.source.every
            batch = self.next()
            if batch:
                self._look_sparingly(batch)
            else:
                self._settle()
                self._wake.wait(_PAUSE)
                self._wake.clear()

    # Reading.

    def _read(self, logs: GrowingLogs) -> None:
        reading = logs.read(time.time())
        if not (reading.changed or reading.gone) and self._now.version:
            return
        for gone in reading.gone:
            self._session.forget(gone)
        before = self._early or {run.id: run for run in self._now.runs}
        self._become(reading.runs, {id: look for id, look in self._now.looks.items() if id not in reading.gone})
        changed = [run for run in reading.runs if before.get(run.id) is not run]
        self._early, first = {}, self._now.version == 1
        for start in range(0, len(changed) - _MESSAGE, _MESSAGE):
            more = len(changed) - start - _MESSAGE if first else 0
            self._tell(ReadRuns(tuple(changed[start : start + _MESSAGE]), unread=more))
        last = tuple(changed[(len(changed) - 1) // _MESSAGE * _MESSAGE :])
        self._tell(ReadRuns(last, tuple(run.id for run in reading.runs), reading.skipped))

    def _in_part(self, keys: list[Key]) -> Iterator[Key]:
        """Files and folders that are read; the first time, what was read so far is told before all is."""
        begun, due, at = time.monotonic(), _FIRST, 0
        for i, key in enumerate(keys):
            since = time.monotonic() - begun
            if self._logs is not None and not self._now.version and since >= due and i > at:
                runs = {run.id: run for each in keys[at:i] for run in self._logs.units[each]}
                self._tell(ReadRuns(tuple(runs.values()), unread=len(keys) - i))
                self._early |= runs
                due, at = _MORE * since, i
            if not self._ended.is_set():
                yield key

    # Looking.

    def next(self) -> list[Run]:
        """The runs to look at next: first those that someone has before his eyes."""
        since, now = time.monotonic() - IN_SIGHT, self._now
        sight = {id for id, at in self._sight.copy().items() if at >= since}
        visible = [run for run in now.runs if run.id in sight and now.due(run, in_sight=True)]
        every = visible or [run for run in now.runs if now.due(run, in_sight=False)]
        every.sort(key=lambda run: (run.id in self._task.alone, not visible and run.id in now.looks))
        together = [run for run in every if run.id not in self._task.alone]
        return (together or every[:1])[:_AT_ONCE]

    def _look_sparingly(self, batch: Sequence[Run]) -> None:
        """Look anew at runs for as long as is then rested: who trains on this machine has it too."""
        anew, begun = all(run.id in self._now.looks for run in batch), time.monotonic()
        self._look(batch)
        if anew:
            self._ended.wait(min(_REST, time.monotonic() - begun))

    def _settle(self) -> None:
        """Tell what is now decided on runs, and why, where those looked at since have changed no more than that."""
        begun = time.monotonic()
        if not self._unsettled or begun < self._settles:
            return
        before, now = self._now.looks, self._session.said()
        looks = [replace(look, decision=now[id].decision) for id, look in before.items()
                 if id in now and now[id].decision != look.decision]  # fmt: skip
        self._become(self._now.runs, {**before, **{look.run.id: look for look in looks}})
        for start in range(0, len(looks), _MESSAGE):
            self._tell_looks(looks[start : start + _MESSAGE])
        took = time.monotonic() - begun
        self._unsettled, self._settles = False, begun + max(_CALM, took / _SHARE)

    def _look(self, batch: Sequence[Run]) -> None:
        self._tell(LookingAt(tuple(run.id for run in batch)))
        looks = self._looks(batch)
        changed = tuple(look.run.id for look in looks)
        self._become(self._now.runs, {**self._now.looks, **{look.run.id: look for look in looks}})
        if self._notes is not None:
            self._notes.take(Poll(time.time(), tuple(self._now.looks.values()), changed, ()), ())
        self._tell_looks(looks)
        self._unsettled = True

    def _tell_looks(self, looks: Iterable[Look]) -> None:
        self._tell(LookedAt(tuple(replace(look, run=_named(look.run)) for look in looks)))

    def _looks(self, batch: Sequence[Run]) -> list[Look]:
        """What a session says; where it breaks, of each run by itself, so that it breaks for that run alone."""
        if batch[0].id in self._task.hopeless:
            return [failed(batch[0], "looking at it ends the process")]
        try:
            return self._session.take(batch, self._now.runs)
        except Exception as error:  # whatever a log makes of a method, the page goes on
            if len(batch) > 1:
                return [look for run in batch for look in self._looks([run])]
            traceback.print_exc()
            self._session.forget(batch[0].id)
            return [failed(batch[0], f"{type(error).__name__}: {error}")]

    def _become(self, runs: Sequence[Run] | Runs, looks: Mapping[str, Look]) -> None:
        listed = runs if isinstance(runs, Runs) else Runs(tuple(runs))
        self._now = RunsSnapshot(self._now.version + 1, listed, looks)


def _named(run: Run) -> Run:
    """A run of which no more is told than which it is."""
    return Run(run.id, {}, run.format)


def failed(run: Run, why: str) -> Look:
    """What is said of a run at which Forerun itself fails."""
    said = Undecided(f"Forerun fails at this run: {why}", "a report of it, with the log")
    before = unlooked(run)
    forecast = None if before.forecast is None else replace(before.forecast, answer=said)
    return replace(before, forecast=forecast, decision=said)
