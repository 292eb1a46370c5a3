"""Logs watched while they are written: what changed, what is forecast now, what is new."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

from forerun.api import Look, Way, Where, looks, settings_of
from forerun.api.reading import in_context, roots_of
from forerun.core import BadInput, Decision, Finding, Forecast, NothingToRead, Run, Skipped, Undecided
from forerun.runs.discover import settled
from forerun.runs.glance import Memory
from forerun.runs.ingest import ingest, root_name, unit_runs
from forerun.runs.regular import irregular, is_folder
from forerun.runs.settings import Settings
from forerun.runs.store import Store, is_store

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

    Every look is what reading the logs at that moment would give; it costs what they grew. Files that appear, grow,
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
    told = settings or settings_of(path)
    stored = is_store(Path(path))
    if stored and store is not None:
        raise BadInput("a store is not read into another; give the logs it was read from", where=str(path))
    with Store(path if stored else store, create=not stored) as held:
        watcher = _Watcher(None if stored else Path(path), held, format, told)
        count = 0
        while polls is None or count < polls:
            seen = watcher.look(clock())
            if seen.changed or not count:
                if held.path is not None and not stored:
                    _note(held, seen)
                yield seen
            count += 1
            if polls is None or count < polls:
                wait(every)


Key = tuple[str, str]


@dataclass
class _Watcher:
    """What was seen at the last look; ``path`` is None where the store itself is watched, as others write to it."""

    path: Path | None
    store: Store
    format: str | None
    settings: Settings
    units: dict[Key, list[Run]] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    assembled: dict[Key, float] = field(default_factory=dict)
    version: int = -1
    memory: Memory = field(default_factory=Memory)
    unread: list[Skipped] = field(default_factory=list)
    seen: Seen | None = None

    def look(self, now: float) -> Seen:
        calm = self._is_calm()
        keys = self._to_assemble(set(), now) if calm else []
        if self.seen is not None and calm and not keys:
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
        return self.path.exists() and not self.memory.look(self.path, self._ignored())

    def _look(self, keys: list[Key], skipped: list[Skipped], now: float) -> Seen:
        for key in keys:
            self.units[key], problems = unit_runs(self.store, *key, now=now)
            self.assembled[key] = now
            skipped += problems
        runs = settled((run for runs in self.units.values() for run in runs), skipped, root_name(self.units))
        roots = roots_of(self.store) if self.path is None else [self.path]
        runs = in_context(runs, self.settings, roots, now)
        changed = [run for run in runs if self._differs(run)]
        for look in self._said(changed, runs):
            self.looks[look.run.id] = look
        there = {run.id for run in runs}
        self.looks = {id: self.looks[id] for id in sorted(there & self.looks.keys())}
        return Seen(now, tuple(self.looks.values()), tuple(run.id for run in changed), tuple(skipped))

    def _read_on(self, path: Path) -> tuple[set[Key], list[Skipped]]:
        """The units in which anything is new."""
        ignore, profiles = self._ignored(), self.settings.profile
        try:
            done = ingest(self.store, path, format=self.format, ignore=ignore, profiles=profiles, memory=self.memory)
        except NothingToRead as error:
            if not is_folder(path) and irregular(path) is not None:
                raise
            return set(), [] if is_folder(path) else [Skipped(path.name, error.message)]  # nothing in it yet
        fresh = {(done.root, unit) for unit in done.changed}
        known = {key for key in self.store.units(root=done.root) if key not in self.assembled}
        return fresh | known, list(done.skipped)

    def _ignored(self) -> list[str]:
        beside = [] if self.store.path is None else [f"{self.store.path.name}{end}" for end in ("", "-wal", "-shm")]
        return [*self.settings.ignore, *beside]

    def _stored(self) -> tuple[set[Key], list[Skipped]]:
        """All units of a store that another process has written to."""
        return set(self.store.units()), [Skipped(self.store.db.name, why) for why in self.store.damage()]

    def _to_assemble(self, new: set[Key], now: float) -> list[Key]:
        """Those with anything new, and those that may have stalled since they were looked at."""
        old = {key for key, at in self.assembled.items() if now - at > AGAIN and self._runs_on(key)}
        return sorted(new | old)

    def _runs_on(self, key: Key) -> bool:
        return any(run.status == "running" for run in self.units.get(key, ()))

    def _differs(self, run: Run) -> bool:
        known = self.looks.get(run.id)
        return known is None or known.run != run

    def _said(self, runs: list[Run], beside: Sequence[Run]) -> list[Look]:
        told = self.settings
        way = Way(beside=beside, target=told.target, ends=self._ends())
        return looks(runs, way, metric=told.metric, cost_per_hour=told.cost_per_hour)

    def _ends(self) -> dict[tuple[str, str], float]:
        """The ends assumed so far."""
        outlooks = (look.outlook for look in self.looks.values() if look.outlook is not None)
        return {(one.run, one.metric): one.at for one in outlooks if one.end_by == "assumed"}


def _note(store: Store, seen: Seen) -> None:
    """Keep what is said of the runs that changed; a finding or a decision that was noted before is not noted again."""
    for said in seen.looks:
        if said.run.id not in seen.changed:
            continue
        for what, method, version in _new(store, said):
            store.journal.add(said.run.id, what, at=seen.at, method=method, version=version)


def _new(store: Store, said: Look) -> Iterator[tuple[Forecast | Undecided | Finding | Decision, str, str]]:
    if said.outlook is not None and said.outlook.answer is not None:
        answer = said.outlook.answer
        if isinstance(answer, Forecast):
            last = replace(answer, at=answer.at[-1:], quantiles=answer.quantiles[-1:])
            yield last, answer.method, answer.version
        else:
            yield answer, said.outlook.method, metadata.version("forerun")
    noted = {_key(entry.body) for entry in store.journal.entries(run=said.run.id, kind="finding")}
    for finding in said.findings:
        if _key(finding) not in noted:
            yield finding, finding.detector, metadata.version("forerun")
    before = store.journal.entries(run=said.run.id, kind="decision")[-1:]
    decision = said.decision
    if isinstance(decision, Decision) and (not before or before[0].body.action != decision.action):
        yield decision, decision.policy, metadata.version("forerun")


def _key(finding: Finding) -> tuple[str, str, float, bool]:
    return finding.detector, finding.metric, finding.start, finding.end is None
