"""Four textbook curves fitted with scipy, the one of lowest AICc continued: what one would write in an afternoon."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from scipy import optimize, special

from forerun.core import LEVELS, Array, Card
from forerun.forecast.forecaster import Forecaster, Request, each
from forerun.stats.condense import condense

CARD = Card(
    name="best_of_four",
    does="Fits a power law, an exponential, a logarithm and Hill's curve by least squares and continues the best.",
    source="curve_fit of SciPy; AICc: Hurvich and Tsai 1989",
    assumes="One of the four is true, and the noise is independent and normal.",
    needs="7 finite points.",
    promises="Skill and coverage beside the others: evidence/forecast. Its intervals are too narrow by far.",
    known_answer="An exact exponential is continued to 1e-6 of its range.",
    control="A curve that ends in a cliff is missed by more than its 90% interval.",
)
_LEAST = 7
_POINTS = 256
_Z = special.ndtri(LEVELS)
Formula = Callable[..., Array]
Shape = tuple[Formula, tuple[float, ...], tuple[list[float], list[float]]]
_FREE = np.inf


def _power(t: Array, a: float, b: float, c: float) -> Array:
    return a + b * t**-c


def _exponential(t: Array, a: float, b: float, c: float) -> Array:
    return a + b * np.exp(-c * t)


def _logarithm(t: Array, a: float, b: float) -> Array:
    return a + b * np.log(t)


def _hill(t: Array, a: float, b: float, c: float, d: float) -> Array:
    return a + b / (1.0 + (t / c) ** d)


_SHAPES: tuple[Shape, ...] = (  # in t = x / last x and z = (y - last y) / range: formula, start, bounds
    (_power, (0.0, 0.1, 0.5), ([-_FREE, -_FREE, 0.01], [_FREE, _FREE, 5.0])),
    (_exponential, (0.0, 1.0, 3.0), ([-_FREE, -_FREE, 0.01], [_FREE, _FREE, 200.0])),
    (_logarithm, (0.0, -0.1), ([-_FREE, -_FREE], [_FREE, _FREE])),
    (_hill, (0.0, 1.0, 0.3, 1.0), ([-_FREE, -_FREE, 1e-3, 0.1], [_FREE, _FREE, 10.0, 10.0])),
)


def _quantiles(request: Request) -> Array:
    x, y, at = request.x, request.y, request.at
    shift = 0.0 if x[0] > 0 else float(np.diff(x).min() - x[0])
    thinned = condense(x + shift, y, _POINTS)
    unit = float(np.ptp(thinned.y)) or max(1e-8, 1e-3 * abs(float(thinned.y[-1])))
    last = float(thinned.x[-1])
    t, z = thinned.x / last, (thinned.y - thinned.y[-1]) / unit
    _, middle, sd = min((_continued(shape, t, z, (at + shift) / last) for shape in _SHAPES), key=lambda one: one[0])
    return thinned.y[-1] + unit * (middle[:, None] + sd[:, None] * _Z)


def _continued(shape: Shape, t: Array, z: Array, ahead: Array) -> tuple[float, Array, Array]:
    """AICc, median and sd of one shape; an infinite AICc where it cannot be fitted."""
    formula, start, bounds = shape
    k, n = len(start) + 1, t.size
    nothing = np.inf, np.full(ahead.size, z[-1]), np.full(ahead.size, float(z.std()) or 1e-9)
    if n <= k + 1:
        return nothing
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", optimize.OptimizeWarning)
            theta, covariance = cast(Any, optimize).curve_fit(
                formula, t, z, start, bounds=bounds, method="trf", max_nfev=200
            )
    except RuntimeError:  # no convergence
        return nothing
    variance = max(float(np.mean((formula(t, *theta) - z) ** 2)), 1e-18)
    aicc = n * float(np.log(variance)) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
    slope = _slope(formula, theta, ahead)
    of_fit = np.einsum("mi,ij,mj->m", slope, np.nan_to_num(covariance, posinf=0.0), slope)
    return aicc, formula(ahead, *theta), np.sqrt(np.maximum(of_fit, 0.0) + variance)


def _slope(formula: Formula, theta: Array, ahead: Array) -> Array:
    """The formula's derivatives at the points ahead, (m, p), by differences."""

    def values(p: Array) -> Array:
        return formula(ahead, *p)

    return np.asarray(cast(Any, optimize).approx_fprime(theta, values, 1e-6)).reshape(ahead.size, -1)


BEST_OF_FOUR = Forecaster(card=CARD, version="1", quantiles=each(_quantiles), least=_LEAST)
