"""The optimum of a law on data, and other parameters that the data allow.

A law offers start points (most by variable projection, `separable`) and all descend at once (`minimise`). Draws refit
it under random weights of whole runs (Bayesian bootstrap, Rubin 1981): points of one run are not independent, and a
resampling that leaves runs out does not work with three of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Table
from forerun.laws.fitter.coordinates import bounds, inward, logs, outward, prior, scaled, scaled_slope
from forerun.laws.fitter.minimise import Optimum, minimise, penalty
from forerun.laws.law import Law

_PER_RUN = 40
_FLAT = 1e-13  # squared slope of a direction, of the steepest's, below which the law does not move: rounding's size
_WANDER = 3.0  # how far draws scatter along such a direction, in the lengths of `untold`; arbitrary
REACHED = 1e-4
"""A start reached the optimum when its objective is within this share of it."""


@dataclass(frozen=True)
class Observed:
    """Points that a law is fitted to: its inputs X, y (n,), weights (n,), and which run each is of (n,)."""

    law: Law[Any]
    X: Any
    y: Array
    weight: Array
    group: np.ndarray

    @property
    def groups(self) -> int:
        return int(self.group.max()) + 1 if self.group.size else 0

    def part(self, rows: np.ndarray) -> Observed:
        """The points under a mask."""
        _, group = np.unique(self.group[rows], return_inverse=True)
        return Observed(self.law, self.law.take(self.X, rows), self.y[rows], self.weight[rows], group)

    def thinned(self) -> Observed:
        """At most `_PER_RUN` points of each run, evenly, each weighing as many as it stands for.

        Points of one run tell the same thing over again: spread and misfit need no more of them.
        """
        count = np.bincount(self.group)
        if count.max(initial=0) <= _PER_RUN:
            return self
        order = np.argsort(self.group, kind="stable")
        place = np.empty(self.y.size, int)
        place[order] = np.concatenate([np.arange(int(n)) for n in count])
        share = np.minimum(_PER_RUN / count, 1.0)[self.group]
        rows = np.floor((place + 1) * share) > np.floor(place * share)
        X = self.law.take(self.X, rows)
        return Observed(self.law, X, self.y[rows], (self.weight / share)[rows], self.group[rows])


def observed(law: Law[Any], table: Table, weight: ArrayLike | None, group: Sequence[Any] | None) -> Observed:
    """The rows of a table whose y is known, and where the law holds.

    Raises:
        BadInput: no column y, a y that is not positive, or weights or groups of another length.
    """
    if "y" not in table.columns:
        names = ", ".join(table.columns)
        raise BadInput(f"law {law.card.name!r} is fitted to the column y; there are {names}: say which one is y")
    y = np.asarray(table.columns["y"], float)
    known = np.isfinite(y)
    if law.residuals == "log" and (y[known] <= 0).any():
        i = int(np.argmax(known & (y <= 0)))
        raise BadInput(f"laws are fitted to the logarithm of y, but y[{i}]={y[i]:g}; use a loss or an error rate")
    groups = group if group is not None else table.columns.get("run", range(y.size))
    weights = np.ones(y.size) if weight is None else np.asarray(weight, float)
    for name, column in (("group", groups), ("weight", weights)):
        if len(column) != y.size:
            raise BadInput(f"{name} has {len(column)} values for {y.size} rows")
    X = law.read(table)
    if law.applies is not None:
        known &= law.applies(X)
    _, code = np.unique(np.asarray([str(g) for g in groups])[known], return_inverse=True)
    return Observed(law, law.take(X, known), y[known], weights[known], code)


@dataclass(frozen=True)
class SearchResult:
    """The best of all starts: theta (p,) in fitted coordinates, and how the search went."""

    theta: Array
    objective: float
    starts: int
    reached: int
    converged: bool
    steps: int


def descend(data: Observed, start: ArrayLike | None, delta: float) -> SearchResult:
    """The lowest optimum that any start leads to."""
    law = data.law
    points = law.starts(data.X, data.y) if start is None else np.atleast_2d(np.asarray(start, float))
    ends = run_from(data, inward(law, points), data.weight, delta)
    best = int(np.argmin(ends.objective))
    reached = int((ends.objective <= ends.objective[best] * (1.0 + REACHED)).sum())
    belief = prior(law, data.X, data.y, delta)
    own = float(ends.objective[best] - penalty(ends.theta[best], belief.center, belief.precision))
    return SearchResult(ends.theta[best], own, len(points), reached, bool(ends.converged[best]), ends.steps)


def draw(data: Observed, theta: Array, n: int, delta: float, rng: np.random.Generator) -> Array:
    """Optima (n, p) under random weights of whole runs, each with mean 1, scattered along what the data do not tell.

    The law's prior is drawn anew for each: what it alone decides is as unsure as it is.
    """
    weight = rng.exponential(size=(n, data.groups))
    weight = (weight / weight.mean(axis=1, keepdims=True))[:, data.group] * data.weight
    start = np.repeat(theta[None], n, axis=0)
    free = untold(data, theta, delta)
    if free.size:
        start = start + _WANDER * rng.normal(size=(n, len(free))) @ free
    belief = prior(data.law, data.X, data.y, delta)
    center = belief.center + belief.sd * rng.normal(size=start.shape)
    return run_from(data, start, weight, delta, most=20, tolerance=1e-5, center=center).theta


def untold(data: Observed, theta: Array, delta: float) -> Array:
    """Directions (k, p) in which parameters may move without moving the law at any point: one batch size only, say.

    What the law's ``prior`` holds is told.
    Their length is a factor of e, or the parameter's own size, for whichever parameter moves most.
    """
    law = data.law
    params = outward(law, theta)
    y, J = law.predict(params, data.X)
    slope = scaled_slope(law, y)[:, None]
    unit = np.where(logs(law), 1.0, np.maximum(np.abs(theta), 1e-3))
    slopes = J * np.where(logs(law), params, 1.0) * slope * unit
    if not np.isfinite(slopes).all():
        return np.empty((0, theta.size))
    values, vectors = np.linalg.eigh(slopes.T @ slopes + np.diag(prior(law, data.X, data.y, delta).precision * unit**2))
    free = vectors[:, values <= _FLAT * max(values[-1], 1e-300)].T
    return free / np.maximum(np.abs(free).max(axis=1, keepdims=True), 1e-300) * unit


def run_from(
    data: Observed,
    theta: Array,
    weight: Array,
    delta: float,
    most: int = 200,
    tolerance: float = 1e-10,
    within: tuple[Array, Array] | None = None,
    center: Array | None = None,
) -> Optimum:
    """The optimum from each row of theta (k, p); weight (n,) or (k, n).

    Args:
        within: other bounds than the law's.
        center: shape (k, p), other centers of the prior than the law's.
    """
    law = data.law
    X, y, weight = _with_pseudo_points(data, weight)
    target = scaled(law, y)

    def residuals(theta: Array, which: Array) -> tuple[Array, Array]:
        params = outward(law, theta)
        y, J = law.predict(params, X)
        slope = scaled_slope(law, y)[..., None]
        return scaled(law, y) - target, J * np.where(logs(law), params, 1.0)[:, None, :] * slope

    belief = prior(law, data.X, data.y, delta)
    return minimise(
        residuals, theta, *(within or bounds(law)), weight, delta=delta, most=most, tolerance=tolerance,
        center=belief.center if center is None else center, precision=belief.precision,
    )  # fmt: skip


def _with_pseudo_points(data: Observed, weight: Array) -> tuple[Any, Array, Array]:
    """The points and what the law supposes beyond them, with weights (..., n + s)."""
    law = data.law
    if law.pseudo_points is None:
        return data.X, data.y, weight
    X, y, more = law.pseudo_points(data.X, data.y)
    joined = {name: np.concatenate([data.X[name], X[name]]) for name in X}
    more = np.broadcast_to(more, (*weight.shape[:-1], more.size))
    return joined, np.concatenate([data.y, y]), np.concatenate([weight, more], axis=-1)
