"""Learning-rate paths: the area under the rate so far, and where it changed.

Laws along a schedule read two things of it: the LR area S(t), and the changes of the rate, each with the area and the
steps that have passed since. Neighbouring changes are merged into a few nodes of equal size: the laws' sums over every
step become sums over nodes, hundreds of times faster and equal to within 1e-4 of what they sum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, BadInput, Table

NODES = 64
"""Falls of the rate that are told apart in a run."""
_SUDDEN = 4.0  # times its neighbours', a change between two logged rates is a step and no slope
_LOWEST = 1e-4  # of the peak: below, a rate counts as this
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
    if (np.diff(step) <= 0).any() or step[0] < 0:
        i = int(np.argmax(np.diff(step) <= 0)) + 1 if step[0] >= 0 else 0
        raise BadInput(f"steps must be 0 or more and increase within a run; step[{i}]={step[i]:g}", where=name)
    known = np.isfinite(rate)
    if not known.any() or (rate[known] < 0).any() or not (rate[known] > 0).any():
        raise BadInput("learning rates must be known and positive somewhere, and never negative", where=name)
    steps, rates = _fine(*_stepped(step[known], rate[known]))
    inner = np.union1d(steps, step)
    rates = np.interp(inner, steps, rates)
    area = np.cumsum(np.concatenate([[0.0], (rates[1:] + rates[:-1]) / 2.0 * np.diff(inner)]))
    drop = np.concatenate([-rates[:1], -np.diff(rates)])  # the rate starts from nothing
    where, when = (np.concatenate([at[:1], (at[1:] + at[:-1]) / 2.0]) for at in (area, inner))
    falls = _merge(drop, np.maximum(rates, _LOWEST * rates.max()), where, when)
    half = 0.5 * rates[rates > 0][0]  # of a step: at step 0 there is no area yet
    own = np.maximum(area[np.searchsorted(inner, step)], half)
    return _Path((inner, rates), own, falls)


def _stepped(step: Array, rate: Array) -> tuple[Array, Array]:
    """Nodes of the path, from step 0: a change far beyond its neighbours happened where it was logged, not before."""
    change = np.abs(np.diff(rate, prepend=rate[0], append=rate[-1]))
    around = np.maximum(change[:-2], change[2:]) if rate.size > 1 else np.zeros(0)
    sudden = np.flatnonzero(change[1:-1] > np.maximum(_SUDDEN * around, 1e-3 * rate.max())) + 1
    before = np.maximum(step[sudden] - 1e-6 * (step[sudden] - step[sudden - 1]), 0.0)
    steps, rates = np.insert(step, sudden, before), np.insert(rate, sudden, rate[sudden - 1])
    return (steps, rates) if steps[0] == 0 else (np.insert(steps, 0, 0.0), np.insert(rates, 0, rates[0]))


def _fine(step: Array, rate: Array) -> tuple[Array, Array]:
    """The same path with changes of more than a node's size split up."""
    wanted = np.ceil(4 * NODES * np.abs(np.diff(rate)) / rate.max())
    pieces: NDArray[np.int_] = np.maximum(np.minimum(wanted, np.diff(step)), 1).astype(int)
    start = np.repeat(np.arange(pieces.size), pieces)
    share = (np.arange(int(pieces.sum())) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[start]
    steps = np.append(step[start] + share * np.diff(step)[start], step[-1])
    return steps, np.append(rate[start] + share * np.diff(rate)[start], rate[-1])


def _merge(drop: Array, rate: Array, area: Array, step: Array) -> tuple[Array, Array, Array, Array]:
    """Neighbouring changes of one sign, merged into nodes of about equal size."""
    changed = np.abs(drop) > 1e-9 * np.abs(drop).max()
    drop, rate, area, step = drop[changed], rate[changed], area[changed], step[changed]
    size = np.abs(drop)
    nodes = np.where(drop > 0, NODES, NODES // 4)  # rises (warm-up) lie far back, and little is lost on them
    total = np.where(drop > 0, float(size[drop > 0].sum()), float(size[drop < 0].sum()))
    node = np.floor((np.cumsum(size / total * nodes)) - 1e-9).astype(int)
    turn = np.cumsum(np.concatenate([[0], np.diff(np.sign(drop)) != 0]))
    _, node = np.unique(node + turn * 4 * NODES, return_inverse=True)
    whole = np.bincount(node, size)
    mean = [np.bincount(node, size * value) / whole for value in (np.log(rate), area, step)]
    return np.asarray(np.bincount(node, drop), float), np.exp(mean[0]), mean[1], mean[2]


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
