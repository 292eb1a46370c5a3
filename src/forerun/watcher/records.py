"""What a training logs on its way from the loop to the thread that looks at it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from forerun.core import Array
from forerun.runs.log import WALL, Log

FORMAT = "watcher"


class LoopRecord(NamedTuple):
    """What was logged at once.

    Args:
        x: where on the axis.
        at: unix time.
        metrics: values.
        spent: seconds by part of the steps since the record before.
    """

    x: float
    at: float
    metrics: Mapping[str, float]
    spent: Mapping[str, float]


class Buffer:
    """Records that wait, so many at most. Adding one and taking one are each one step of the interpreter: no lock.

    Args:
        room: how many wait at most; further ones are dropped and counted.

    Example:
        >>> buffer = Buffer(room=1)
        >>> for step in range(3):
        ...     buffer.put(LoopRecord(step, 0.0, {"loss": 1.0}, {}))
        >>> [record.x for record in buffer.drain()], buffer.dropped
        ([0], 2)
    """

    def __init__(self, room: int) -> None:
        self.room, self.dropped = room, 0
        self._waiting: deque[LoopRecord] = deque()

    def put(self, record: LoopRecord) -> None:
        """Add one; drop it where there is no room."""
        if len(self._waiting) < self.room:
            self._waiting.append(record)
        else:
            self.dropped += 1

    def drain(self) -> list[LoopRecord]:
        """Take what waits now."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]


def log_of(records: Sequence[LoopRecord], axis: str) -> Log:
    """The records as a store keeps them: what was logged, and the seconds that parts took."""
    rows: dict[str, tuple[list[int], list[float]]] = {}
    for i, record in enumerate(records):
        for name, value in (*record.metrics.items(), *_seconds(record.spent)):
            places, values = rows.setdefault(name, ([], []))
            places.append(i)
            values.append(value)
    series = {name: (np.array(places), np.array(values)) for name, (places, values) in rows.items()}
    x, wall = (np.array([getattr(record, name) for record in records], float) for name in ("x", "at"))
    return Log(FORMAT, n=len(records), axes={axis: x, WALL: wall}, series=series, axis=axis)


def _seconds(spent: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    return ((f"seconds/{part}", value) for part, value in spent.items())


Points = dict[str, tuple[Array, Array]]
"""By metric: x, shape (n,), increasing, and values."""


def stretches(records: Iterable[LoopRecord]) -> Iterator[tuple[float, Points]]:
    """The points in stretches in which every metric's x increases, each with where it begins.

    A value that is logged again at the same x stands for the one before, as where logs are read.

    Example:
        >>> records = [LoopRecord(x, 0.0, {"loss": y}, {}) for x, y in [(1, 3.0), (2, 2.0), (2, 2.1), (1, 2.9)]]
        >>> [(x, points["loss"][1].tolist()) for x, points in stretches(records)]
        [(1, [3.0, 2.1]), (1, [2.9])]
    """
    columns: dict[str, dict[float, float]] = {}
    begin = newest = -np.inf
    for record in records:
        if columns and record.x < newest:
            yield begin, _points(columns)
            columns = {}
        begin = begin if columns else record.x
        newest = record.x
        for name, value in record.metrics.items():
            columns.setdefault(name, {})[record.x] = value
    if columns:
        yield begin, _points(columns)


def _points(columns: Mapping[str, Mapping[float, float]]) -> Points:
    return {name: (np.array(list(points)), np.array(list(points.values()))) for name, points in columns.items()}
