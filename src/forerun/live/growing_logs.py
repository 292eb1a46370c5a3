"""Logs read on while they are written: the runs as they are now, and which of them have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from forerun.api.reading import in_context, roots_of
from forerun.core import NothingToRead, Run, Settings, Skipped
from forerun.core.run import OVER
from forerun.runs.discover import settled
from forerun.runs.glance import Memory
from forerun.runs.ingest import ingest, root_name, unit_runs
from forerun.runs.regular import irregular, is_folder
from forerun.runs.settings import settings_of
from forerun.runs.status import LONG_SILENT, PATIENCE
from forerun.runs.store import Store

ALERTS = ".alerts"
"""The end of the file beside a store in which is kept what was alerted to."""
AGAIN = 60.0
"""Seconds after which a run that was not written to is looked at again, as it may have stalled."""
Key = tuple[str, str]
"""A root, and a file or folder in it that makes runs."""


@dataclass(frozen=True)
class Reading:
    """Logs as they were at a moment.

    Args:
        at: unix time.
        runs: all of them.
        changed: ids of those that are new or other than at the reading before. gone: of those that are there no more.
        skipped: files that were not read, with why.
    """

    at: float
    runs: tuple[Run, ...]
    changed: frozenset[str]
    gone: frozenset[str]
    skipped: tuple[Skipped, ...]


@dataclass
class GrowingLogs:
    """Logs as of the last reading; each costs what the logs grew.

    Args:
        path: a log file or a folder of them; None where the store itself is followed, as others write to it.
        store: where what was read is kept.
        format, settings: as in `forerun.read`.
        keep: what becomes of a run once it is assembled; it must remain equal.
        progress: wraps the files and folders that are assembled, for a progress bar.

    Example:
        >>> import tempfile, pathlib
        >>> log = pathlib.Path(tempfile.mkdtemp(), "run.csv")
        >>> _ = log.write_text("step,loss" + chr(10) + "1,3.0" + chr(10))
        >>> logs = GrowingLogs(log.parent, Store(None))
        >>> sorted(logs.read(0.0).changed), sorted(logs.read(0.0).changed)
        (['run.csv'], [])
    """

    path: Path | None
    store: Store
    format: str | None = None
    settings: Settings | None = None
    keep: Callable[[Run], Run] = lambda run: run
    progress: Callable[[list[Key]], Iterable[Key]] = lambda keys: keys
    by_root: dict[str, Settings] = field(default_factory=dict[str, Settings])
    units: dict[Key, list[Run]] = field(default_factory=dict[Key, list[Run]])
    assembled: dict[Key, float] = field(default_factory=dict[Key, float])
    held_back: dict[Key, float] = field(default_factory=dict[Key, float])
    grown: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()
    version: int = -1
    memory: Memory = field(default_factory=Memory)
    unread: list[Skipped] = field(default_factory=list[Skipped])
    last: Reading | None = None

    def read(self, now: float) -> Reading:
        """What the logs hold now.

        Args:
            now: unix time.
        """
        calm = self._is_calm()
        keys = self._to_assemble(set(), now) if calm else []
        if self.last is not None and calm and not keys and not self._any_ended(self.last, now):
            return replace(self.last, at=now, changed=frozenset(), gone=frozenset())
        if not calm:
            new, self.unread = self._stored() if self.path is None else self._read_on(self.path)
            keys = self._to_assemble(new, now)
        self.last = self._settle(keys, list(self.unread), now)
        return self.last

    def _is_calm(self) -> bool:
        """Whether no file, or nothing in a store that others write to, has changed."""
        if self.path is None:
            before, self.version = self.version, self.store.version()
            return before == self.version
        return self.path.exists() and not self.memory.look(self.path, self._ignored(self.path))

    def _any_ended(self, last: Reading, now: float) -> bool:
        """Whether a line that is held back is to be told now."""
        return any(self._has_ended(key, last.runs, now) for key in self.held_back)

    def _settle(self, keys: list[Key], skipped: list[Skipped], now: float) -> Reading:
        for key in self.progress(keys):
            skipped += self._assemble(key, now)
        runs = self._settled(skipped, now)
        ended = [key for key in self.held_back if self._has_ended(key, runs, now)]
        for key in ended:
            skipped += self._assemble(key, now, half=True)
        runs = self._settled(skipped, now) if ended else runs
        self.quiet = frozenset(run.id for run in runs if run.path not in self.grown)
        before = {} if self.last is None else {run.id: run for run in self.last.runs}
        changed = frozenset(run.id for run in runs if before.get(run.id) != run)
        return Reading(now, runs, changed, frozenset(before) - {run.id for run in runs}, tuple(skipped))

    def _assemble(self, key: Key, now: float, *, half: bool = False) -> list[Skipped]:
        """Make a unit's runs anew; a last line without an end is held back unless it is said to count."""
        settings = self._settings_of(key[0])
        runs, problems = unit_runs(self.store, *key, now=now, half=half, settings=settings)
        self.units[key] = [self.keep(run) for run in runs]
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
