"""A power law with an offset, y = a + b x^-c, by robust least squares."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from scipy import optimize, special

from forerun.core import LEVELS, Array, Card
from forerun.forecast.forecaster import Forecaster, Request, each
from forerun.stats.condense import condense
from forerun.stats.robust import robust_sd

CARD = Card(
    name="power_law",
    does="Fits y = a + b x^-c with a soft-L1 loss and extrapolates it; its interval adds how such a fit missed before.",
    source="Hestness et al. 2017, eq. 1, per run; soft-L1 loss and interval ours",
    assumes="The whole seen part follows one power law, 0.02 ≤ c ≤ 3, and the noise is independent.",
    needs="6 finite points at x > 0.",
    promises="Coverage and skill per source: evidence/forecast. Too narrow where its shape turns wrong.",
    known_answer="An exact power law is continued to 1e-6 of its range.",
    control="A curve that ends in a cliff is missed by more than its 90% interval.",
)
_LEAST = 6
_EXPONENTS = (0.02, 3.0)
_POINTS = 256  # bin means bend a curve; this many bend it by less than any noise
_EXACT = 1e-9  # residual spread, in units of the seen range, below which there is nothing to be robust against
_STARTS = np.array([0.05, 0.15, 0.3, 0.5, 0.8, 1.3, 2.0])


def _quantiles(request: Request) -> Array:
    return continued(request.x, request.y, request.at)


def continued(x: Array, y: Array, at: Array) -> Array:
    """Quantiles (m, levels) at the points asked (m,) of the power law through the points seen."""
    positive = x > 0
    shift = 0.0 if positive.sum() >= _LEAST else 1.0 - x[0]
    usable = positive | (shift != 0.0)
    thinned = condense(x[usable] + shift, y[usable], _POINTS)
    unit = float(np.ptp(thinned.y)) or max(1e-8, 1e-3 * abs(float(thinned.y[-1])))
    last = float(thinned.x[-1])
    t, z = thinned.x / last, (thinned.y - thinned.y[-1]) / unit
    weight = np.sqrt(thinned.count)
    theta, residual, jacobian = _fit(t, z, weight)
    noise = max(robust_sd(residual), _EXACT)
    covariance = noise**2 * np.linalg.pinv(jacobian.T @ jacobian)
    ahead = (at + shift) / last
    gradient = _jacobian(theta, ahead)
    variance = np.einsum("mi,ij,mj->m", gradient, covariance, gradient) + noise**2
    sd = np.sqrt(variance + _miss(t, z, weight) * np.log(ahead))
    quantile = special.stdtrit(max(1, t.size - 3), LEVELS)
    return thinned.y[-1] + unit * (_value(theta, ahead)[:, None] + sd[:, None] * quantile)


def _miss(t: Array, z: Array, weight: Array) -> float:
    """Squared error, per unit of log lead, that the same fit to the first two thirds made on the last third."""
    cut = 2 * t.size // 3
    if cut < _LEAST:
        return 0.0
    theta, _, _ = _fit(t[:cut], z[:cut], weight[:cut])
    return float(np.mean((_value(theta, t[cut:]) - z[cut:]) ** 2 / np.log(t[cut:] / float(t[cut - 1]))))


def _fit(t: Array, z: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Parameters (a, b, c), weighted residuals and their Jacobian, from the best of a few exponents."""
    starts = [_linear(t, z, weight, c) for c in _STARTS]
    start = min(starts, key=lambda theta: float(np.abs(weight * (_value(theta, t) - z)).sum()))
    plain = _descend(t, z, weight, start, loss="linear", f_scale=1.0)
    spread = robust_sd(weight * (_value(plain, t) - z))
    theta = _descend(t, z, weight, plain, loss="soft_l1", f_scale=spread) if spread > _EXACT else plain
    return theta, weight * (_value(theta, t) - z), weight[:, None] * _jacobian(theta, t)


def _descend(t: Array, z: Array, weight: Array, start: Array, *, loss: str, f_scale: float) -> Array:
    def left(theta: Array) -> Array:
        return weight * (_value(theta, t) - z)

    def slope(theta: Array) -> Array:
        return weight[:, None] * _jacobian(theta, t)

    return (
        cast(Any, optimize)
        .least_squares(
            left,
            start,
            jac=slope,
            bounds=([-np.inf, -np.inf, _EXPONENTS[0]], [np.inf, np.inf, _EXPONENTS[1]]),
            loss=loss,
            f_scale=f_scale,
            x_scale=(1.0, 1.0, 0.3),
            ftol=1e-12,
            xtol=1e-12,
            gtol=1e-12,
            max_nfev=60,
        )
        .x
    )


def _value(theta: Array, t: Array) -> Array:
    a, b, c = theta
    return a + b * t**-c


def _jacobian(theta: Array, t: Array) -> Array:
    _, b, c = theta
    power = t**-c
    return np.stack([np.ones_like(t), power, -b * np.log(t) * power], axis=1)


def _linear(t: Array, z: Array, weight: Array, c: float) -> Array:
    design = np.stack([np.ones_like(t), t**-c], axis=1) * weight[:, None]
    a, b = np.linalg.lstsq(design, z * weight, rcond=None)[0]
    return np.array([a, b, c])


POWER_LAW = Forecaster(card=CARD, version="1", quantiles=each(_quantiles), least=_LEAST)
