"""What runs of the same sweep did from here on: their gains between the same two points, those alike weighing most.

Of the run itself only its last level counts, and how alike it went. So this is what a sweep alone tells, of many runs
that ended at one place: to hold a forecaster against that weighs both, and no part of a mixture.
"""

from __future__ import annotations

import numpy as np

from forerun.core import LEVELS, Array, Card, Curve, Undecided
from forerun.forecast.forecaster import Answer, Fan, Forecaster, Request, each, leaned_on
from forerun.stats.robust import noise_sd
from forerun.stats.zscale import zscale

CARD = Card(
    name="siblings",
    does="Says what a sweep alone tells: the last level and what finished runs gained from there on, those alike most.",
    source="ours; the population view of freeze-thaw (Swersky et al. 2014) without its kernel",
    assumes="Many runs of one workload on one axis, and that this one goes on as they did. No part of a mixture.",
    needs="4 finite points, and 5 runs that are over and reach the target.",
    promises="On TaskSet, within a task: evidence/forecast.",
    known_answer="Among siblings that all halve from here on, a run is forecast to halve.",
    control="With the siblings of another workload it is further off than the last value.",
)
_LEAST, _LEAST_SIBLINGS = 4, 5
_POINTS = 200  # of each sibling that are kept
_SHAPE = np.array([0.25, 0.5, 0.75])  # shares of the run so far at which two runs are compared
_BANDWIDTH = 0.5  # in z; arbitrary
_COMPARABLE = 0.3  # weight of a sibling that is nothing like the run, as a share of one just like it


def _quantiles(request: Request) -> Answer:
    end, last = float(request.at[-1]), request.x[-1]
    runs = ((one, *_thinned(one.curve)) for one in request.siblings)
    far = end * (1 - 1e-9)
    reaching = [(one, x, y) for one, x, y in runs if x.size >= _LEAST and x[-1] >= far and x[0] <= last]
    if len(reaching) < _LEAST_SIBLINGS:
        return Undecided(f"siblings: {len(reaching)} finished runs reach x={end:g}", f"at least {_LEAST_SIBLINGS}")
    quantiles, weights = _like([(x, y) for _, x, y in reaching], request.x, request.y, request.at)
    return Fan(quantiles, leaned_on([one for one, _, _ in reaching], weights))


def _thinned(curve: Curve) -> tuple[Array, Array]:
    x, y = curve.x[np.isfinite(curve.y)], curve.y[np.isfinite(curve.y)]
    places = np.unique(np.linspace(0, max(x.size - 1, 0), min(_POINTS, x.size)).astype(int))
    return x[places], y[places]


def _like(runs: list[tuple[Array, Array]], x: Array, y: Array, at: Array) -> tuple[Array, Array]:
    """Quantiles of what the runs gained from where this one is, those of like shape weighing more; and the weights."""
    scale = zscale(y)
    start, last = float(x[0]), float(x[-1])
    shares = start + (last - start) * _SHAPE
    mine = scale.to_z(np.interp(shares, x, y))
    gains: list[Array] = []
    weights: list[float] = []
    for sx, sy in runs:
        here = float(np.median(sy[np.searchsorted(sx, last, side="right") - 3 :][:3])) if sx.size > 3 else float(sy[0])
        moved = scale.center + (sy - here)  # the sibling, shifted to where this run is
        apart = scale.to_z(np.interp(shares, sx, moved)) - mine
        weights.append(_COMPARABLE + float(np.exp(-0.5 * float((apart**2).mean()) / _BANDWIDTH**2)))
        gains.append(scale.to_z(np.interp(at, sx, moved)))
    z, weight = np.array(gains), np.array(weights)
    noise = 2.0 * noise_sd(y) / scale.scale
    return scale.from_z(np.stack([_smooth(z[:, j], weight, noise) for j in range(at.size)])), weight


def _smooth(z: Array, weight: Array, noise: float) -> Array:
    """Weighted quantiles, widened by the step noise and by what a sample this small may have missed."""
    order = np.argsort(z, kind="stable")
    share = np.cumsum(weight[order])
    q = np.interp(LEVELS, (share - weight[order] / 2.0) / share[-1], z[order])
    effective = weight.sum() ** 2 / (weight**2).sum()
    middle = q[np.argmin(np.abs(LEVELS - 0.5))]
    half = (q - middle) * (1.0 + 2.0 / effective)
    return middle + np.sign(LEVELS - 0.5) * np.sqrt(half**2 + (noise * (LEVELS - 0.5) * 2.0) ** 2)


SIBLINGS = Forecaster(card=CARD, version="1", quantiles=each(_quantiles), least=_LEAST, heeds_siblings=True)
