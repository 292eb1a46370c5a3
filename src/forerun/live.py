"""Logs watched while they are written: what changed, what is forecast now, what is new."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

from forerun.api import Look, Way, Where, looks
from forerun.api.reading import in_context, roots_of
from forerun.core import BadInput, Decision, Finding, Forecast, NothingToRead, Run, Settings, Skipped, Undecided
from forerun.core.run import OVER
from forerun.runs.discover import settled
from forerun.runs.glance import Memory
from forerun.runs.ingest import ingest, root_name, unit_runs
from forerun.runs.regular import irregular, is_folder
from forerun.runs.settings import settings_of
from forerun.runs.status import LONG_SILENT, PATIENCE
from forerun.runs.store import Store, is_store
from forerun.runs.store.journal import event_of

AGAIN = 60.0
"""Seconds after which a run that was not written to is looked at again, as it may have stalled."""


@dataclass(frozen=True)
class Seen:
    """What a look at the logs came to.

    Args:
        at: unix time of the look.
        looks: every run, in order of its id.
        changed: ids of those that changed since the look before.
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
    clock: Callable[[], float] = time.time,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Seen]:
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
        clock, wait: what time it is, and how to let it pass.

    Yields:
        The first look, and each later one at which anything had changed.

    Example:
        >>> import tempfile, pathlib
        >>> log = pathlib.Path(tempfile.mkdtemp(), "run.jsonl")
        >>> _ = log.write_text('{"step": 1, "loss": 3.0}' + chr(10))
        >>> [seen.changed for seen in watch(log.parent, polls=2, wait=lambda _: None)]
        [('run.jsonl',)]
    """
    stored = is_store(Path(path))
    if stored and store is not None:
        raise BadInput("a store is not read into another; give the logs it was read from", where=str(path))
    with Store(path if stored else store, create=not stored) as held:
        watcher = _Watcher(None if stored else Path(path), held, format, settings)
        notes = _Notes(held) if held.path is not None and not stored else None
        count = 0
        while polls is None or count < polls:
            seen = watcher.look(clock())
            if notes is not None:
                notes.take(seen, watcher.quiet if not count else ())
            if seen.changed or not count:
                yield seen
            count += 1
            if polls is None or count < polls:
                wait(every)


Key = tuple[str, str]
Event = tuple[str, str, float]
Said = tuple[Forecast | Undecided | Finding | Decision, str, str]


@dataclass
class _Watcher:
    """What was seen at the last look; ``path`` is None where the store itself is watched, as others write to it."""

    path: Path | None
    store: Store
    format: str | None
    settings: Settings | None
    by_root: dict[str, Settings] = field(default_factory=dict)
    units: dict[Key, list[Run]] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    assembled: dict[Key, float] = field(default_factory=dict)
    held_back: dict[Key, float] = field(default_factory=dict)
    grown: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()
    version: int = -1
    memory: Memory = field(default_factory=Memory)
    unread: list[Skipped] = field(default_factory=list)
    seen: Seen | None = None

    def look(self, now: float) -> Seen:
        calm = self._is_calm()
        keys = self._to_assemble(set(), now) if calm else []
        if self.seen is not None and calm and not keys and not self._any_ended(self.seen, now):
            return replace(self.seen, at=now, changed=())
        if not calm:
            new, self.unread = self._stored() if self.path is None else self._read_on(self.path)
            keys = self._to_assemble(new, now)
        self.seen = self._look(keys, list(self.unread), now)
        return self.seen

    def _is_calm(self) -> bool:
        """Whether no file, or nothing in a store that others write to, has changed."""
        if self.path is None:
            before, self.version = self.version, self.store.version()
            return before == self.version
        return self.path.exists() and not self.memory.look(self.path, self._ignored(self.path))

    def _any_ended(self, seen: Seen, now: float) -> bool:
        """Whether a line that is held back is to be told now."""
        runs = [look.run for look in seen.looks] if self.held_back else []
        return any(self._has_ended(key, runs, now) for key in self.held_back)

    def _look(self, keys: list[Key], skipped: list[Skipped], now: float) -> Seen:
        for key in keys:
            skipped += self._assemble(key, now)
        runs = self._settled(skipped, now)
        ended = [key for key in self.held_back if self._has_ended(key, runs, now)]
        for key in ended:
            skipped += self._assemble(key, now, half=True)
        runs = self._settled(skipped, now) if ended else runs
        self.quiet = frozenset(run.id for run in runs if run.path not in self.grown)
        changed = [run for run in runs if self._differs(run)]
        for look in self._said(changed, runs):
            self.looks[look.run.id] = look
        there = {run.id for run in runs}
        self.looks = {id: self.looks[id] for id in sorted(there & self.looks.keys())}
        return Seen(now, tuple(self.looks.values()), tuple(run.id for run in changed), tuple(skipped))

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
        told = [run.status for run in runs if run.path == key[1]] or [run.status for run in self.units[key]]
        silent = now - self.held_back[key]
        if not told:
            return silent > LONG_SILENT
        by_clock = all(status == "ended" for status in told)
        return by_clock or (silent > PATIENCE and all(status in OVER for status in told))

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
        beside = [] if self.store.path is None else [f"{self.store.path.name}{end}" for end in ("", "-wal", "-shm")]
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

    def _said(self, runs: list[Run], beside: Sequence[Run]) -> list[Look]:
        return looks(runs, Way(beside=beside, ends=self._ends()))

    def _ends(self) -> dict[tuple[str, str], float]:
        """The ends assumed so far."""
        forecasts = (look.forecast for look in self.looks.values() if look.forecast is not None)
        return {(one.run, one.metric): one.at for one in forecasts if one.end_by == "assumed"}


@dataclass
class _Notes:
    """What the journal keeps of a watch: what is said of the runs that changed, and findings that have held.

    A finding has held when further values of its metric have come and it is still there, when the run is over, or when
    it was there at the look before. One that was kept and is no longer there is withdrawn.
    """

    store: Store
    waiting: dict[str, set[Event]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def take(self, seen: Seen, quiet: Container[str]) -> None:
        """Note what a look came to; ``quiet`` are runs whose logs have not grown since another process read them."""
        for look in seen.looks:
            changed = look.run.id in seen.changed
            if changed:
                self._add(look, seen.at, _forecast(look))
            if changed or look.run.id in self.waiting:
                self._findings(look, seen.at, look.run.id in quiet)
            if changed:
                self._add(look, seen.at, self._decision(look))
        there = {look.run.id for look in seen.looks}
        for id in sorted(self.known - there):
            self._withdraw(id, seen.at, there=())
        self.known = there

    def _findings(self, look: Look, at: float, quiet: bool) -> None:
        id, waiting = look.run.id, set[Event]()
        self._withdraw(id, at, there={event_of(finding) for finding in look.findings})
        kept = {event_of(finding): finding for finding in self.store.journal.findings(id)}
        for finding in look.findings:
            event = event_of(finding)
            if event in kept and (kept[event].end is None) == (finding.end is None):
                continue
            if quiet or event in self.waiting.get(id, ()) or _has_held(finding, look.run):
                self._add(look, at, (finding, finding.detector, metadata.version("forerun")))
            else:
                waiting.add(event)
        self.waiting.pop(id, None)
        if waiting:
            self.waiting[id] = waiting

    def _withdraw(self, run: str, at: float, there: Container[Event]) -> None:
        version = metadata.version("forerun")
        for finding in self.store.journal.findings(run):
            if event_of(finding) not in there:
                self.store.journal.add(run, finding, at=at, method=finding.detector, version=version, kind="withdrawn")

    def _decision(self, look: Look) -> Said | None:
        """The decision where it is another than the last one noted."""
        before = self.store.journal.entries(run=look.run.id, kind="decision")[-1:]
        decision = look.decision
        if isinstance(decision, Decision) and (not before or before[0].body.action != decision.action):
            return decision, decision.policy, metadata.version("forerun")
        return None

    def _add(self, look: Look, at: float, said: Said | None) -> None:
        if said is not None:
            what, method, version = said
            self.store.journal.add(look.run.id, what, at=at, method=method, version=version)


def _forecast(look: Look) -> Said | None:
    if look.forecast is None or look.forecast.status == "finished":
        return None
    answer = look.forecast.answer
    if isinstance(answer, Forecast):
        last = replace(answer, at=answer.at[-1:], quantiles=answer.quantiles[-1:])
        return last, answer.method, answer.version
    return answer, look.forecast.method, metadata.version("forerun")


def _has_held(finding: Finding, run: Run) -> bool:
    """Whether a finding is still there with all that came after it, or nothing more is to come."""
    told = finding.alarm if finding.end is None else finding.end
    return run.status in OVER or float(run.curves[finding.metric].x[-1]) > told
