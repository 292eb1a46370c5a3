"""A parameter's profile: how well the law fits with it held at each of several values, and the interval that leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from forerun.core import Array, Table, UnknownName
from forerun.core.frozen import Noun
from forerun.laws.fitter.coordinates import bounds, outward, scaled
from forerun.laws.fitter.fit import DELTA, Fit
from forerun.laws.fitter.search import Observed, observed, run_from

_REACH = 4.0  # sds of the draws that values are tried over
_POINTS = 33


@dataclass(frozen=True, eq=False)
class Profile(Noun):
    """What holding a parameter costs.

    Args:
        values, objective: shape (m,), the parameter and the least objective with it held there.
        low, high: where the data stop allowing it, at the mass given; the last value tried where they allow that too.
        closed: whether both ends were found; if not, the data do not tell the parameter on that side.
    """

    name: str
    values: Array
    objective: Array
    low: float
    high: float
    closed: bool


def profile(made: Fit, table: Table, name: str, *, mass: float = 0.95) -> Profile:
    """The profile of one parameter on the data it was fitted to.

    The objective may rise by ``½ χ² E[ψ²] / E[ψ']`` (ψ Huber's influence): the robust likelihood ratio, which takes
    points to be independent. Where runs have many points, trust the fit's ``intervals``, which take whole runs.

    Raises:
        UnknownName: no such parameter.

    Source: Heritier and Ronchetti 1994; profiles as of Bates and Watts 1988.

    Example:
        >>> from forerun.laws.fitter import fit
        >>> rng = np.random.default_rng(0)
        >>> x = np.geomspace(10, 1e5, 60)
        >>> table = Table({"params": x, "y": (0.1 + 3 * x**-0.5) * np.exp(0.01 * rng.normal(size=60))})
        >>> found = profile(fit("regularised", table), table, "alpha")
        >>> found.low < 0.5 < found.high, found.closed
        (True, True)
    """
    law = made.formula
    if name not in law.names:
        raise UnknownName("parameter", name, law.names)
    i = law.names.index(name)
    data = observed(law, table, None, None)
    values, objective = _scanned(data, made, i)
    allowed = 0.5 * float(special.chdtri(1, 1.0 - mass)) * _dispersion(data, made.theta)
    low, high, closed = _crossings(values, objective - min(float(objective.min()), made.objective), allowed)
    shown = outward(law, np.where(np.arange(made.theta.size) == i, values[:, None], made.theta))[:, i]
    ends = outward(law, np.where(np.arange(made.theta.size) == i, np.array([[low], [high]]), made.theta))[:, i]
    return Profile(name, shown, objective, float(ends[0]), float(ends[1]), closed)


def _scanned(data: Observed, made: Fit, i: int) -> tuple[Array, Array]:
    """Values of parameter i in fitted coordinates, and the least objective at each: outwards from the optimum."""
    low, high = bounds(data.law)
    sd = max(float(made.draws[:, i].std()) if len(made.draws) else 0.0, 1e-3 * max(abs(float(made.theta[i])), 1.0))
    values = np.clip(made.theta[i] + _REACH * sd * np.linspace(-1.0, 1.0, _POINTS), low[i], high[i])
    objective, middle = np.empty(_POINTS), _POINTS // 2
    theta, here = np.stack([made.theta] * 2), np.arange(made.theta.size) == i
    for away in range(middle + 1):
        sides = np.array([middle + away, middle - away])
        at = values[sides, None]
        edge = np.where(here, at, low), np.where(here, at, high)
        end = run_from(data, np.where(here, at, theta), data.weight, DELTA, within=edge)
        theta, objective[sides] = end.theta, end.objective
    return values, objective


def _dispersion(data: Observed, theta: Array) -> float:
    """E[ψ²] / E[ψ'], corrected for the parameters fitted."""
    law = data.law
    rest = scaled(law, law.predict(outward(law, theta), data.X)[0]) - scaled(law, data.y)
    influence, slope = np.clip(rest, -DELTA, DELTA), np.abs(rest) <= DELTA
    few = data.y.size / max(data.y.size - theta.size, 1)
    return float((data.weight * influence**2).sum() / max(float((data.weight * slope).sum()), 1.0) * few)


def _crossings(values: Array, risen: Array, allowed: float) -> tuple[float, float, bool]:
    """Where the objective has risen by what is allowed, left and right of its least; and whether on both sides."""
    best = int(np.argmin(risen))
    left, right = np.flatnonzero(risen[:best] > allowed), np.flatnonzero(risen[best:] > allowed) + best
    low = values[0] if not left.size else _between(values, risen, left[-1], left[-1] + 1, allowed)
    high = values[-1] if not right.size else _between(values, risen, right[0] - 1, right[0], allowed)
    return float(low), float(high), bool(left.size and right.size)


def _between(values: Array, risen: Array, a: int, b: int, allowed: float) -> float:
    share = (allowed - risen[a]) / (risen[b] - risen[a])
    return float(values[a] + share * (values[b] - values[a]))
