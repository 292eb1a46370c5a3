"""`read`: every run at a path; and what a verb may be handed instead: a run, runs, or a path."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from forerun.core import BadInput, FrozenMap, NothingToRead, Run, Runs
from forerun.runs.copies import copies_ended
from forerun.runs.discover import Progress, read_path, unique
from forerun.runs.horizon import reached
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.settings import Settings, settings_beside
from forerun.runs.settings_files import is_settings, with_settings_files
from forerun.runs.siblings import seen_beside
from forerun.runs.store import Store, is_store

Where = str | os.PathLike[str]


def settings_of(path: Where) -> Settings:
    """The project settings in ``forerun.toml`` beside the logs at ``path``; empty ones where there is none.

    A store without one beside it has those of the logs that were read into it.
    """
    beside = settings_beside(Path(path))
    if beside != Settings() or not is_store(Path(path)):
        return beside
    with Store(Path(path), create=False) as store:
        roots = roots_of(store)
    return next((told for root in roots if (told := settings_beside(root)) != Settings()), beside)


def read(
    path: Where | Sequence[Where],
    *,
    format: str | None = None,
    settings: Settings | None = None,
    store: Where | None = None,
    now: float | Literal["clock"] | None = "clock",
    progress: Progress = lambda units: units,
) -> Runs:
    """Read every run at a path: a log file, a folder of logs in any format, a tidy table, or a store.

    Args:
        path: one path or several; ids of several paths' runs are kept apart by the path where they collide.
        format: force one reader instead of detecting formats by content.
        settings: project settings; default those of ``forerun.toml`` beside the logs.
        store: a file to keep what is read in, made when it is new. What it holds of these logs already is not read
            again, and runs whose logs are gone since stay in it.
        now: unix time, to tell runs that have stalled or ended; default the present. None says neither of any.
        progress: wraps the list of files to be read, for a progress bar.

    Raises:
        StoreError: the store cannot be written to.
        NothingToRead: no such path, or nothing in it.
        UnreadableLog: a single file that cannot be read.
        UnknownName: no such format.

    Example:
        >>> import tempfile, pathlib
        >>> log = pathlib.Path(tempfile.mkdtemp(), "run.csv")
        >>> _ = log.write_text("step,loss\\n1,3.0\\n2,2.5\\n")
        >>> read(log)[0].curves["loss"].y.tolist()
        [3.0, 2.5]
    """
    paths = [Path(path)] if isinstance(path, (str, os.PathLike)) else [Path(one) for one in path]
    moment = time.time() if now == "clock" else now
    found = [_read_one(one, format, settings, store, moment, progress) for one in paths]
    skipped = [skipped for one in found for skipped in one.skipped]
    return Runs(tuple(unique(_apart(paths, found), skipped)), tuple(skipped))


def _read_one(
    path: Path,
    format: str | None,
    settings: Settings | None,
    store: Where | None,
    now: float | None,
    progress: Progress,
) -> Runs:
    told, roots = settings or settings_of(path), [path]
    if is_store(path) and store is not None:
        raise BadInput("a store is not read into another; give the logs it was read from", where=str(path))
    if is_store(path):
        with Store(path, create=False) as held:
            runs, roots = stored_runs(held, now=now), roots_of(held)
        if not runs and not runs.skipped:
            raise NothingToRead("a store without runs; fill it with forerun read LOGS --store", where=str(path))
    elif store is not None:
        runs = _kept(path, Path(store), format, told, now, progress)
    else:
        runs = read_path(path, format=format, ignore=told.ignore, profiles=told.profile, now=now, progress=progress)
    skipped = tuple(one for one in runs.skipped if not is_settings(one.path))
    return Runs(in_context(runs, told, roots, now), skipped if runs else runs.skipped)


def roots_of(store: Store) -> list[Path]:
    """The paths that were read into a store."""
    return [Path(root) for root in dict.fromkeys(root for root, _ in store.units()) if root]


def in_context(runs: Iterable[Run], settings: Settings, roots: Sequence[Path], now: float | None) -> tuple[Run, ...]:
    """The runs with what their project's settings say, and whether they go on by the files and runs beside them.

    Args:
        runs: all that were read together.
        roots: the paths they were read from.
        now: unix time; None leaves the runs' status to their logs.
    """
    listed = [with_settings(run, settings) for run in with_settings_files(list(runs), roots)]
    return seen_beside(listed if now is None else copies_ended(listed, roots, now))


def _kept(path: Path, store: Path, format: str | None, told: Settings, now: float | None, progress: Progress) -> Runs:
    """The runs at a path, read on into a store and from there."""
    with Store(store) as held:
        ignore = (*told.ignore, store.name, f"{store.name}-wal", f"{store.name}-shm")
        read_on = ingest(held, path, format=format, ignore=ignore, profiles=told.profile, progress=progress)
        runs = stored_runs(held, root=read_on.root, now=now)
    return Runs(runs.runs, (*read_on.skipped, *runs.skipped))


def with_settings(run: Run, told: Settings) -> Run:
    """The run with the project's horizon and direction where they apply."""
    axis = next(iter(run.curves.values())).axis if run.curves else "step"
    if told.horizon is not None and axis not in run.horizon:
        finished = run.status in ("running", "stalled", "ended") and reached(told.horizon, run.curves.values())
        horizon = FrozenMap({**run.horizon, axis: told.horizon})
        run = replace(run, horizon=horizon, status="finished" if finished else run.status)
    curve = run.curves.get(told.metric or "")
    if curve is not None and told.direction is not None and curve.direction != told.direction:
        run = replace(run, curves=FrozenMap({**run.curves, curve.metric: replace(curve, direction=told.direction)}))
    return run


def _apart(paths: Sequence[Path], found: Sequence[Runs]) -> list[Run]:
    """All runs; logs whose relative path stands under several of the paths are told apart by it."""
    count = Counter(run.id for runs in found for run in runs if run.source is None)
    return [
        replace(run, id=f"{path}/{run.id}") if count[run.id] > 1 else run
        for path, runs in zip(paths, found, strict=True)
        for run in runs
    ]


def runs_of(what: Run | Iterable[Run] | Where) -> list[Run]:
    """The runs a verb was handed, read where it was handed a path."""
    if isinstance(what, Run):
        return [what]
    return list(read(what)) if isinstance(what, (str, os.PathLike)) else list(what)


def project_of(what: Run | Iterable[Run] | Where) -> Settings:
    """The settings beside the logs when a path is given; runs already read bring none."""
    return settings_of(str(what)) if isinstance(what, (str, os.PathLike)) else Settings()
