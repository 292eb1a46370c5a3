"""A stream of points in a bounded number of equal bins: when they run out, neighbours merge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass
class Bins:
    """Means of consecutive points, every full bin holding ``width`` of them.

    The result does not depend on how the stream was cut into calls, and ``state`` is JSON-able.

    Args:
        most: even number of bins kept at most.
        width: points a bin. filled: mean x and mean y of each full bin.
        pending, sums: how many points the last bin holds before it is full, and the sums of their x and y.
        count: points so far.
    """

    most: int = 256
    width: int = 1
    filled: list[list[float]] = field(default_factory=list[list[float]])
    pending: int = 0
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0])
    count: int = 0

    def push(self, x: ArrayLike, y: ArrayLike) -> None:
        """Add points in order, shape (n,) each, finite.

        Example:
            >>> bins = Bins(most=4)
            >>> bins.push([1, 2, 3, 4], [1, 1, 3, 3])
            >>> bins.width, bins.means()[1].tolist()
            (2, [1.0, 3.0])
        """
        points = np.stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)], axis=1)
        self.count += len(points)
        while len(points):
            room = (self.most - len(self.filled)) * self.width - self.pending
            self._fill(points[:room])
            points = points[room:]
            if len(self.filled) == self.most:
                pairs = np.array(self.filled).reshape(-1, 2, 2)
                self.filled, self.width = pairs.mean(axis=1).tolist(), self.width * 2

    def _fill(self, points: Array) -> None:
        if self.pending:
            head, points = points[: self.width - self.pending], points[self.width - self.pending :]
            self._add(np.concatenate([[self.sums], head]), self.pending + len(head))
            if self.pending == self.width:
                self.filled = [*self.filled, [total / self.width for total in self.sums]]
                self._add(head[:0], 0)
        full = len(points) // self.width * self.width
        self.filled = self.filled + points[:full].reshape(-1, self.width, 2).mean(axis=1).tolist()
        if full < len(points):
            self._add(points[full:], len(points) - full)

    def _add(self, points: Array, pending: int) -> None:
        """What the bin that is not full yet holds: points one after the other, as a mean of all would add them."""
        self.sums, self.pending = points.sum(axis=0).tolist(), pending

    def means(self) -> tuple[Array, Array]:
        """Mean x and mean y of the full bins."""
        means = np.array(self.filled, dtype=np.float64).reshape(-1, 2)
        return means[:, 0], means[:, 1]

    def state(self) -> dict[str, Any]:
        """The bins as JSON can carry them; ``Bins(**state)`` is the same."""
        return dict(vars(self))
