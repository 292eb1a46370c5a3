"""A training run as its log tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal, overload

from forerun.core import face
from forerun.core.curve import Curve
from forerun.core.errors import UnknownName
from forerun.core.frozen import Noun
from forerun.core.schedule import Schedule
from forerun.core.settings import Settings
from forerun.core.table import Table

Status = Literal["running", "stalled", "ended", "finished", "crashed"]

WHY_OVER: Mapping[Status, str] = {
    "finished": "it reached its planned end",
    "ended": "it is no longer written to",
    "crashed": "it crashed",
}
"""What is said of a run that is not running and will not go on by itself."""
OVER: frozenset[Status] = frozenset(WHY_OVER)
_CLOSE = 8  # names listed where none is meant clearly


@dataclass(frozen=True, eq=False)
class Event(Noun):
    """Something that happened to a run at x: a resume, a new log file, a change of configuration."""

    kind: str
    x: float | None
    axis: str
    message: str


@dataclass(frozen=True, eq=False)
class Damage(Noun):
    """A record that could not be read: where, and what it cost.

    Args:
        path: the file, relative to what was read.
        where: line or byte, for example ``"line 12"`` or ``"byte 4096"``.
        why: what was wrong there.
        lost: records lost; None where the log does not let them be counted.
    """

    path: str
    where: str
    why: str
    lost: int | None = None


@dataclass(frozen=True, eq=False)
class Lineage(Noun):
    """Where a run comes from: the run it was forked from, the point of the fork, and what it took over.

    Args:
        parent: the id of that run, or the checkpoint it started from.
        fork_point: x at which it left it.
        warm_start: the weights it began with, as the log names them.
        optimizer_state: what became of the optimizer's state: the checkpoint it was restored from, or ``"reset"``.
    """

    parent: str
    fork_point: float | None = None
    warm_start: str | None = None
    optimizer_state: str | None = None


@dataclass(frozen=True, eq=False)
class Run(Noun):
    """One training run.

    Args:
        id: unique among what was read: the relative path, or ``source/task/run`` for tables.
        curves: one effective curve a metric, with resumes resolved (the latest record wins).
        format: the reader that read it.
        path: where it was read from, relative to what was read.
        status: running means that the log does not say the run has ended, and that it was written to lately as far as
            the reader was told the time; stalled, that it was not for some while; ended, that it has probably ended,
            not having been written to for long, or where the runs beside it ended; finished, that it reached its
            planned end; crashed, that the log says so.
        config: settings as logged.
        horizon: the planned end, per axis, where the log tells it.
        schedule: the learning rate as logged, or None.
        positions: the axes (step, epoch, seconds ...) as they were logged side by side, for conversion.
        segments: for metrics logged in several stretches, each stretch as it was logged, overlaps included.
        events: resumes and the like.
        damage: records lost in reading.
        lineage: fork point and parent where known.
        source, task: where a table's run comes from.
        seed: the seed where logged.
        data_order: what the log tells of the order of training data, or None.
        items: scores of single items, as columns task, item, metric, x and score, where logged.
        name: what a tracker calls it, where that is not its id.
        settings: the project's, under which it was read.
    """

    id: str
    curves: Mapping[str, Curve]
    format: str
    path: str = "."
    status: Status = "running"
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    horizon: Mapping[str, float] = field(default_factory=dict[str, float])
    schedule: Schedule | None = None
    positions: Table = field(default_factory=Table)
    segments: Mapping[str, tuple[Curve, ...]] = field(default_factory=dict[str, tuple[Curve, ...]])
    events: tuple[Event, ...] = ()
    damage: tuple[Damage, ...] = ()
    lineage: Lineage | None = None
    source: str | None = None
    task: str | None = None
    seed: int | None = None
    data_order: str | None = None
    items: Table = field(default_factory=Table)
    name: str | None = None
    settings: Settings = field(default_factory=Settings)

    def __repr__(self) -> str:
        return face.run_text(self)

    def _repr_html_(self) -> str:
        return face.run_html(self)


@dataclass(frozen=True, eq=False)
class Skipped(Noun):
    """A file that was looked at and not read, with why."""

    path: str
    why: str


@dataclass(frozen=True, eq=False)
class Runs(Noun, Sequence[Run]):
    """What ``read`` returns: the runs found, and what was left out.

    A plain sequence of runs, with ``skipped`` beside it. ``runs["name"]`` is the run of that id, of that name, or
    whose id alone ends in it.

    Example:
        >>> runs = Runs((Run("sweep/a.csv", {}, "csv"), Run("sweep/b.csv", {}, "csv")))
        >>> runs["b.csv"].id
        'sweep/b.csv'
        >>> runs
        2 runs (2 csv)
          sweep/a.csv  running   no metric
          sweep/b.csv  running   no metric
    """

    runs: tuple[Run, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @overload
    def __getitem__(self, index: int | str) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Run]: ...
    def __getitem__(self, index: int | str | slice) -> Run | Sequence[Run]:
        return self._named(index) if isinstance(index, str) else self.runs[index]

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __repr__(self) -> str:
        return face.runs_text(self)

    def _repr_html_(self) -> str:
        return face.runs_html(self)

    def _named(self, name: str) -> Run:
        """The run of an id, else the only one of a display name, else the only one whose path ends in it."""
        by_id = {run.id: run for run in self.runs}
        if name in by_id:
            return by_id[name]
        called = [run for run in self.runs if run.name == name]
        ending = [run for run in self.runs if run.id.endswith(f"/{name}")]
        for runs in (called, ending):
            if len(runs) == 1:
                return runs[0]
        several = [run.id for run in called or ending]
        close = [id for id in by_id if name in id] or get_close_matches(name, by_id, n=_CLOSE, cutoff=0.4)
        raise UnknownName("single run" if several else "run", name, (several or close or list(by_id))[:_CLOSE])
