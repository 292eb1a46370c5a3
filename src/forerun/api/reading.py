"""`read`: every run at a path; and what a verb may be handed instead: a run, runs, or a path."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from forerun.core import BadInput, FrozenMap, NothingToRead, Run, Runs, Settings
from forerun.runs.copies import copies_ended
from forerun.runs.discover import Progress, read_path, unique
from forerun.runs.horizon import reached
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.settings import settings_of
from forerun.runs.settings_files import is_settings, with_settings_files
from forerun.runs.siblings import seen_beside
from forerun.runs.store import Store, is_store

Where = str | os.PathLike[str]


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
        settings: what the runs are read under and then carry; default those of ``forerun.toml`` in the folder given,
            or in that of the file given, and for logs in a store that have none of the one beside the store.
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
    of_paths = [_read_one(one, format, settings, store, moment, progress) for one in paths]
    skipped = [skipped for one in of_paths for skipped in one.skipped]
    return Runs(tuple(unique(_apart(paths, of_paths), skipped)), tuple(skipped))


def _read_one(
    path: Path,
    format: str | None,
    settings: Settings | None,
    store: Where | None,
    now: float | None,
    progress: Progress,
) -> Runs:
    roots = [path]
    if is_store(path) and store is not None:
        raise BadInput("a store is not read into another; give the logs it was read from", where=str(path))
    if is_store(path):
        with Store(path, create=False) as opened:
            runs, roots = stored_runs(opened, now=now, settings=_by_root(opened, settings)), roots_of(opened)
        if not runs and not runs.skipped:
            raise NothingToRead("a store without runs; fill it with forerun read LOGS --store", where=str(path))
    elif store is not None:
        runs = _read_into(Path(store), path, format, settings or settings_of(path, Path(store)), now, progress)
    else:
        own = settings or settings_of(path)
        runs = read_path(path, format=format, ignore=own.ignore, profiles=own.profile, now=now, progress=progress)
        runs = Runs(tuple(replace(run, settings=own) for run in runs), runs.skipped)
    skipped = tuple(one for one in runs.skipped if not is_settings(one.path))
    return Runs(in_context(runs, roots, now), skipped if runs else runs.skipped)


def _by_root(store: Store, settings: Settings | None) -> dict[str, Settings]:
    """By path that was read into a store, the settings of its runs: those given, else the project's."""
    roots = {root for root, _ in store.units()}
    return {root: settings or settings_of(root, store.path) for root in roots}


def roots_of(store: Store) -> list[Path]:
    """The paths that were read into a store."""
    return [Path(root) for root in dict.fromkeys(root for root, _ in store.units()) if root]


def in_context(runs: Iterable[Run], roots: Sequence[Path], now: float | None) -> tuple[Run, ...]:
    """The runs with what their settings say, and whether they go on by the files and runs beside them.

    Args:
        runs: all that were read together.
        roots: the paths they were read from.
        now: unix time; None leaves the runs' status to their logs.
    """
    listed = [with_settings(run, run.settings) for run in with_settings_files(list(runs), roots)]
    return seen_beside(listed if now is None else copies_ended(listed, roots, now))


def _read_into(
    store: Path, path: Path, format: str | None, settings: Settings, now: float | None, progress: Progress
) -> Runs:
    """The runs at a path, read on into a store and from there."""
    with Store(store) as opened:
        ignore = (*settings.ignore, store.name, f"{store.name}-wal", f"{store.name}-shm")
        read_on = ingest(opened, path, format=format, ignore=ignore, profiles=settings.profile, progress=progress)
        runs = stored_runs(opened, root=read_on.root, now=now, settings={read_on.root: settings})
    return Runs(runs.runs, (*read_on.skipped, *runs.skipped))


def with_settings(run: Run, settings: Settings) -> Run:
    """The run under a project's settings: it carries them, and has their horizon and direction where they apply.

    Example:
        >>> from forerun import Curve
        >>> run = Run("r", {"gap": Curve([1, 2], [1.0, 2.0], metric="gap")}, "example")
        >>> mine = with_settings(run, Settings(metric="gap", direction="max", horizon=90))
        >>> mine.curves["gap"].direction, mine.horizon["step"], mine.settings.metric
        ('max', 90, 'gap')
    """
    run = run if run.settings == settings else replace(run, settings=settings)
    axis = next(iter(run.curves.values())).axis if run.curves else "step"
    if settings.horizon is not None and axis not in run.horizon:
        finished = run.status in ("running", "stalled", "ended") and reached(settings.horizon, run.curves.values())
        horizon = FrozenMap({**run.horizon, axis: settings.horizon})
        run = replace(run, horizon=horizon, status="finished" if finished else run.status)
    curve = run.curves.get(settings.metric or "")
    if curve is not None and settings.direction is not None and curve.direction != settings.direction:
        curves = FrozenMap({**run.curves, curve.metric: replace(curve, direction=settings.direction)})
        run = replace(run, curves=curves)
    return run


def _apart(paths: Sequence[Path], of_paths: Sequence[Runs]) -> list[Run]:
    """All runs; logs whose relative path stands under several of the paths are told apart by it."""
    count = Counter(run.id for runs in of_paths for run in runs if run.source is None)
    return [
        replace(run, id=f"{path}/{run.id}") if count[run.id] > 1 else run
        for path, runs in zip(paths, of_paths, strict=True)
        for run in runs
    ]


def runs_of(what: Run | Iterable[Run] | Where) -> list[Run]:
    """The runs a verb was handed, read where it was handed a path."""
    if isinstance(what, Run):
        return [what]
    return list(read(what)) if isinstance(what, (str, os.PathLike)) else list(what)
