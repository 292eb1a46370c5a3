"""Learning-rate paths: the area under the rate so far, and where it changed.

Laws along a schedule read two things of it: the LR area S(t), and the changes of the rate, each with the area and the
steps that have passed since. Neighbouring changes are merged into a few nodes of equal size: the laws' sums over every
step become sums over nodes, hundreds of times faster and equal to within 1e-4 of what they sum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple, Self

import numpy as np

from forerun.core import Array, BadInput, Table
from forerun.schedules.path import RatePath

NODES = 64
"""Falls of the rate that are told apart in a run."""
LOWEST = 1e-4
"""Of the peak: below, a rate counts as this."""
_SAME_RATE = 1e-3  # of the peak
INPUTS = ("run", "step", "rate")


@dataclass(frozen=True)
class Paths:
    """Points on the learning-rate paths of runs.

    Args:
        names, nodes: of each path: its run, and steps and rates between which it is straight, from step 0.
        run: shape (n,), which path each point lies on.
        since: shape (n, q), the area since each fall of the point's path; 0 before it.
        step, rate, area: shape (n,), at each point; the area is that under the rate from step 0, in rate times steps.
        drop: shape (r, q), falls of the rate (rises are negative), merged; 0 where a run has fewer than q.
        dropped_to, at_area, at_step: shape (r, q), the rate after each, and where it happened.
        warming: shape (r, q), which of them are the rise to the first peak.
        peak: shape (r,), the highest rate of each path.
    """

    names: tuple[str, ...]
    nodes: tuple[tuple[Array, Array], ...]
    run: np.ndarray
    step: Array
    rate: Array
    area: Array
    since: Array
    drop: Array
    dropped_to: Array
    at_area: Array
    at_step: Array
    warming: np.ndarray
    peak: Array

    POINTS: ClassVar[tuple[str, ...]] = ("run", "step", "rate", "area", "since")

    def take(self, rows: np.ndarray) -> Self:
        """The points under a mask; their whole paths stay."""
        return replace(self, **{name: getattr(self, name)[rows] for name in self.POINTS})

    def scaled(self, factor: Array) -> Self:
        """The same schedules with their rates multiplied, shape (r,) a path."""
        by_point, by_path = factor[self.run], factor[:, None]
        return replace(
            self,
            nodes=tuple((x, rate * f) for (x, rate), f in zip(self.nodes, factor, strict=True)),
            since=self.since * by_point[:, None],
            rate=self.rate * by_point,
            area=self.area * by_point,
            drop=self.drop * by_path,
            dropped_to=np.where(self.drop == 0, 1.0, self.dropped_to * by_path),
            at_area=self.at_area * by_path,
            peak=self.peak * factor,
        )


def read(table: Table) -> Paths:
    """The paths in a table with the columns run, step and rate, one row a point, each run's rows in order of step.

    A rate may be NaN where it was not logged: it is interpolated, a sudden change happening where it was logged; before
    the first known rate it is that rate.

    Raises:
        BadInput: a column is missing, a rate is negative or none is positive, or steps do not increase within a run.
    """
    missing = [name for name in INPUTS if name not in table.columns]
    if missing:
        names = ", ".join(table.columns)
        raise BadInput(f"a law along a schedule reads {', '.join(INPUTS)}; {missing[0]!r} is missing among {names}")
    points = {name: np.asarray(table.columns[name], float) for name in INPUTS[1:]}
    names, run = np.unique(np.asarray([str(r) for r in table.columns["run"]]), return_inverse=True)
    parts = [_path(points["step"][run == i], points["rate"][run == i], str(name)) for i, name in enumerate(names)]
    area = np.empty(run.size)
    for i, part in enumerate(parts):
        area[run == i] = part.area
    drop, dropped_to, at_area, at_step = (_padded([part.falls[j] for part in parts]) for j in range(4))
    return Paths(
        names=tuple(names.tolist()),
        nodes=tuple(part.nodes for part in parts),
        run=run,
        step=points["step"],
        rate=points["rate"],
        area=area,
        since=np.maximum(area[:, None] - at_area[run], 0.0),
        drop=drop,
        dropped_to=np.where(drop == 0, 1.0, dropped_to),
        at_area=at_area,
        at_step=at_step,
        warming=(drop < 0) & (np.cumsum(drop > 0, axis=1) == 0),
        peak=np.array([part.nodes[1].max() for part in parts]),
    )


class _Path(NamedTuple):
    """One run: its nodes, the area at its rows, and its falls: how far, to what rate, at what area and step."""

    nodes: tuple[Array, Array]
    area: Array
    falls: tuple[Array, Array, Array, Array]


def _path(step: Array, rate: Array, name: str) -> _Path:
    path = RatePath.logged(step, rate, name).fine(4 * NODES).through(step)
    changes = path.falls_midway(LOWEST)
    falls = changes.beyond(1e-9 * float(np.abs(changes.size).max())).by_size(NODES)
    half = 0.5 * float(path.rate[path.rate > 0][0])  # of a step: at step 0 there is no area yet
    own = np.maximum(path.area[np.searchsorted(path.x, step)], half)
    return _Path((path.x, path.rate), own, (falls.size, falls.to, falls.area, falls.x))


def _padded(rows: list[Array]) -> Array:
    width = max(row.size for row in rows)
    return np.stack([np.pad(row, (0, width - row.size)) for row in rows])


def leaves(fitted: Paths, X: Paths) -> float:
    """The first logged step of the one path of X at which its rate is that of no fitted path; inf where it never is.

    A path that goes on after the fitted ones have ended has left them there.
    """
    own, ends = X.nodes[0], list[float]()
    for steps, rates in fitted.nodes:
        at = X.step[X.step <= steps[-1]]
        apart = np.abs(np.interp(at, *own) - np.interp(at, steps, rates)) > _SAME_RATE * X.peak[0]
        beyond = X.step[X.step > steps[-1]]
        ends.append(float(at[np.argmax(apart)] if apart.any() else beyond[0] if beyond.size else np.inf))
    return float(max(ends))
