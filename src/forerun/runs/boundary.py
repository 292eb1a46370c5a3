"""What a reader may cost: whatever it raises, or gives that is none of what it promised, costs its file and is told.

Everything a reader is asked goes through `Reader`, built-in or a third party's, so that nothing of it reaches the other
files. What ends the process from outside Python, as ``os._exit`` does, cannot be held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from forerun.core import ForerunError, MissingExtra, Run, UnreadableLog
from forerun.runs.log import Log, State, Step, log_of_run
from forerun.runs.regular import is_regular, walk

Item = TypeVar("Item")
_LONGEST = 200  # characters of another's message


@contextmanager
def boundary(where: str, *passing: type[Exception]) -> Iterator[None]:
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
    try:
        yield
    except (UnreadableLog, MissingExtra, *passing):
        raise
    except ForerunError as error:
        raise UnreadableLog(error.message, where=where) from error
    except (Exception, SystemExit) as error:
        told = getattr(error, "strerror", None) or error  # of a file, without its whole path
        raise UnreadableLog(f"{type(error).__name__}: {str(told)[:_LONGEST]}", where=where) from error


def bounded(begin: Callable[[], Iterable[Item]], where: str) -> Iterator[Item]:
    """The items of what a reader begins, its errors within the boundary."""
    with boundary(where):
        yield from begin()


@dataclass(frozen=True)
class Reader:
    """A reader behind the boundary; `forerun.runs.readers` says what its functions are.

    Args:
        name: what it is called.
        module: what holds its functions; those that are optional have their defaults here.

    Example:
        >>> from forerun.runs.readers import delimited
        >>> csv = Reader("csv", delimited)
        >>> csv.sniff(Path("a.csv"), b"step,loss") > csv.sniff(Path("a"), b"hm")
        True
    """

    name: str
    module: Any

    @property
    def follows(self) -> bool:
        return hasattr(self.module, "follow")

    @property
    def needs(self) -> str:
        """What its card says that it needs."""
        return str(getattr(getattr(self.module, "CARD", None), "needs", "nobody says what"))

    def sniff(self, file: Path, head: bytes) -> float:
        """How sure it is, from 0 to 1, that a file is of its format."""
        with boundary(file.name):
            sure = float(self.module.sniff(file, head))
            if math.isnan(sure):
                raise UnreadableLog("sniff gave nan", where=file.name)
            return min(max(sure, 0.0), 1.0)

    def unit(self, file: Path) -> Path:
        """The file or folder that makes the runs which a file is of."""
        with boundary(file.name):
            found = getattr(self.module, "unit", lambda file: file)(file)
            return self._of(found, Path, "unit", file.name)

    def files(self, unit: Path) -> list[Path]:
        """The files of a unit in the order of their paths; links are left out."""
        if not self.follows or not unit.is_dir():
            return [unit]
        with boundary(unit.name):
            found = [self._of(file, Path, "files", unit.name) for file in self.module.files(unit)]
        return sorted(file for file in found if is_regular(file))

    def read_along(self, unit: Path) -> set[Path]:
        """Files of a unit that are no logs of their own: companions, and those that hold the same run once more."""
        with boundary(unit.name):
            along = {unit / str(name) for name in getattr(self.module, "COMPANIONS", ())}
            return along | {Path(twin) for twin in getattr(self.module, "twins", lambda unit: ())(unit)}

    def repeats(self, unit: Path) -> set[tuple[Path, str]]:
        """Units whose logs, read by which readers, hold the same numbers once more."""
        with boundary(unit.name):
            return {(unit, str(other)) for other in getattr(self.module, "REPEATS", ())}

    def follow(self, file: Path, state: State) -> Iterator[Step]:
        """What a file has gained since ``state``; one without ``follow`` is read again whenever its file changes."""
        return bounded(lambda: self._steps(file, state), file.name)

    def runs(self, unit: Path) -> Iterator[Run]:
        """The runs in a unit, of a reader without ``follow``."""
        return bounded(lambda: (self._of(run, Run, "read", unit.name) for run in self.module.read(unit)), unit.name)

    def _steps(self, file: Path, state: State) -> Iterator[Step]:
        for step in self.module.follow(file, state) if self.follows else self._anew(file, state):
            self._of(step, Step, "follow", file.name)
            for log in step.every:
                self._of(self._of(log, Log, "follow", file.name).id, str, "follow", file.name)
            yield step

    def _anew(self, unit: Path, state: State) -> Iterator[Step]:
        inside = walk(unit, {}) if unit.is_dir() else ()
        files = sorted(folder / name for folder, _, names in inside for name in names) or [unit]
        told = [file.lstat() for file in files]
        stamp = {"stamp": [[one.st_size, one.st_mtime_ns, one.st_ino] for one in told]}
        if stamp != dict(state):
            yield Step(stamp, [log_of_run(run) for run in self.runs(unit)], fresh=bool(state))

    def _of(self, found: Any, kind: type, function: str, where: str) -> Any:
        """What a function gave, if it is of a kind."""
        if not isinstance(found, kind):
            raise UnreadableLog(f"{function} gave a {type(found).__name__}, not a {kind.__name__}", where=where)
        return found
