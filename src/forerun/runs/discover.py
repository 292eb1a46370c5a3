"""From a path to runs: walk the folder, find each file's format by content, read, and say what was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forerun.core import BrokenPlugin, ForerunError, FrozenMap, MissingExtra, NothingToRead, Run, Runs, Skipped
from forerun.runs.beside import one_moment
from forerun.runs.boundary import Guarded, boundary
from forerun.runs.log import writable
from forerun.runs.natural import natural
from forerun.runs.ranks import ranks_merged
from forerun.runs.readers import READERS
from forerun.runs.readers.text import encoding, head_of
from forerun.runs.readers.text_log import with_profiles
from forerun.runs.regular import irregular, is_folder, is_ignored, is_regular, leads_into, walk
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
    readers: dict[str, Guarded]

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

    Links are not followed. A file no reader is sure of is listed in ``skipped``, and so is what a reader fell over.

    Args:
        path: a log file or a folder of them.
        format: force this reader on every file.
        ignore: glob patterns of relative paths to leave out.
        profiles: names and descriptions of lines of text logs, beside the known ones.
        formats: what is known of files already, which are not opened; takes what is found of others.

    Raises:
        NothingToRead: the path does not exist, holds no file, is no regular file, or is a file of no known format.
        UnknownName: no such format.
        BrokenPlugin: the format is a third party's that does not load.
    """
    folder = is_folder(path)
    if not folder and (why := irregular(path)) is not None:
        raise NothingToRead(why, where=str(path))
    path = path.resolve() if path.is_symlink() else path  # what is asked for by name is followed, what is found is not
    readers, broken = _load_readers(format, profiles)
    root = path if folder else path.parent
    unseen: list[Skipped] = []
    files = list(_files(path, ignore, unseen)) if folder else [path]
    if not files and unseen:
        raise NothingToRead(unseen[0].why, where=str(path))
    if not files:
        looked_for = ", ".join(READERS.names())
        raise NothingToRead(f"no files in it; looked for logs of the formats {looked_for}", where=str(path))
    known = {} if formats is None else formats
    with one_moment():
        units, left = _units(files, _Sniffer(readers, broken, known), root, single=not folder)
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
                with boundary(unit.name):
                    of_unit = list(runs_of(planned.readers[name], unit, now=now))
                    runs += [named(run, planned.relative(unit)) for run in of_unit]
            except ForerunError as error:
                if not path.is_dir() or (isinstance(error, MissingExtra) and len(planned.units) == 1):
                    raise
                skipped.append(Skipped(planned.relative(unit), f"{name}: {error.message}"))
    return Runs(settled(runs, skipped, planned.root.resolve().name), tuple(skipped))


def _load_readers(format: str | None, profiles: Sequence[tuple[str, str]]) -> tuple[dict[str, Guarded], list[str]]:
    """The readers by name, and why others do not load."""
    if format is not None:
        readers, broken = {format: Guarded(format, READERS.load(format))}, []
    else:
        readers, broken = {}, []
        for name in READERS.names():
            try:
                readers[name] = Guarded(name, READERS.load(name))
            except (BrokenPlugin, MissingExtra) as error:
                broken.append(error.message)
    if profiles and "text" in readers:
        readers["text"] = Guarded("text", with_profiles(profiles))
    return readers, broken


def _files(root: Path, ignore: Sequence[str], unseen: list[Skipped]) -> Iterator[Path]:
    closed: dict[Path, str] = {}
    for folder, names, files in walk(root, closed):
        unseen += [Skipped(_relative(folder / name, root), HIDDEN[name]) for name in names if name in HIDDEN]
        names[:] = sorted((name for name in names if not name.startswith(".")), key=natural)
        for name in sorted(files, key=natural):
            file = folder / name
            relative = file.relative_to(root).as_posix()
            twice = leads_into(file, root)  # the walk comes to it by itself, as to what W&B's latest-run links to
            if not is_ignored(relative, ignore) and not twice and not name.startswith(".") and name not in _NOT_LOGS:
                yield file
    unseen += [Skipped(_relative(folder, root), why) for folder, why in closed.items()]


def _units(
    files: list[Path], sniffer: _Sniffer, root: Path, *, single: bool
) -> tuple[list[tuple[Path, str]], list[Skipped]]:
    units: dict[tuple[Path, str], None] = {}
    left: dict[Path, str] = {}
    for file in files:
        name, unit, hint = None, file, ""
        try:
            with boundary(file.name):
                if file not in sniffer.known:
                    sniffer.known[file] = sniffer.format_of(file)
                name, why = sniffer.known[file]
            hint = "; --format forces a reader"
            unit = file if name is None else sniffer.readers[name].unit(file)
        except ForerunError as error:
            name, why = None, error.message if name is None else f"{name}: {error.message}"
        if single and name is None:
            raise NothingToRead(why + hint, where=str(file))
        if why:
            left[file] = why
        if name is not None:
            inside = not single and (unit == root or root in unit.parents)
            units[unit if inside else file, name] = None
    along: set[Path] = set()
    again: set[tuple[Path, str]] = set()
    for unit, name in units:
        try:
            along |= sniffer.readers[name].read_along(unit)
            again |= sniffer.readers[name].repeats(unit)
        except ForerunError as error:
            left[unit] = f"{name}: {error.message}"
    skipped = [Skipped(_relative(file, root), why) for file, why in left.items() if file not in along]
    return [(unit, name) for unit, name in units if unit not in along and (unit, name) not in again], skipped


@dataclass(frozen=True)
class _Sniffer:
    """Whose a file is.

    Args:
        readers: the readers that are asked, by name.
        broken: why others cannot be asked, which is told of files that nobody knows.
        known: what was found of files before.
    """

    readers: dict[str, Guarded]
    broken: Sequence[str]
    known: dict[Path, tuple[str | None, str]]

    def format_of(self, file: Path) -> tuple[str | None, str]:
        """The reader that is surest of a file, if one is sure enough; and what there is to be told of it.

        Raises:
            UnreadableLog, MissingExtra: the file cannot be looked into.
        """
        if not is_regular(file):
            return None, "a link; links are not followed" if file.is_symlink() else "not a regular file"
        head = head_of(file, HEAD_BYTES)
        if not head:
            return None, "empty"
        if len(self.readers) == 1:
            return next(iter(self.readers)), ""
        return self._surest(file, head)

    def _surest(self, file: Path, head: bytes) -> tuple[str | None, str]:
        sure: dict[str, float] = {}
        fell: list[str] = []
        for name, reader in self.readers.items():
            try:
                sure[name] = reader.sniff(file, head)
            except ForerunError as error:  # a reader that falls over a file's start does not know it
                sure[name] = 0.0
                fell.append(f"{name}: {error.message}")
            if sure[name] >= _CERTAIN:
                break
        best = max(sure, key=lambda name: sure[name])
        if sure[best] >= _SURE:
            return best, "; ".join([*fell, f"read as {best}"]) if fell else ""
        if (known := way_out(file, head)) is not None:
            return None, known
        if sure[best] > 0:
            return None, f"resembles {best}, which needs: {self.readers[best].reader.card.needs}"
        kind = "" if encoding(head) else "binary, and "
        return None, "; ".join([f"{kind}no log format Forerun knows", *fell, *self.broken])


def named(run: Run, path: str) -> Run:
    """The run with its place: a table's runs name themselves; others are named by the path of their unit and, where
    that holds several, by what it calls them."""
    own = run.id if run.source is not None or run.task is not None or run.format == "tidy" else ""
    between = "" if run.id.startswith("#") else "/"
    return replace(run, id=own or (f"{path}{between}{run.id}" if run.id else path), path=path)


def _relative(path: Path, root: Path) -> str:
    if path == root:
        return writable(path.resolve().name)
    return writable(path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path))


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
