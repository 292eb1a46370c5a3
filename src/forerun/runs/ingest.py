"""From a folder of logs into a store: what the files gained since they were last looked at, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

from forerun.core import MissingExtra, Run, Runs, Settings, Skipped, StoreError, UnreadableLog
from forerun.runs.beside import one_moment
from forerun.runs.boundary import Guarded, boundary
from forerun.runs.discover import Plan, Progress, named, plan, settled
from forerun.runs.glance import Memory
from forerun.runs.log import Log
from forerun.runs.status import last_touched
from forerun.runs.store import Store
from forerun.runs.store.places import Moved, Source
from forerun.runs.store.rows import Damaged
from forerun.runs.units import assembled


@dataclass(frozen=True)
class Ingested:
    """What reading a path into a store came to.

    Args:
        root: what was read, as the store knows it.
        changed: units in which anything was new.
        skipped: files that were not read, with why.
    """

    root: str
    changed: frozenset[str]
    skipped: tuple[Skipped, ...]


def ingest(
    store: Store,
    path: Path,
    *,
    format: str | None = None,
    ignore: Sequence[str] = (),
    profiles: Sequence[tuple[str, str]] = (),
    progress: Progress = lambda units: units,
    memory: Memory | None = None,
) -> Ingested:
    """Read on in every log at a path; arguments and errors as in `forerun.runs.discover.plan`.

    Each step of a reader is committed with the place it then stands at: whatever happens, what was read stays, and the
    next call goes on from there. Runs whose files are gone stay in the store.

    Args:
        store: where to.
        path, format, ignore, profiles: what.
        progress: wraps the list of units, for a progress bar.
        memory: what was seen of the files at the looks before, this one among them; what it knows to be as it was is
            not opened.
    """
    memory = memory or Memory()
    planned = plan(path, format=format, ignore=ignore, profiles=profiles, formats=memory.formats)
    stale = memory.stale(unit for unit, _ in planned.units)
    root = str(planned.root.resolve() if path.is_dir() else path.resolve())
    changed: set[str] = set()
    skipped = list(planned.skipped)
    with one_moment():
        for unit, name in progress(planned.units):
            if (unit, name) not in memory.problems or unit in stale:
                grew, memory.problems[unit, name] = _unit(store, root, planned, unit, name)
                changed |= {planned.relative(unit)} if grew else set()
            skipped += memory.problems[unit, name]
    return Ingested(root, frozenset(changed), tuple(skipped))


def _unit(store: Store, root: str, planned: Plan, unit: Path, name: str) -> tuple[bool, list[Skipped]]:
    """Whether anything was new in a unit, and what could not be read."""
    place, reader = planned.relative(unit), planned.readers[name]
    grew, skipped = False, list[Skipped]()
    try:
        files = reader.files(unit)
    except UnreadableLog as error:
        return False, [Skipped(place, f"{name}: {error.message}")]
    for file in files:
        here = planned.relative(file)
        try:
            source = store.source(root, here, place, name)
            grew |= _read_on(store, source, reader, file)
        except (MissingExtra, Damaged) as error:
            skipped.append(Skipped(here, f"{name}: {error.message}"))
        except UnreadableLog as error:
            store.fail(source, error.message)
    return grew, skipped


def _read_on(store: Store, source: Source, reader: Guarded, file: Path) -> bool:
    """Whether the file held anything new."""
    begun = source
    while True:
        try:
            state = deepcopy(source.state)  # a reader that changed it would seem to be another process
            for step in reader.follow(file, state):
                with boundary(file.name, StoreError, Moved):  # what a store cannot hold of it
                    source = store.advance(source, step, touched=last_touched([file]))
        except Moved:
            source = store.again(source)
            continue
        if source != begun and (source.generation != begun.generation or not begun.state):
            store.settle(source)
        return source != begun


def stored_runs(
    store: Store,
    *,
    root: str | None = None,
    now: float | None = None,
    settings: Mapping[str, Settings] | None = None,
) -> Runs:
    """Every run in a store, as when it is read from its files.

    Args:
        store: where from.
        root: only what was read from there.
        now: unix time, to tell runs that have stalled.
        settings: by root, what its runs are read under.
    """
    runs: list[Run] = []
    skipped = [Skipped(store.db.name, why) for why in store.damage(root=root)]
    for where, unit in store.units(root=root):
        of_unit, problems = unit_runs(store, where, unit, now=now, settings=(settings or {}).get(where))
        runs += of_unit
        skipped += problems
    return Runs(settled(runs, skipped, root_name(store.units(root=root))), tuple(skipped))


def root_name(units: Iterable[tuple[str, str]]) -> str:
    """The name of the folder that units were read from; empty where there are several."""
    roots = {root for root, _ in units}
    return Path(roots.pop()).name if len(roots) == 1 else ""


def unit_runs(
    store: Store,
    root: str,
    unit: str,
    *,
    now: float | None = None,
    half: bool = True,
    settings: Settings | None = None,
) -> tuple[list[Run], list[Skipped]]:
    """The runs of one unit of a store; where there are none, why.

    Args:
        store, root, unit: of which.
        now: unix time, to tell runs that have stalled.
        half: take last lines that have no end for whole; False holds them back.
        settings: what the runs are read under.
    """
    settings = settings or Settings()
    try:
        with boundary(unit, StoreError):
            stored = store.unit(root, unit, half=half, ignore=_ignored(settings, root, unit))
    except StoreError as error:
        return [], [Skipped(unit, str(error))]
    except UnreadableLog as error:
        return [], [Skipped(unit, f"damaged in the store: {error.message}; forerun doctor has more")]
    if not stored.parts and not stored.failed:
        return [], []  # all of it is ignored
    runs: list[Run] = []
    problems: list[Skipped] = []
    by_format: dict[str, list[list[Log]]] = {}
    for part in stored.parts:  # two loggers in one folder are two logs of it, whose runs are put together later
        by_format.setdefault(part[0].format if part else "", []).append(part)
    for parts in by_format.values() or [[]]:
        try:
            with boundary(unit):
                made = assembled(parts, stored.failed, Path(unit), touched=stored.touched, now=now)
                runs += [replace(named(run, unit), settings=settings) for run in made]
        except UnreadableLog as error:
            problems.append(Skipped(unit, error.message))
    return runs, [] if runs else problems[:1]


def _ignored(settings: Settings, root: str, unit: str) -> tuple[str, ...]:
    """Patterns of a root's files that are left out; of a log that was given by its name, or is no file, none."""
    return settings.ignore if root and Path(root).name != unit else ()
