"""What a reader may cost: whatever it raises, or gives that is none of what it promised, costs its file and is told.

Every call of a reader goes through `Guarded`, built-in or a third party's, so that nothing of it reaches the other
files. What ends the process from outside Python, as ``os._exit`` does, cannot be held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from forerun.core import ForerunError, MissingExtra, Run, UnreadableLog
from forerun.runs.log import Log, State, Step, log_of_run
from forerun.runs.readers.reader import Reader
from forerun.runs.regular import is_regular, walk

Item = TypeVar("Item")
_LONGEST = 200  # characters of another's message


class boundary:
    """Any error inside becomes an `UnreadableLog` that names it; an extra that is missing stays one.

    ``sys.exit`` counts as an error, an interrupt by the user does not.

    Args:
        where: the file or folder.
        passing: errors that are not the reader's, and stay as they are.

    Example:
        >>> with boundary("a.csv"):
        ...     float("0.0025.")
        Traceback (most recent call last):
        ...
        forerun.core.errors.UnreadableLog: a.csv: ValueError: could not convert string to float: '0.0025.'
    """

    __slots__ = ("_passing", "_where")

    def __init__(self, where: str, *passing: type[Exception]) -> None:
        self._where, self._passing = where, passing

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None or not isinstance(error, (Exception, SystemExit)):
            return
        if isinstance(error, (UnreadableLog, MissingExtra, *self._passing)):
            return
        if isinstance(error, ForerunError):
            raise UnreadableLog(error.message, where=self._where) from error
        message = error.strerror if isinstance(error, OSError) and error.strerror else error  # without the whole path
        raise UnreadableLog(f"{type(error).__name__}: {str(message)[:_LONGEST]}", where=self._where) from error


def bounded(begin: Callable[[], Iterable[Item]], where: str) -> Iterator[Item]:
    """The items of what a reader begins, its errors within the boundary."""
    with boundary(where):
        yield from begin()


@dataclass(frozen=True)
class Guarded:
    """A reader behind the boundary.

    Args:
        name: what it is called.
        reader: what is called.

    Example:
        >>> from forerun.runs.readers import READERS
        >>> Guarded("csv", READERS.load("csv")).unit(Path("logs/a.csv")).as_posix()
        'logs/a.csv'
    """

    name: str
    reader: Reader

    def sniff(self, file: Path, head: bytes) -> float:
        """How sure it is, from 0 to 1, that a file is of its format."""
        try:
            sure = float(self.reader.sniff(file, head))
        except (Exception, SystemExit):  # dozens of readers look at each file: a boundary is drawn where one falls
            with boundary(file.name):
                raise
        if math.isnan(sure):
            raise UnreadableLog("sniff gave nan", where=file.name)
        return min(max(sure, 0.0), 1.0)

    def unit(self, file: Path) -> Path:
        """The file or folder that makes the runs which a file is of."""
        if self.reader.unit is None:
            return file
        with boundary(file.name):
            return _given(self.reader.unit(file), Path, "unit", file.name)

    def files(self, unit: Path) -> list[Path]:
        """The files of a unit in the order of their paths; links are left out."""
        if self.reader.files is None or not unit.is_dir():
            return [unit]
        with boundary(unit.name):
            files = [_given(file, Path, "files", unit.name) for file in self.reader.files(unit)]
        return sorted(file for file in files if is_regular(file))

    def read_along(self, unit: Path) -> set[Path]:
        """Files of a unit that are no logs of their own: companions, and those that hold the same run once more."""
        with boundary(unit.name):
            twins = () if self.reader.twins is None else self.reader.twins(unit)
            return {*(unit / name for name in self.reader.companions), *(Path(twin) for twin in twins)}

    def repeats(self, unit: Path) -> set[tuple[Path, str]]:
        """Units whose logs, read by which readers, hold the same numbers once more."""
        with boundary(unit.name):
            return {(unit, other) for other in self.reader.repeats}

    def follow(self, file: Path, state: State) -> Iterator[Step]:
        """What a file has gained since ``state``; one that is read whole is so again whenever its file changes."""
        return bounded(lambda: self._steps(file, state), file.name)

    def runs(self, unit: Path) -> Iterator[Run]:
        """The runs in a unit that is read whole."""
        return bounded(lambda: self._whole(unit), unit.name)

    def _steps(self, file: Path, state: State) -> Iterator[Step]:
        follow = self._anew if self.reader.follow is None else self.reader.follow
        for step in follow(file, state):
            _given(step, Step, "follow", file.name)
            for log in step.every:
                _given(_given(log, Log, "follow", file.name).id, str, "follow", file.name)
            yield step

    def _whole(self, unit: Path) -> Iterator[Run]:
        runs = () if self.reader.read is None else self.reader.read(unit)
        return (_given(run, Run, "read", unit.name) for run in runs)

    def _anew(self, unit: Path, state: State) -> Iterator[Step]:
        inside = walk(unit, {}) if unit.is_dir() else ()
        files = sorted(folder / name for folder, _, names in inside for name in names) or [unit]
        stats = [file.lstat() for file in files]
        stamp = {"stamp": [[stat.st_size, stat.st_mtime_ns, stat.st_ino] for stat in stats]}
        if stamp != dict(state):
            yield Step(stamp, [log_of_run(run) for run in self.runs(unit)], fresh=bool(state))


def _given(value: object, kind: type[Item], function: str, where: str) -> Item:
    """What a function gave, if it is of a kind: a type is a promise, which others may break."""
    if not isinstance(value, kind):
        raise UnreadableLog(f"{function} gave a {type(value).__name__}, not a {kind.__name__}", where=where)
    return value
