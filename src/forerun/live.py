"""Logs watched while they are written: what changed, what is forecast now, what is new."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

from forerun.api.reading import Where, in_context, roots_of
from forerun.core import BadInput, Decision, Finding, Forecast, NothingToRead, Run, Settings, Skipped, Undecided
from forerun.core.finding import FindingKey
from forerun.core.run import OVER
from forerun.runs.discover import settled
from forerun.runs.glance import Memory
from forerun.runs.ingest import ingest, root_name, unit_runs
from forerun.runs.regular import irregular, is_folder
from forerun.runs.settings import settings_of
from forerun.runs.status import LONG_SILENT, PATIENCE
from forerun.runs.store import Store, is_store
from forerun.session import Look, Session

ALERTS = ".alerts"
"""The end of the file beside a store in which is kept what was alerted to."""
AGAIN = 60.0
"""Seconds after which a run that was not written to is looked at again, as it may have stalled."""


@dataclass(frozen=True)
class Poll:
    """What a look at the logs came to.

    Args:
        at: unix time of the look.
        looks: every run, in order of its id.
        changed: ids of those that changed since the look before, and then of those on which the decision did.
        skipped: files that were not read, with why.
    """

    at: float
    looks: tuple[Look, ...]
    changed: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def watch(
    path: Where,
    *,
    store: Where | None = None,
    every: float = 2.0,
    polls: int | None = None,
    format: str | None = None,
    settings: Settings | None = None,
    session: Session | None = None,
    clock: Callable[[], float] = time.time,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Poll]:
    """Follow logs that grow, and say after each look what there is to say.

    Every look is what reading the logs at that moment would give, but for a last line without an end: it is held back
    until its end has come or the log has ended by the clock. A look costs what the logs grew. Files that appear, grow,
    are truncated, replaced or rotated are followed; a file that is gone is kept as it was.

    Args:
        path: a log file or a folder of them, which may still be empty; or a store that others write to.
        store: where to keep what was read and, in its journal, what was said; default in memory. A watch that is
            started again on the same store goes on where it stood, and says nothing twice in the journal.
        every: seconds between looks.
        polls: how many looks; default without end.
        format, settings: as in `forerun.read`.
        session: what says it, with its detectors, method, policy, metric, target, alone and budget; default a `Session`
            of the defaults.
        clock, wait: what time it is, and how to let it pass.

    Yields:
        The first look, and each later one at which anything had changed.

    Example:
        >>> import tempfile, pathlib
        >>> log = pathlib.Path(tempfile.mkdtemp(), "run.jsonl")
        >>> _ = log.write_text('{"step": 1, "loss": 3.0}' + chr(10))
        >>> [poll.changed for poll in watch(log.parent, polls=2, wait=lambda _: None)]
        [('run.jsonl',)]
    """
    stored = is_store(Path(path))
    if stored and store is not None:
        raise BadInput("a store is not read into another; give the logs it was read from", where=str(path))
    place = path if stored else store
    with Store(None if place is None else Path(place), create=not stored) as opened:
        watcher = _Watcher(None if stored else Path(path), opened, format, settings, session or Session(renew=None))
        notes = _Notes(opened) if opened.path is not None and not stored else None
        count = 0
        while polls is None or count < polls:
            poll = watcher.poll(clock())
            if notes is not None:
                notes.take(poll, watcher.quiet if not count else ())
            if poll.changed or not count:
                yield poll
            count += 1
            if polls is None or count < polls:
                wait(every)


Key = tuple[str, str]
Statement = tuple[Forecast | Undecided | Finding | Decision, str, str]


@dataclass
class _Watcher:
    """Logs as of the last poll; ``path`` is None where the store itself is watched, as others write to it."""

    path: Path | None
    store: Store
    format: str | None
    settings: Settings | None
    session: Session
    by_root: dict[str, Settings] = field(default_factory=dict[str, Settings])
    units: dict[Key, list[Run]] = field(default_factory=dict[Key, list[Run]])
    looks: dict[str, Look] = field(default_factory=dict[str, Look])
    assembled: dict[Key, float] = field(default_factory=dict[Key, float])
    held_back: dict[Key, float] = field(default_factory=dict[Key, float])
    grown: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()
    version: int = -1
    memory: Memory = field(default_factory=Memory)
    unread: list[Skipped] = field(default_factory=list[Skipped])
    last: Poll | None = None

    def poll(self, now: float) -> Poll:
        """What the logs come to now."""
        calm = self._is_calm()
        keys = self._to_assemble(set(), now) if calm else []
        if self.last is not None and calm and not keys and not self._any_ended(self.last, now):
            return replace(self.last, at=now, changed=())
        if not calm:
            new, self.unread = self._stored() if self.path is None else self._read_on(self.path)
            keys = self._to_assemble(new, now)
        self.last = self._look(keys, list(self.unread), now)
        return self.last

    def _is_calm(self) -> bool:
        """Whether no file, or nothing in a store that others write to, has changed."""
        if self.path is None:
            before, self.version = self.version, self.store.version()
            return before == self.version
        return self.path.exists() and not self.memory.look(self.path, self._ignored(self.path))

    def _any_ended(self, last: Poll, now: float) -> bool:
        """Whether a line that is held back is to be told now."""
        runs = [look.run for look in last.looks] if self.held_back else []
        return any(self._has_ended(key, runs, now) for key in self.held_back)

    def _look(self, keys: list[Key], skipped: list[Skipped], now: float) -> Poll:
        for key in keys:
            skipped += self._assemble(key, now)
        runs = self._settled(skipped, now)
        ended = [key for key in self.held_back if self._has_ended(key, runs, now)]
        for key in ended:
            skipped += self._assemble(key, now, half=True)
        runs = self._settled(skipped, now) if ended else runs
        self.quiet = frozenset(run.id for run in runs if run.path not in self.grown)
        changed = [run for run in runs if self._differs(run)]
        ids = {run.id for run in runs}
        for gone in self.looks.keys() - ids:
            self.session.forget(gone)
        looks = self.session.take(changed, runs) if changed or self.looks.keys() - ids else []
        self.looks |= {look.run.id: look for look in looks}
        self.looks = {id: self.looks[id] for id in sorted(ids & self.looks.keys())}
        return Poll(now, tuple(self.looks.values()), tuple(look.run.id for look in looks), tuple(skipped))

    def _assemble(self, key: Key, now: float, *, half: bool = False) -> list[Skipped]:
        """Make a unit's runs anew; a last line without an end is held back unless it is said to count."""
        settings = self._settings_of(key[0])
        self.units[key], problems = unit_runs(self.store, *key, now=now, half=half, settings=settings)
        self.assembled[key] = now
        self.held_back.pop(key, None)
        if not half and (since := self.store.half_since(*key)) is not None:
            self.held_back[key] = since
        return problems

    def _settled(self, skipped: list[Skipped], now: float) -> tuple[Run, ...]:
        runs = settled((run for runs in self.units.values() for run in runs), skipped, root_name(self.units))
        roots = roots_of(self.store) if self.path is None else [self.path]
        return in_context(runs, roots, now)

    def _has_ended(self, key: Key, runs: Sequence[Run], now: float) -> bool:
        """Whether no more of a unit is to come: its runs have ended by the clock, or they are over and it is silent."""
        statuses = [run.status for run in runs if run.path == key[1]] or [run.status for run in self.units[key]]
        silent = now - self.held_back[key]
        if not statuses:
            return silent > LONG_SILENT
        by_clock = all(status == "ended" for status in statuses)
        return by_clock or (silent > PATIENCE and all(status in OVER for status in statuses))

    def _read_on(self, path: Path) -> tuple[set[Key], list[Skipped]]:
        """The units in which anything is new."""
        profiles = self._settings_of(str(path)).profile
        try:
            done = ingest(
                self.store,
                path,
                format=self.format,
                ignore=self._ignored(path),
                profiles=profiles,
                memory=self.memory,
            )
        except NothingToRead as error:
            if not is_folder(path) and irregular(path) is not None:
                raise
            return set(), [] if is_folder(path) else [Skipped(path.name, error.message)]  # nothing in it yet
        self.grown, fresh = done.changed, {(done.root, unit) for unit in done.changed}
        known = {key for key in self.store.units(root=done.root) if key not in self.assembled}
        return fresh | known, list(done.skipped)

    def _settings_of(self, root: str) -> Settings:
        """What the runs of a root are read under, as it was when the watch first came to it."""
        if root not in self.by_root:
            self.by_root[root] = self.settings or settings_of(root, self.store.path)
        return self.by_root[root]

    def _ignored(self, path: Path) -> list[str]:
        beside = (
            []
            if self.store.path is None
            else [f"{self.store.path.name}{end}" for end in ("", "-wal", "-shm", ALERTS, f"{ALERTS}.new")]
        )
        return [*self._settings_of(str(path)).ignore, *beside]

    def _stored(self) -> tuple[set[Key], list[Skipped]]:
        """All units of a store that another process has written to."""
        return set(self.store.units()), [Skipped(self.store.db.name, why) for why in self.store.damage()]

    def _to_assemble(self, new: set[Key], now: float) -> list[Key]:
        """Those with anything new, and those that may have stalled or ended since they were looked at."""
        may = {key for key in self.assembled if key in self.held_back or self._runs_on(key)}
        old = {key for key in may if now - self.assembled[key] > AGAIN}
        return sorted(new | old)

    def _runs_on(self, key: Key) -> bool:
        return any(run.status == "running" for run in self.units.get(key, ()))

    def _differs(self, run: Run) -> bool:
        known = self.looks.get(run.id)
        return known is None or known.run != run


@dataclass
class _Notes:
    """What the journal keeps of a watch: what is said of the runs that changed, and findings that have held.

    A finding has held when further values of its metric have come and it is still there, when the run is over, or when
    it was there at the look before. One that was kept and is no longer there is withdrawn.
    """

    store: Store
    waiting: dict[str, set[FindingKey]] = field(default_factory=dict[str, set[FindingKey]])
    known: set[str] = field(default_factory=set[str])

    def take(self, poll: Poll, quiet: Container[str]) -> None:
        """Note what a look came to; ``quiet`` are runs whose logs have not grown since another process read them."""
        for look in poll.looks:
            changed = look.run.id in poll.changed
            if changed:
                self._add(look, poll.at, _forecast(look))
            if changed or look.run.id in self.waiting:
                self._findings(look, poll.at, look.run.id in quiet)
            if changed:
                self._add(look, poll.at, self._decision(look))
        ids = {look.run.id for look in poll.looks}
        for id in sorted(self.known - ids):
            self._withdraw(id, poll.at, standing=())
        self.known = ids

    def _findings(self, look: Look, at: float, quiet: bool) -> None:
        id, waiting = look.run.id, set[FindingKey]()
        self._withdraw(id, at, standing={finding.key for finding in look.findings})
        noted = {finding.key: finding for finding in self.store.journal.findings(id)}
        for finding in look.findings:
            event = finding.key
            if event in noted and (noted[event].end is None) == (finding.end is None):
                continue
            if quiet or event in self.waiting.get(id, ()) or _has_held(finding, look.run):
                self._add(look, at, (finding, finding.detector, metadata.version("forerun")))
            else:
                waiting.add(event)
        self.waiting.pop(id, None)
        if waiting:
            self.waiting[id] = waiting

    def _withdraw(self, run: str, at: float, standing: Container[FindingKey]) -> None:
        version = metadata.version("forerun")
        for finding in self.store.journal.findings(run):
            if finding.key not in standing:
                self.store.journal.add(run, finding, at=at, method=finding.detector, version=version, kind="withdrawn")

    def _decision(self, look: Look) -> Statement | None:
        """The decision where it is another than the last one noted."""
        before = self.store.journal.entries(run=look.run.id, kind="decision")[-1:]
        decision = look.decision
        if isinstance(decision, Decision) and (not before or before[0].body.action != decision.action):
            return decision, decision.policy, metadata.version("forerun")
        return None

    def _add(self, look: Look, at: float, statement: Statement | None) -> None:
        if statement is not None:
            what, method, version = statement
            self.store.journal.add(look.run.id, what, at=at, method=method, version=version)


def _forecast(look: Look) -> Statement | None:
    if look.forecast is None or look.forecast.status == "finished":
        return None
    answer = look.forecast.answer
    if isinstance(answer, Forecast):
        last = replace(answer, at=answer.at[-1:], quantiles=answer.quantiles[-1:])
        return last, answer.method, answer.version
    return answer, look.forecast.method, metadata.version("forerun")


def _has_held(finding: Finding, run: Run) -> bool:
    """Whether a finding is still there with all that came after it, or nothing more is to come."""
    last = finding.alarm if finding.end is None else finding.end
    return run.status in OVER or float(run.curves[finding.metric].x[-1]) > last
