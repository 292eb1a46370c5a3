"""Refit at every point, and speak only once the sequence of fits has settled: what is left to gain, not where it ends.

A learning trend A_i is the pattern ``π(x) = c - a x^-b`` (a, b ≥ 0) fitted to the first i points; its asymptote is α_i.
* Working level ω: the first i at which the asymptotes of the last λ + 1 fits lie within ν of one another.
* Prediction level p: the first i ≥ ω whose asymptote is a legal value. Before it nothing is said.
* Anchoring: from p on a pseudo-observation at infinity, the previous asymptote, holds the fit against outliers.
* Convergence: layer χ_i = |A_i(x_i) - α_i| is what is left to gain; at χ_i ≤ τ the gain ahead is below τ.

The definitions are those of Vilares Ferro et al. 2017 as other authors report them; the paper itself was not at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from forerun.core import LEVELS, Array, Card, Undecided
from forerun.forecast.forecaster import Answer, Fan, Forecaster, Request, each
from forerun.stats.condense import condense
from forerun.stats.robust import robust_sd

CARD = Card(
    name="sequential",
    does="Fits a power law at every point, speaks once the asymptotes have settled, and says what is left to gain.",
    source="Vilares Ferro, Darriba Bilbao, Ribadas Pena 2017, definitions second-hand; fit and interval ours",
    assumes="The curve is concave (a gain) or convex (a loss) and follows a power law from its second point on.",
    needs="5 points, and a sequence of fits that has settled.",
    promises="Once it speaks, a tagger's end within 1 point: 96%, 91% with outliers, evidence/laws/tagger.md; on other "
    "curves the last value is nearer, evidence/forecast.",
    known_answer="On an exact power law it settles at once and its remaining gain is the true one.",
    control="On a random walk it stays undecided.",
)
_LEAST = 5
_NU = 0.03  # ν: how far recent asymptotes may lie apart, as a share of the span seen; ours, not per unit of x
_LOOK, _BACK = 3, 1.5  # λ: it must hold for this many more fits, and for all back to x / 1.5
_POINTS = 48
_POWERS = np.geomspace(0.1, 2.0, 261)  # 1.2% apart
_ROUNDS, _FAR = 10, 2.0  # of reweighting, and the sds beyond which a point counts less than half; see evidence/forecast


@dataclass(frozen=True)
class Trace:
    """The sequence of fits.

    Args:
        size: points behind each fit. asymptote, layer, power: shape (fits,), α_i, χ_i and b_i.
        coefficients: shape (fits, 2), c and a of each fit.
        working, predicting: index of the fit at the working and at the prediction level, None before it.
    """

    size: NDArray[np.intp]
    asymptote: Array
    layer: Array
    power: Array
    coefficients: Array
    working: int | None
    predicting: int | None


def trace(x: ArrayLike, y: ArrayLike, *, legal: tuple[float, float] = (-np.inf, np.inf)) -> Trace:
    """Fit every prefix of a curve.

    Args:
        x, y: shape (n,), x > 0 and increasing, n ≥ 4.
        legal: values an asymptote may take, for example (0, 1) for an accuracy.

    Example:
        >>> n = 100.0 * 2.0 ** np.arange(9)
        >>> fits = trace(n, 0.9 - 2.0 * n**-0.5, legal=(0, 1))
        >>> round(float(fits.asymptote[-1]), 3), fits.predicting
        (0.9, 3)
    """
    times, level = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    least = 1e-9 * float(np.abs(level).max())
    unit = max(float(np.ptp(level)), least) or 1.0
    # rounded, since which of two powers fits better may hang on the last digit, and units must not matter
    t: Array = np.round(times, 10)
    start = float(level[0])
    z: Array = np.round((level - start) / unit, 10)
    legal = ((legal[0] - start) / unit, (legal[1] - start) / unit)
    sizes = np.arange(4, t.size + 1, dtype=np.intp)
    fits: list[tuple[float, float, float]] = []
    settled: int | None = None
    predicting: int | None = None
    for i, n in enumerate(sizes):
        anchor = fits[-1][0] if predicting is not None else None
        fits.append(_pattern(t[:n], z[:n], anchor))
        settled = _working(np.array(fits)[:, 0], t[3:n], z, least / unit) if settled is None else settled
        if predicting is None and settled is not None and legal[0] <= fits[-1][0] <= legal[1]:
            predicting = i
    c, a, b = np.array(fits).T
    c, a = start + unit * c, unit * a
    layer = np.abs(a) * t[sizes - 1] ** -b
    return Trace(sizes, c, layer, b, np.stack([c, a], axis=1), settled, predicting)


def _working(asymptotes: Array, x: Array, z: Array, least: float) -> int | None:
    """The working level if the asymptotes of the recent fits lie close together, in units of the span seen."""
    if asymptotes.size <= _LOOK:
        return None
    recent = min(int(np.searchsorted(x, float(x[-1]) / _BACK)), asymptotes.size - _LOOK - 1)
    allowed = _NU * max(float(np.ptp(z[: x.size + 3])), least)
    return asymptotes.size - 1 if np.ptp(asymptotes[recent:]) <= allowed else None


def _pattern(t: Array, z: Array, anchor: float | None) -> tuple[float, float, float]:
    """c, a and b of the best c - a t^-b: least squares, reweighted so that what lies far off counts less."""
    power = t ** -_POWERS[:, None]
    target = z
    if anchor is not None:  # at infinity the power is gone
        power, target = np.concatenate([power, np.zeros((_POWERS.size, 1))], axis=1), np.append(z, anchor)
    weight = np.ones(target.size)
    c, a, b = float(z[-1]), 0.0, 1.0
    for _ in range(_ROUNDS):
        total = weight.sum()
        middle, level = power @ weight / total, float(target @ weight / total)
        free, rest = power - middle[:, None], target - level
        slope = (free * rest) @ weight / np.maximum((free * free) @ weight, 1e-300)
        left = (rest - slope[:, None] * free) ** 2 @ weight
        i = int(np.argmin(left))
        c, a, b = float(level - slope[i] * middle[i]), float(-slope[i]), float(_POWERS[i])
        off = np.abs(z - (c - a * t**-b))
        scale = 1.4826 * float(np.median(off))
        if scale <= 1e-12 * max(float(np.ptp(z)), 1e-300):
            break
        weight[: z.size] = 1.0 / (1.0 + (off / (_FAR * scale)) ** 2)
    return c, a, b


def _quantiles(request: Request) -> Answer:
    fits = _trace(request)
    if fits.predicting is None:
        return Undecided("sequential: the fits have not settled", f"{_LOOK + 1} fits whose asymptotes agree")
    return Fan(_continued(fits, request), {"remaining_gain": float(fits.layer[-1])})


def _shifted(request: Request) -> tuple[Array, Array]:
    """x seen and asked, moved so that the first is above zero."""
    shift = 0.0 if request.x[0] > 0 else float(np.diff(request.x).min() - request.x[0])
    return request.x + shift, request.at + shift


def _trace(request: Request) -> Trace:
    thinned = condense(_shifted(request)[0], request.y, _POINTS)
    share = bool(request.sign > 0 and (request.y >= 0).all() and (request.y <= 1).all())
    return trace(thinned.x / thinned.x[0], thinned.y, legal=(0.0, 1.0) if share else (-np.inf, np.inf))


def _continued(fits: Trace, request: Request) -> Array:
    """Quantiles of the last fit, by its residuals, how far its asymptotes still move and what is left to gain."""
    x, ahead = _shifted(request)
    thinned = condense(x, request.y, _POINTS)
    level, slope = fits.coefficients[-1]
    t, power = ahead / thinned.x[0], fits.power[-1]
    mean = level - slope * t**-power
    rest = thinned.y - (level - slope * (thinned.x / thinned.x[0]) ** -power)
    churn = np.abs(np.diff(fits.asymptote[-_LOOK - 1 :])).max() if fits.asymptote.size > _LOOK else fits.layer[-1]
    noise = robust_sd(rest) + 1e-9 * max(abs(float(thinned.y[-1])), 1e-300)
    grown = 1.0 - (t * thinned.x[0] / thinned.x[-1]) ** -power  # of what is left, how much lies before the target
    sd = np.sqrt(noise**2 + (grown * churn) ** 2 + (0.3 * grown * fits.layer[-1]) ** 2)
    return mean[:, None] + sd[:, None] * special.ndtri(LEVELS)


SEQUENTIAL = Forecaster(card=CARD, version="2", quantiles=each(_quantiles), least=_LEAST)
