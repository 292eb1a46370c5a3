"""From a path to runs: walk the folder, find each file's format by content, read, and say what was left out."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forerun.core import ForerunError, FrozenMap, MissingExtra, NothingToRead, Run, Runs, Skipped, UnreadableLog
from forerun.runs.beside import one_moment
from forerun.runs.boundary import boundary
from forerun.runs.natural import natural
from forerun.runs.ranks import ranks_merged
from forerun.runs.readers import READERS
from forerun.runs.readers.text import encoding, head_of
from forerun.runs.readers.text_log import with_profiles
from forerun.runs.splits import splits_joined
from forerun.runs.twins import twins_merged
from forerun.runs.units import runs_of
from forerun.runs.ways_out import HIDDEN, way_out

HEAD_BYTES = 65536
_SURE = 0.5  # below this a reader only suspects its format and the file is skipped
_CERTAIN = 0.9  # no further reader is asked
_NOT_LOGS = frozenset(("forerun.toml",))
Progress = Callable[[Iterable[tuple[Path, str]]], Iterable[tuple[Path, str]]]


@dataclass(frozen=True)
class Plan:
    """What is to be read of a path, and what is not.

    Args:
        root: the folder that relative paths start from.
        units: pairs of a unit (a file, or a folder whose files make one run) and its reader's name, in order.
        skipped: files left out, with why.
        readers: the readers by name.
    """

    root: Path
    units: list[tuple[Path, str]]
    skipped: list[Skipped]
    readers: dict[str, Any]

    def relative(self, path: Path) -> str:
        return _relative(path, self.root)


def plan(
    path: Path,
    *,
    format: str | None = None,
    ignore: Sequence[str] = (),
    profiles: Sequence[tuple[str, str]] = (),
    formats: dict[Path, tuple[str | None, str]] | None = None,
) -> Plan:
    """What there is to read at a path, formats found by content.

    Links are not followed. A file no reader is sure of is listed in ``skipped``.

    Args:
        path: a log file or a folder of them.
        format: force this reader on every file.
        ignore: glob patterns of relative paths to leave out.
        profiles: names and descriptions of lines of text logs, beside the known ones.
        formats: what is known of files already, which are not opened; takes what is found of others.

    Raises:
        NothingToRead: the path does not exist or holds no file, or is a file of no known format.
        UnknownName: no such format.
    """
    if not path.exists():
        raise NothingToRead("does not exist", where=str(path))
    path = path.resolve() if path.is_symlink() else path  # what is asked for by name is followed, what is found is not
    readers = _load_readers(format, profiles)
    root = path if path.is_dir() else path.parent
    unseen: list[Skipped] = []
    files = list(_files(path, ignore, unseen)) if path.is_dir() else [path]
    if not files and unseen:
        raise NothingToRead(unseen[0].why, where=str(path))
    if not files:
        looked_for = ", ".join(READERS.names())
        raise NothingToRead(f"no files in it; looked for logs of the formats {looked_for}", where=str(path))
    with one_moment():
        units, left = _units(files, readers, root, {} if formats is None else formats, single=path.is_file())
    return Plan(root, units, [*unseen, *left], readers)


def read_path(
    path: Path,
    *,
    format: str | None = None,
    ignore: Sequence[str] = (),
    profiles: Sequence[tuple[str, str]] = (),
    now: float | None = None,
    progress: Progress = lambda units: units,
) -> Runs:
    """Every run found at a path; arguments and errors as in `plan`.

    A file that its reader cannot read is listed in ``skipped``.

    Args:
        path, format, ignore, profiles: as in `plan`.
        now: unix time, to tell runs that have stalled; None to tell none.
        progress: wraps the list of units, for a progress bar.

    Raises:
        ForerunError: the path is a single file that cannot be read.
    """
    planned = plan(path, format=format, ignore=ignore, profiles=profiles)
    runs: list[Run] = []
    skipped = list(planned.skipped)
    with one_moment():
        for unit, name in progress(planned.units):
            try:
                runs += [named(run, planned.relative(unit)) for run in runs_of(planned.readers[name], unit, now=now)]
            except ForerunError as error:
                if path.is_file() or (isinstance(error, MissingExtra) and len(planned.units) == 1):
                    raise
                skipped.append(Skipped(planned.relative(unit), f"{name}: {error.message}"))
    return Runs(settled(runs, skipped, planned.root.resolve().name), tuple(skipped))


def _load_readers(format: str | None, profiles: Sequence[tuple[str, str]]) -> dict[str, Any]:
    readers = {name: READERS.load(name) for name in ([format] if format else READERS.working())}
    if profiles and "text" in readers:
        readers["text"] = with_profiles(profiles)
    return readers


def _files(root: Path, ignore: Sequence[str], unseen: list[Skipped]) -> Iterator[Path]:
    def closed(error: OSError) -> None:
        unseen.append(Skipped(_relative(Path(error.filename), root), f"cannot be opened: {error.strerror}"))

    for folder, names, files in os.walk(root, onerror=closed, followlinks=False):
        unseen += [Skipped(_relative(Path(folder, name), root), HIDDEN[name]) for name in names if name in HIDDEN]
        names[:] = sorted((name for name in names if not name.startswith(".")), key=natural)
        for name in sorted(files, key=natural):
            file = Path(folder, name)
            relative = file.relative_to(root).as_posix()
            wanted = not any(fnmatch.fnmatch(relative, pattern) for pattern in ignore)
            if wanted and not name.startswith(".") and name not in _NOT_LOGS:
                yield file


def _units(
    files: list[Path],
    readers: dict[str, Any],
    root: Path,
    formats: dict[Path, tuple[str | None, str]],
    *,
    single: bool,
) -> tuple[list[tuple[Path, str]], list[Skipped]]:
    units: dict[tuple[Path, str], None] = {}
    unread: dict[Path, str] = {}
    for file in files:
        if file not in formats:
            formats[file] = _sniff(file, readers)
        name, why = formats[file]
        if name is None:
            if single:
                raise NothingToRead(f"{why}; --format forces a reader", where=str(file))
            unread[file] = why
            continue
        try:
            with boundary(file.name):
                unit = getattr(readers[name], "unit", lambda file: file)(file)
        except UnreadableLog as error:
            unread[file] = f"{name}: {error.message}"
            continue
        inside = not single and (unit == root or root in unit.parents)
        units[unit if inside else file, name] = None
    read_along = {unit / name for unit, reader in units for name in getattr(readers[reader], "COMPANIONS", ())}
    again = {(unit, other) for unit, reader in units for other in getattr(readers[reader], "REPEATS", ())}
    read_along |= {twin for unit, name in units for twin in getattr(readers[name], "twins", lambda unit: ())(unit)}
    left = [Skipped(_relative(file, root), why) for file, why in unread.items() if file not in read_along]
    return [(unit, name) for unit, name in units if unit not in read_along and (unit, name) not in again], left


def _sniff(file: Path, readers: dict[str, Any]) -> tuple[str | None, str]:
    if file.is_symlink():
        return None, "a link; links are not followed"
    if not file.is_file():
        return None, "not a regular file"
    try:
        head = head_of(file, HEAD_BYTES)
    except ForerunError as error:
        return None, error.message
    if not head:
        return None, "empty"
    if len(readers) == 1:
        return next(iter(readers)), ""
    sure: dict[str, float] = {}
    fell = ""
    for name, reader in readers.items():
        try:
            sure[name] = float(reader.sniff(file, head))
        except Exception as error:  # a reader that falls over a file's start does not know it
            sure[name], fell = 0.0, f"{name}: {type(error).__name__}: {str(error)[:200]}"
        if sure[name] >= _CERTAIN:
            break
    best = max(sure, key=lambda name: sure[name])
    if sure[best] >= _SURE:
        return best, ""
    if (known := way_out(file, head)) is not None:
        return None, known
    if sure[best] > 0:
        return None, f"resembles {best}, which needs: {readers[best].CARD.needs}"
    kind = "" if encoding(head) else "binary, and "
    return None, fell or f"{kind}no log format Forerun knows"


def named(run: Run, path: str) -> Run:
    """The run with its place: a table's runs name themselves; others are named by the path of their unit and, where
    that holds several, by what it calls them."""
    own = run.id if run.source is not None or run.task is not None or run.format == "tidy" else ""
    between = "" if run.id.startswith("#") else "/"
    return replace(run, id=own or (f"{path}{between}{run.id}" if run.id else path), path=path)


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path != root else path.resolve().name


def settled(runs: Iterable[Run], skipped: list[Skipped], root: str = "") -> tuple[Run, ...]:
    """The runs of many units as those of one path: of one id one, of several ranks, splits or logs of a run one.

    Args:
        runs: as they were read of their units.
        skipped: takes what is left out.
        root: name of the folder they were read from.
    """
    return tuple(twins_merged(splits_joined(ranks_merged(unique(runs, skipped)), root), root))


def unique(runs: Iterable[Run], skipped: list[Skipped]) -> Iterator[Run]:
    """Runs of one id merged: a table may hold a run's metrics in several files, two loggers may write into one folder.

    A metric that stands in both is kept from the first and listed in ``skipped``.
    """
    by_id: dict[str, Run] = {}
    for run in runs:
        by_id[run.id] = _merged(by_id[run.id], run, skipped) if run.id in by_id else run
    yield from by_id.values()


def _merged(first: Run, second: Run, skipped: list[Skipped]) -> Run:
    both = sorted(first.curves.keys() & second.curves.keys())
    if both:
        where = first.path if first.path != second.path else f"the log of format {first.format} there"
        skipped.append(Skipped(second.path, f"{second.id}: {', '.join(both)} already read from {where}"))
    curves = FrozenMap({**second.curves, **first.curves})
    config = FrozenMap({**second.config, **first.config})
    schedule = first.schedule or second.schedule
    damage = first.damage + second.damage
    return replace(first, curves=curves, config=config, schedule=schedule, damage=damage)
