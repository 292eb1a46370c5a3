"""A learning rate's path seen from its end: the loss there, and its slope by the rate at every node on the way.

What laws are asked when schedules are drawn and designed is one number, the loss at the end. Here no falls are merged:
each straight piece is one fall, taken to happen where the falls of its single steps happen on average.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forerun.core import Array
from forerun.laws.path.base.paths import LOWEST, Paths
from forerun.schedules.path import RatePath


class Slopes(NamedTuple):
    """A law's loss at the end of a path, and its slopes by what the law reads of it, for parameters (..., p).

    Args:
        y: shape (...), the loss.
        area: shape (...), slope by the area under the whole path.
        drop, to, since: shape (..., q), slopes by the size of each fall, the rate after it, and the area since.
    """

    y: Array
    area: Array
    drop: Array
    to: Array
    since: Array

    def mean(self, weight: Array) -> Slopes:
        """Those of the mean loss over the first axis of the parameters, by weights that add up to 1."""
        return Slopes(*(np.tensordot(weight, one, axes=1) for one in self))


def ending(x: Array, rate: Array) -> Paths:
    """The last point of a path as laws read it.

    Args:
        x, rate: shape (k,), steps from 0 on and the rates there; straight between them.

    Example:
        >>> X = ending(np.array([0.0, 10.0, 11.0]), np.array([1.0, 1.0, 0.5]))
        >>> X.area.tolist(), X.since.tolist(), X.dropped_to.tolist()
        ([10.75], [[5.75, 0.375]], [[1.0, 0.5]])
    """
    path, peak = RatePath(x, rate), float(rate.max())
    drop, area = -np.diff(rate), path.area
    at_area, at_x = (area[1:] + area[:-1]) / 2.0, (x[1:] + x[:-1]) / 2.0
    end = area[-1:]
    return Paths(
        names=("",), nodes=((x, rate),), run=np.zeros(1, int), step=x[-1:], rate=rate[-1:], area=end,
        since=(end - at_area)[None], drop=drop[None],
        dropped_to=np.maximum(rate[1:] + drop * _before(x), LOWEST * peak)[None],
        at_area=at_area[None], at_step=at_x[None],
        warming=((drop < 0) & (np.cumsum(drop > 0) == 0))[None], peak=np.array([peak]),
    )  # fmt: skip


def by_rate(x: Array, rate: Array, slopes: Slopes) -> Array:
    """The loss's slope by the rate at every node, shape (k,), from those by what the law reads: the chain rule."""
    half, before = np.diff(x) / 2.0, _before(x)
    to = np.where(rate[1:] - np.diff(rate) * before > LOWEST * rate.max(), slopes.to, 0.0)
    at_node = np.zeros_like(rate)  # by the area up to each node, which all pieces before it make up
    at_node[1:] -= slopes.since / 2.0
    at_node[:-1] -= slopes.since / 2.0
    piece = (np.cumsum(at_node[::-1])[::-1][1:] + slopes.area + slopes.since.sum()) * half
    slope = np.zeros_like(rate)
    slope[:-1] += piece + slopes.drop + to * before
    slope[1:] += piece - slopes.drop + to * (1.0 - before)
    return slope


def _before(x: Array) -> Array:
    """Of how much of each piece's fall the steps on it have, on average, still to come: none of a single step's."""
    return 0.5 * (1.0 - 1.0 / np.maximum(np.diff(x), 1.0))
