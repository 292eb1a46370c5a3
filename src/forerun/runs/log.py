"""What a reader decodes: records in the order they were written, which can be added to as a log grows.

A `Log` is a table of records. A record may stand on several axes at once (step, epoch, tokens, wall time) and hold any
number of metrics; a metric's values are kept with the numbers of the records they stand in. So everything a log said
is kept as it was said, nothing is resolved yet, and what a file gained since it was last looked at is a Log too:
``merged`` of the pieces equals the Log of the whole. ``forerun.runs.assemble`` makes a `Run` of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from forerun.core import Array, Damage, Direction, Lineage, Run

WALL = "wall"
"""The axis of moments, in unix seconds; `assemble` makes seconds since the first of them."""
State = Mapping[str, Any]
"""Where a reader stands in a file: what JSON can hold, empty at the start."""


@dataclass
class Unfit:
    """Cells of one metric that hold text: how many, and the first of them."""

    count: int = 0
    first: list[Damage] = field(default_factory=list)

    LISTED = 20


@dataclass
class Log:
    """Records of one run.

    Args:
        format: the reader's name.
        id: which run, where a file holds several; empty when the path names it.
        n: number of records.
        axes: per axis shape (n,), where each record stands on it; NaN where it does not say.
        series: per metric ``(rows, values)``: the records that hold it, increasing, and what was logged there.
        lr: shape (n,), the learning rate each record states for itself, NaN where it does not; None where none does.
        axis: the axis the format counts on; empty for the first of `forerun.core.axes.PREFERENCE` that is there.
        metric_axis: axes that the log itself gives to metrics, by name or by a pattern that ends in ``*``.
        config: settings as logged.
        horizon: planned end per axis, where the format states it; settings such as ``max_steps`` are found without.
        directions: directions the log states itself.
        damage: records that could not be read.
        unfit: text found in a metric's cells. More text than numbers, and it is no metric; less, and it is damage.
        sticky: what shows that a metric's value is an old one, repeated: its group's ``counter`` that stands still, or
            that it stands in a ``bar`` beside a new value of the training; empty where nothing does.
        end: how the log says the run ended; empty while it does not.
        gone: why the run is not wanted any more, as its tracker says it was deleted.
        unended: no line end stands behind its last line, which may be half of one.
        order: orders the files of one run, before their names: a time at which writing began, for example.
        items: scores of single items: ``(task, item, metric, x, score)``, x NaN where unknown.
        source, task, seed, lineage, data_order, name: as in `Run`.
    """

    format: str
    id: str = ""
    n: int = 0
    axes: dict[str, Array] = field(default_factory=dict)
    series: dict[str, tuple[np.ndarray, Array]] = field(default_factory=dict)
    lr: Array | None = None
    axis: str = ""
    metric_axis: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    horizon: dict[str, float] = field(default_factory=dict)
    directions: dict[str, Direction] = field(default_factory=dict)
    damage: list[Damage] = field(default_factory=list)
    unfit: dict[str, Unfit] = field(default_factory=dict)
    sticky: Literal["", "counter", "bar"] = ""
    end: Literal["", "finished", "crashed"] = ""
    gone: str = ""
    unended: bool = False
    order: tuple[float, ...] = ()
    items: list[tuple[str, str, str, float, float]] = field(default_factory=list)
    source: str | None = None
    task: str | None = None
    seed: int | None = None
    lineage: Lineage | None = None
    data_order: str | None = None
    name: str | None = None


class Step(NamedTuple):
    """What a reader found in a file since ``state``.

    Args:
        state: where it stands now.
        logs: what was added, one a run.
        pending: what records that are still open would add if no more came; it holds until the next step.
        fresh: the file is not the one it was (truncated, replaced, written anew): what was read of it no longer holds.
        half: what holds in place of ``pending`` were the last line whole; None where a line end stands behind it. Half
            a line is no evidence: this counts once no more can come.
    """

    state: State
    logs: list[Log]
    pending: Sequence[Log] = ()
    fresh: bool = False
    half: Sequence[Log] | None = None

    @property
    def every(self) -> tuple[Log, ...]:
        """All of its logs."""
        return (*self.logs, *self.pending, *(self.half or ()))

    @property
    def last(self) -> Sequence[Log]:
        """What holds until the next step where no more comes; a last line without an end is marked."""
        return self.pending if self.half is None else [replace(log, unended=True) for log in self.half]


Follow = Callable[[Path, State], Iterator[Step]]
"""``follow(file, state)``: the steps from ``state`` to the file's present end; none when nothing was added."""


def merged(logs: Iterable[Log]) -> Log:
    """One run's records in the order given, as one Log.

    Example:
        >>> a = Log("x", n=1, axes={"step": np.array([1.0])}, series={"loss": (np.array([0]), np.array([3.0]))})
        >>> b = Log("x", n=1, axes={"step": np.array([2.0])}, series={"loss": (np.array([0]), np.array([2.5]))})
        >>> merged([a, b]).series["loss"]
        (array([0, 1]), array([3. , 2.5]))
    """
    pieces = list(logs)
    if len(pieces) == 1:
        return pieces[0]
    whole = Log(pieces[0].format if pieces else "", id=pieces[0].id if pieces else "")
    first_row = np.cumsum([0, *(piece.n for piece in pieces)]).tolist()
    whole.n = first_row[-1]
    for piece in pieces:
        add_words(whole, piece)
    whole.axes = {name: _dense([(p.axes.get(name), p.n) for p in pieces]) for name in _names(p.axes for p in pieces)}
    if any(piece.lr is not None for piece in pieces):
        whole.lr = _dense([(piece.lr, piece.n) for piece in pieces])
    series: dict[str, list[tuple[tuple[np.ndarray, Array], int]]] = {}  # with the rows that pieces begin at
    for piece, at in zip(pieces, first_row, strict=False):
        for name, column in piece.series.items():
            series.setdefault(name, []).append((column, at))
    placed: dict[tuple[int, ...], np.ndarray] = {}  # columns of a table stand in the same rows
    for name, columns in series.items():
        key = tuple(id(rows) for (rows, _), _ in columns)
        if key not in placed:
            placed[key] = np.concatenate([np.asarray(rows, np.int64) + at for (rows, _), at in columns])
        whole.series[name] = (placed[key], np.concatenate([np.asarray(values, float) for (_, values), _ in columns]))
    return whole


def _names(tables: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for table in tables for name in table))


def _dense(pieces: list[tuple[Array | None, int]]) -> Array:
    return np.concatenate([np.full(n, np.nan) if c is None else np.asarray(c, float) for c, n in pieces])


def add_words(whole: Log, piece: Log) -> None:
    """Everything of a piece but its numbers; the later word wins."""
    for name in ("metric_axis", "config", "horizon", "directions"):
        getattr(whole, name).update(getattr(piece, name))
    whole.damage += piece.damage
    whole.items += piece.items
    for name, unfit in piece.unfit.items():
        known = whole.unfit.setdefault(name, Unfit())
        known.first += unfit.first[: Unfit.LISTED - len(known.first)]
        known.count += unfit.count
    for name in ("format", "id", "axis", "sticky", "end", "gone", "unended"):
        setattr(whole, name, getattr(piece, name) or getattr(whole, name))
    whole.order = whole.order or piece.order
    for name in ("source", "task", "seed", "lineage", "data_order", "name"):
        if getattr(piece, name) is not None:
            setattr(whole, name, getattr(piece, name))


def writable(name: str) -> str:
    """A name that every encoding can hold: what is half a character is spelled out.

    Example:
        >>> writable("loss\\ud800")
        'loss\\\\ud800'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def by_run(logs: Iterable[Log]) -> dict[str, list[Log]]:
    """Logs by the run they are of, in order of first appearance."""
    runs: dict[str, list[Log]] = {}
    for log in logs:
        runs.setdefault(log.id, []).append(log)
    return runs


def log_of_run(run: Run) -> Log:
    """The records of a run that was given as curves: each stretch of each metric as it is told."""
    log = Log(run.format, id=run.id, config=dict(run.config), horizon=dict(run.horizon), damage=list(run.damage))
    stretches = {name: run.segments.get(name, (curve,)) for name, curve in run.curves.items()}
    log.n = sum(len(part) for parts in stretches.values() for part in parts)
    log.lr = np.full(log.n, np.nan)
    begin = 0
    for name, parts in stretches.items():
        first = begin
        for part in parts:
            end = begin + len(part)
            log.axes.setdefault(part.axis, np.full(log.n, np.nan))[begin:end] = part.x
            if part.lr is not None:
                log.lr[begin:end] = part.lr
            begin = end
        log.series[name] = (np.arange(first, begin), np.concatenate([part.y for part in parts]))
        log.metric_axis[name], log.directions[name] = parts[0].axis, parts[0].direction
    log.end = run.status if run.status in ("finished", "crashed") else ""  # type: ignore[assignment]
    for name in ("source", "task", "seed", "lineage", "data_order", "name"):
        setattr(log, name, getattr(run, name))
    return log
