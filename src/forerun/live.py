"""Logs watched while they are written: what changed, what is forecast now, what is new."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

import numpy as np

from forerun.api import Look, Where, look, settings_of, with_settings
from forerun.core import Decision, Finding, Forecast, NothingToRead, Run, Skipped, Undecided
from forerun.runs.discover import settled
from forerun.runs.ingest import Ingested, ingest, unit_runs
from forerun.runs.settings import Settings
from forerun.runs.store import Store

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
        path: a log file or a folder of them; it may still be empty.
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
    with Store(store) as held:
        watcher = _Watcher(Path(path), held, format, told)
        count = 0
        while polls is None or count < polls:
            seen = watcher.look(clock())
            if seen.changed or not count:
                if store is not None:
                    _note(held, seen)
                yield seen
            count += 1
            if polls is None or count < polls:
                wait(every)


@dataclass
class _Watcher:
    path: Path
    store: Store
    format: str | None
    settings: Settings
    units: dict[str, list[Run]] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    assembled: dict[str, float] = field(default_factory=dict)

    def look(self, now: float) -> Seen:
        read_on = self._read_on()
        skipped = list(read_on.skipped)
        for unit in self._to_assemble(read_on, now):
            self.units[unit], problems = unit_runs(self.store, read_on.root, unit, now=now)
            self.assembled[unit] = now
            skipped += problems
        runs = settled((run for runs in self.units.values() for run in runs), skipped)
        changed = [run for run in (with_settings(run, self.settings) for run in runs) if self._differs(run)]
        for run in changed:
            self.looks[run.id] = self._said(run)
        there = {run.id for run in runs}
        self.looks = {id: self.looks[id] for id in sorted(there & self.looks.keys())}
        return Seen(now, tuple(self.looks.values()), tuple(run.id for run in changed), tuple(skipped))

    def _read_on(self) -> Ingested:
        ignore = list(self.settings.ignore)
        if self.store.path is not None:
            ignore += [f"{self.store.path.name}{end}" for end in ("", "-wal", "-shm")]
        try:
            return ingest(self.store, self.path, format=self.format, ignore=ignore, profiles=self.settings.profile)
        except NothingToRead:
            if not self.path.exists():
                raise
            return Ingested("", frozenset(), ())  # nothing in it yet

    def _to_assemble(self, read_on: Ingested, now: float) -> list[str]:
        here = [unit for _, unit in self.store.units(root=read_on.root)]
        old = [u for u in here if now - self.assembled.get(u, -np.inf) > AGAIN and self._runs_on(u)]
        return [unit for unit in here if unit in read_on.changed or unit not in self.assembled or unit in old]

    def _runs_on(self, unit: str) -> bool:
        return any(run.status == "running" for run in self.units.get(unit, ()))

    def _differs(self, run: Run) -> bool:
        known = self.looks.get(run.id)
        return known is None or known.run != run

    def _said(self, run: Run) -> Look:
        told = self.settings
        return look(run, metric=told.metric if told.metric in run.curves else None, target=told.target,
                    cost_per_hour=told.cost_per_hour)  # fmt: skip


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
