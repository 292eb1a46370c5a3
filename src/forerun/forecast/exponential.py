"""AutoLRS's predictor: drop outliers round a smoothing spline, then continue an exponential."""

from __future__ import annotations

import warnings
from typing import Any, cast

import numpy as np
from scipy import interpolate, optimize, special

from forerun.core import LEVELS, Array, Card
from forerun.forecast.forecaster import Forecaster, Request, each
from forerun.stats.condense import condense
from forerun.stats.robust import robust_sd

CARD = Card(
    name="exponential",
    does="Removes outliers round a quadratic spline, fits a·exp(-rate·x) + c and continues it.",
    source="AutoLRS (Jin et al. 2021, section 4.2); interval from the fit's own misses, ours",
    assumes="The loss falls exponentially to a level, as over a few hundred steps at one learning rate.",
    needs="8 finite points.",
    promises="Coverage and skill per source: evidence/forecast. Levels off too early on power laws.",
    known_answer="An exact exponential is continued to 1e-4 of its range.",
    control="A power law is forecast to level off above where it goes.",
)
_LEAST = 8
_POINTS = 256
_ROUNDS, _DROPPED = 10, 0.03  # AutoLRS: ten times, the 3% farthest from the spline, in the first half only
_RATES = np.geomspace(0.05, 50.0, 25)


def _quantiles(request: Request) -> Array:
    x, y, at = request.x, request.y, request.at
    thinned = condense(x, y, _POINTS)
    span = float(thinned.x[-1] - thinned.x[0])
    t, ahead = (thinned.x - thinned.x[0]) / span, (at - thinned.x[0]) / span
    unit = float(np.ptp(thinned.y)) or max(1e-8, 1e-3 * abs(float(thinned.y[-1])))
    t, z = _without_outliers(t, (thinned.y - thinned.y[-1]) / unit)
    rate = _best_rate(t, z)
    mean = _continue(t, z, rate, ahead)
    noise = robust_sd(z - _continue(t, z, rate, t))
    cut = max(_LEAST // 2, 2 * t.size // 3)
    missed = z[cut:] - _continue(t[:cut], z[:cut], _best_rate(t[:cut], z[:cut]), t[cut:])
    growth = float(np.mean(missed**2 / (t[cut:] - float(t[cut - 1]))))
    sd = np.sqrt(noise**2 + growth * (ahead - 1.0))
    return thinned.y[-1] + unit * (mean[:, None] + sd[:, None] * special.stdtrit(max(1, t.size - 3), LEVELS))


def _without_outliers(t: Array, z: Array) -> tuple[Array, Array]:
    """The points left after the farthest of the first half are dropped, round by round."""
    for _ in range(_ROUNDS):
        drop = int(_DROPPED * t.size)
        if drop == 0 or t.size < 2 * _LEAST:
            break
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a smoothing that cannot be met to the digit still serves
            spline = interpolate.UnivariateSpline(t, z, k=2, s=t.size * robust_sd(np.diff(z)) ** 2 / 2.0)
        off = np.abs(z - spline(t))
        off[t.size // 2 :] = -1.0
        inliers = np.sort(np.argsort(off)[: t.size - drop])
        t, z = t[inliers], z[inliers]
    return t, z


def _best_rate(t: Array, z: Array) -> float:
    """The rate whose linear fit of a and c leaves least (variable projection)."""

    def left(log_rate: float) -> float:
        return float(np.sum((z - _continue(t, z, float(np.exp(log_rate)), t)) ** 2))

    costs = [left(float(np.log(rate))) for rate in _RATES]
    i = int(np.argmin(costs))
    ends = np.log(_RATES[max(0, i - 1)]), np.log(_RATES[min(_RATES.size - 1, i + 1)])
    lowest = cast(Any, optimize).minimize_scalar(left, bounds=ends, method="bounded", options={"xatol": 1e-7})
    return float(np.exp(lowest.x))


def _continue(t: Array, z: Array, rate: float, at: Array) -> Array:
    design = np.stack([np.exp(-rate * t), np.ones(t.size)], axis=1)
    return np.stack([np.exp(-rate * at), np.ones(at.size)], axis=1) @ np.linalg.lstsq(design, z, rcond=None)[0]


EXPONENTIAL = Forecaster(card=CARD, version="1", quantiles=each(_quantiles), least=_LEAST)
