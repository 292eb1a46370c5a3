"""The learning-rate path: the rate between nodes, the area under it, its peak, and where it fell.

Everything that follows a learning rate (laws, forecasters, invented curves) reads it from here. Between two nodes the
rate is straight. Sums over every fall become sums over a few stretches of neighbouring falls: hundreds of times faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Schedule
from forerun.schedules.evaluate import value_held

_SUDDEN = 4.0  # times its neighbours', a change between two logged rates is a step and no slope
_RISES = 4  # times fewer stretches for rises than for falls: a warm-up lies far back, and little is lost on it


@dataclass(frozen=True, eq=False)
class Falls:
    """Changes of a rate, in order, shape (..., q) each.

    Args:
        size: by how much it fell; negative where it rose.
        to: the rate after.
        area, x: where: the area under the rate since the path's first node, and the place on its axis.
    """

    size: Array
    to: Array
    area: Array
    x: Array

    def beyond(self, least: float) -> Falls:
        """Those of one path whose size is larger than this."""
        rows = np.abs(self.size) > least
        return Falls(self.size[rows], self.to[rows], self.area[rows], self.x[rows])

    def by_count(self, most: int) -> Falls:
        """Neighbours of one path merged into at most so many stretches of equally many changes, plain means of each.

        Two rules of merging, and not one: what `schedule_law` learned was learned with this one, and laws were
        fitted and judged with `by_size`, which is finer where a rate falls fast.
        """
        if self.size.size <= most:
            return self
        groups = np.array_split(np.arange(self.size.size), most)
        to, area, x = (np.array([v[group].mean() for group in groups]) for v in (self.to, self.area, self.x))
        return Falls(np.array([self.size[group].sum() for group in groups]), to, area, x)

    def by_size(self, nodes: int) -> Falls:
        """Neighbours of one sign of one path merged into about so many stretches of equal size.

        Means are weighted by size; that of the rate after is geometric.
        """
        size = np.abs(self.size)
        wanted = np.where(self.size > 0, nodes, nodes // _RISES)
        total = np.where(self.size > 0, float(size[self.size > 0].sum()), float(size[self.size < 0].sum()))
        node = np.floor((np.cumsum(size / total * wanted)) - 1e-9).astype(int)
        turn = np.cumsum(np.concatenate([[0], np.diff(np.sign(self.size)) != 0]))
        _, node = np.unique(node + turn * 4 * nodes, return_inverse=True)
        weight = np.bincount(node, size)
        to, area, x = (np.bincount(node, size * v) / weight for v in (np.log(self.to), self.area, self.x))
        merged: Array = np.bincount(node, self.size).astype(np.float64)
        return Falls(merged, np.exp(to), area, x)


@dataclass(frozen=True, eq=False)
class RatePath:
    """A learning rate along a run, or along many runs that share their nodes; straight between nodes.

    Args:
        x: shape (k,), the nodes, increasing.
        rate: shape (k,), or (n, k) for many runs.

    Example:
        >>> path = RatePath(np.array([0.0, 10.0, 20.0]), np.array([1.0, 1.0, 0.0]))
        >>> path.area.tolist(), path.area_at([5, 20]).tolist(), float(path.peak)
        ([0.0, 10.0, 15.0], [5.0, 15.0], 1.0)
        >>> path.falls().size.tolist(), path.falls().area.tolist()
        ([-0.0, 1.0], [10.0, 15.0])
    """

    x: Array
    rate: Array

    @classmethod
    def of(cls, schedule: Schedule, points: ArrayLike, *, start: float | None = None, nodes: int = 1000) -> RatePath:
        """The path that a schedule takes through points.

        Args:
            points: shape (n,), increasing, on the schedule's axis; each is a node.
            start: where the path begins; default zero, or the first point where that lies below.
            nodes: further nodes, evenly from the start to the last point.
        """
        at = np.asarray(points, dtype=np.float64)
        begin = min(0.0, float(at[0])) if start is None else start
        x = np.unique(np.concatenate([np.linspace(begin, float(at[-1]), nodes), at]))
        return cls(x, value_held(schedule, x))

    @classmethod
    def logged(cls, step: Array, rate: Array, where: str = "") -> RatePath:
        """The path through logged rates, from step 0; NaN where a rate was not logged is interpolated.

        A change far beyond its neighbours happened where it was logged, and not before. Before the first known rate it
        is that rate.

        Args:
            step: shape (n,), from 0 on, increasing.
            rate: shape (n,), never negative.
            where: names the run in errors.

        Raises:
            BadInput: steps that do not increase, or rates that mean nothing.
        """
        if (np.diff(step) <= 0).any() or step[0] < 0:
            i = int(np.argmax(np.diff(step) <= 0)) + 1 if step[0] >= 0 else 0
            raise BadInput(f"steps must be 0 or more and increase within a run; step[{i}]={step[i]:g}", where=where)
        known = np.isfinite(rate)
        if not known.any() or (rate[known] < 0).any() or not (rate[known] > 0).any():
            raise BadInput("learning rates must be known and positive somewhere, and never negative", where=where)
        return cls(*_stepped(step[known], rate[known]))

    @property
    def known(self) -> bool:
        """Whether the rate is known everywhere on the way, and nowhere negative."""
        return bool((self.rate >= 0).all())

    @property
    def peak(self) -> Array:
        """The highest rate, shape () or (n,)."""
        return self.rate.max(axis=-1)

    @cached_property
    def area(self) -> Array:
        """The area under the rate from the first node up to each, shape as ``rate``."""
        pieces = np.diff(self.x) * (self.rate[..., 1:] + self.rate[..., :-1]) / 2.0
        return np.concatenate([np.zeros_like(self.rate[..., :1]), np.cumsum(pieces, axis=-1)], axis=-1)

    def rate_at(self, x: ArrayLike) -> Array:
        """The rate of one run at points; held beyond the nodes."""
        return np.interp(np.asarray(x, dtype=np.float64), self.x, self.rate)

    def area_at(self, x: ArrayLike) -> Array:
        """The area of one run up to points; the rate is held beyond the nodes."""
        points = np.asarray(x, dtype=np.float64)
        i = np.clip(np.searchsorted(self.x, points, side="right") - 1, 0, self.x.size - 1)
        return self.area[i] + (points - self.x[i]) * (self.rate[i] + self.rate_at(points)) / 2.0

    def through(self, points: Array) -> RatePath:
        """The same path of one run with points as further nodes."""
        x = np.union1d(self.x, points)
        return RatePath(x, np.interp(x, self.x, self.rate))

    def fine(self, pieces: int) -> RatePath:
        """The same path of one run, where no change is larger than the peak over so many; no node closer than 1."""
        wanted = np.ceil(pieces * np.abs(np.diff(self.rate)) / self.rate.max())
        count = np.maximum(np.minimum(wanted, np.diff(self.x)), 1).astype(int)
        start = np.repeat(np.arange(count.size), count)
        share: Array = (np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)) / count[start]
        x = np.append(self.x[start] + share * np.diff(self.x)[start], self.x[-1])
        return RatePath(x, np.append(self.rate[start] + share * np.diff(self.rate)[start], self.rate[-1]))

    def falls(self) -> Falls:
        """Every change from one node to the next, taken to happen at the later one, shape (..., k - 1)."""
        later = np.broadcast_to(self.x[1:], self.rate[..., 1:].shape)
        return Falls(-np.diff(self.rate, axis=-1), self.rate[..., 1:], self.area[..., 1:], later)

    def falls_midway(self, lowest: float = 1e-4) -> Falls:
        """Every change of one run, the rise from nothing at its start too, taken to happen between the two nodes.

        Args:
            lowest: shares of the peak; a rate below counts as this, so that its logarithm is finite.
        """
        size = np.concatenate([-self.rate[:1], -np.diff(self.rate)])
        area, x = (np.concatenate([v[:1], (v[1:] + v[:-1]) / 2.0]) for v in (self.area, self.x))
        return Falls(size, np.maximum(self.rate, lowest * self.rate.max()), area, x)


def _stepped(step: Array, rate: Array) -> tuple[Array, Array]:
    """Nodes of the path, from step 0, with sudden changes where they were logged."""
    change = np.abs(np.diff(rate, prepend=rate[0], append=rate[-1]))
    around = np.maximum(change[:-2], change[2:]) if rate.size > 1 else np.zeros(0)
    sudden = np.flatnonzero(change[1:-1] > np.maximum(_SUDDEN * around, 1e-3 * rate.max())) + 1
    before = np.maximum(step[sudden] - 1e-6 * (step[sudden] - step[sudden - 1]), 0.0)
    steps, rates = np.insert(step, sudden, before), np.insert(rate, sudden, rate[sudden - 1])
    return (steps, rates) if steps[0] == 0 else (np.insert(steps, 0, 0.0), np.insert(rates, 0, rates[0]))
