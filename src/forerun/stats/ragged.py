"""Many rows of different lengths as one array: what is counted of each row is counted of all at once.

A row's numbers are the same to the bit whichever rows lie beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array, Ints = NDArray[np.float64], NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Ragged:
    """Rows laid end to end; none is empty but where said.

    Args:
        values: shape (total,).
        size: shape (rows,), how many values each row has.
        start: shape (rows,), where each begins.

    Example:
        >>> rows = Ragged.of([np.array([3.0, 1.0]), np.array([1.0, 2.0, 4.0])])
        >>> rows.mean().round(2).tolist(), rows.median().tolist(), rows.over(np.maximum).tolist()
        ([2.0, 2.33], [2.0, 2.0], [3.0, 4.0])
        >>> rows.steps().values.tolist(), rows.steps().size.tolist()
        ([-2.0, 1.0, 2.0], [1, 2])
    """

    values: Array
    size: Ints
    start: Ints

    @classmethod
    def of(cls, rows: Sequence[Array] | Array) -> Ragged:
        """From one array a row."""
        size = np.array([len(row) for row in rows], dtype=np.intp)
        return cls(np.concatenate(list(rows)), size, np.cumsum(size) - size)

    def like(self, values: Array) -> Ragged:
        """Other values, shape (total,), in rows as these."""
        return Ragged(values, self.size, self.start)

    def rows(self) -> list[Array]:
        """Each row as an array of its own, a view."""
        return [self.values[a:b] for a, b in zip(self.start.tolist(), (self.start + self.size).tolist(), strict=True)]

    def each(self, of_rows: Array) -> Array:
        """A number a row, shape (rows,), repeated for each value of the row, (total,)."""
        return np.repeat(of_rows, self.size)

    def first(self) -> Array:
        """The first value of each row, shape (rows,)."""
        return self.values[self.start]

    def last(self) -> Array:
        """The last value of each row, shape (rows,)."""
        return self.values[self.start + self.size - 1]

    def at(self, index: Ints) -> Array:
        """The values at places counted from each row's start, shape (rows, k)."""
        return self.values[self.start[:, None] + index]

    def steps(self) -> Ragged:
        """Differences between neighbours in each row; a row of one value becomes an empty one."""
        within = np.delete(np.diff(self.values), self.start[1:] - 1)
        return Ragged(within, self.size - 1, self.start - np.arange(self.size.size))

    def over(self, ufunc: np.ufunc) -> Array:
        """A ufunc such as `numpy.maximum` over each row, shape (rows,)."""
        return ufunc.reduceat(self.values, self.start)

    def mean(self) -> Array:
        """Means of rows, shape (rows,)."""
        return self.over(np.add) / self.size

    def totals(self, cut: Ints) -> Array:
        """Sums between cuts that increase from 0 to each row's size, shape (rows, k + 1) to (rows, k)."""
        ends = (self.start[:, None] + cut).ravel()
        sums = np.add.reduceat(np.append(self.values, 0.0), ends).reshape(cut.shape)[:, :-1]
        return np.where(cut[:, 1:] > cut[:, :-1], sums, 0.0)  # between equal cuts reduceat gives the value that follows

    def ordered(self) -> Ragged:
        """The same rows, each sorted; some may be empty."""
        rows = self.like(self.values.copy())
        for row in rows.rows():
            row.sort()
        return rows

    def median(self) -> Array:
        """Medians of rows, shape (rows,); zero of an empty row."""
        values = np.append(self.ordered().values, 0.0)
        low, high = self.start + (self.size - 1) // 2, self.start + self.size // 2
        return np.where(self.size > 0, (values[low] + values[high]) / 2.0, 0.0)

    def quantile(self, *levels: float) -> Array:
        """Quantiles of rows, interpolated linearly, shape (levels, rows)."""
        rows, last = self.ordered(), self.size - 1
        place = np.multiply.outer(levels, last)
        below = np.floor(place).astype(np.intp)
        low, high = rows.values[self.start + below], rows.values[self.start + np.minimum(below + 1, last)]
        return low + (high - low) * (place - below)
