"""The median of the last three values, with residual quantiles learned on finished runs: the baseline of every skill.

Residuals live in the z of the backtest protocol (`forerun.stats.zscale`), turned so that positive is better, and are
kept as quantiles in cells of lead (12 bins of x_target / x_origin) and of points seen (5 bins).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from forerun.core import LEVELS, Array, BadInput, Card, Curve
from forerun.forecast.forecaster import Finished, Forecaster, Request, State, origins
from forerun.forecast.weights import shipped_json
from forerun.stats.zscale import zscale

CARD = Card(
    name="last_value_calibrated",
    does="Says the metric stays at the median of its last three values; the spread is what finished runs did.",
    source="ours; residual quantiles by cell, shrunk to coarser cells where a cell is thin",
    assumes="The run is like the runs learned from, at a like lead and length.",
    needs="3 finite points at x > 0.",
    promises="Calibrated over the sources learned from, not on any one of them: evidence/forecast.",
    known_answer="Learned on curves that all halve between origin and target, it forecasts a halving.",
    control="Learned on falling curves it misses curves that rise.",
)
_LEAST = 3
N_LEADS, N_SEEN = 12, 5
_SHRINK = 50.0  # pseudo-cases the coarser cell counts for; over folds by task CRPS moves by under 0.003 from 10 to 100
SHIPPED = "last_value_calibrated.json"


@cache
def default() -> State:
    return shipped_json(SHIPPED)


def learn(finished: Finished) -> State:
    """Residual quantiles of complete curves, every group weighing the same.

    Raises:
        BadInput: no curve has 4 finite points and a later one.
    """
    pairs = zip(finished.curves, finished.groups, strict=True)
    cases = [(case, group) for curve, group in pairs for case in _cases(curve)]
    if not cases:
        raise BadInput("no curve has 4 finite points and a later one to learn from", where="last_value_calibrated")
    lead, points, z = (np.array(column) for column in zip(*(case for case, _ in cases), strict=True))
    weight = _balanced([group for _, group in cases])
    lead_edges = _edges(np.log(lead), weight, N_LEADS)
    seen_edges = _edges(np.log(points), weight, N_SEEN)
    row, column = np.searchsorted(lead_edges, np.log(lead)), np.searchsorted(seen_edges, np.log(points))
    return {
        "lead_edges": np.exp(lead_edges).tolist(),
        "seen_edges": np.exp(seen_edges).tolist(),
        "z": _cell_quantiles(row, column, z, weight).round(5).tolist(),
        "cases": len(cases),
    }


def _quantiles(state: State, requests: Sequence[Request]) -> list[Array]:
    table = table_of(state)

    def one(request: Request) -> Array:
        gain = table.gain(request.x[-1], request.y.size, request.at)
        return zscale(request.y).from_z(gain if request.sign > 0 else -gain[:, ::-1])

    return [one(request) for request in requests]


@dataclass(frozen=True)
class Cells:
    """The learned cells: edges of x_target / x_origin and of points seen, and quantiles (leads, seen, levels)."""

    lead_edges: Array
    seen_edges: Array
    z: Array

    def gain(self, origin: float, points: int, at: Array) -> Array:
        """Quantiles of z, up is better, at the points asked, (m, levels)."""
        return self.z[np.searchsorted(self.lead_edges, _lead(origin, at)), np.searchsorted(self.seen_edges, points)]


def table_of(state: State) -> Cells:
    """The state as arrays."""
    return Cells(*(np.asarray(state[key]) for key in ("lead_edges", "seen_edges", "z")))


def _lead(origin: float, at: Array) -> Array:
    """x_target / x_origin; without a positive origin the lead is as long as can be."""
    return at / origin if origin > 0 else np.full(at.shape, np.inf)


def _cases(curve: Curve) -> Iterator[tuple[float, float, float]]:
    """Lead, points seen and z of the gain, from each origin to the last point."""
    usable = np.isfinite(curve.y) & (curve.x > 0)
    x, y = curve.x[usable], curve.y[usable]
    sign = 1.0 if curve.direction == "max" else -1.0
    for n in origins(x.size, least=4):
        yield float(x[-1] / x[n - 1]), float(n), float(sign * zscale(y[:n]).to_z(y[-1]))


def _balanced(groups: list[str]) -> Array:
    _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    weight = 1.0 / counts[inverse]
    return weight / weight.sum()


def _edges(values: Array, weight: Array, bins: int) -> Array:
    """Inner edges that give each bin an equal share of the weight."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weight[order])
    return np.unique(np.interp(np.arange(1, bins) / bins, share, values[order]))


def _cell_quantiles(lead: NDArray[np.intp], points: NDArray[np.intp], z: Array, weight: Array) -> Array:
    """Quantiles per cell, each cell shrunk to its lead row and that to the whole."""
    whole = _weighted_quantiles(z, weight)
    table = np.empty((N_LEADS, N_SEEN, LEVELS.size))
    for i in range(N_LEADS):
        in_row = lead == i
        row = _shrunk(z[in_row], weight[in_row], whole)
        for j in range(N_SEEN):
            in_cell = in_row & (points == j)
            table[i, j] = _shrunk(z[in_cell], weight[in_cell], row)
    return table


def _shrunk(z: Array, weight: Array, coarser: Array) -> Array:
    if not z.size:
        return coarser
    effective = weight.sum() ** 2 / (weight**2).sum()
    share = effective / (effective + _SHRINK)
    return share * _weighted_quantiles(z, weight) + (1.0 - share) * coarser


def _weighted_quantiles(z: Array, weight: Array) -> Array:
    order = np.argsort(z, kind="stable")
    share = np.cumsum(weight[order])
    middle = (share - weight[order] / 2.0) / share[-1]
    return np.interp(LEVELS, middle, z[order])


LAST_VALUE_CALIBRATED = Forecaster(
    card=CARD, version="1", quantiles=_quantiles, least=_LEAST, default=default, learn=learn, shipped=SHIPPED,
    bounded=False,
)  # fmt: skip
