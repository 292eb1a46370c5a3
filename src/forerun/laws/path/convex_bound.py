"""The convex last-iterate bound: what theory promises of a schedule, as a law and for choosing rates.

After T steps at rates η the bound on the last iterate's suboptimality is

    Ω = D² / (2 Σ η) + Σ η² G² / (2 Σ η) + ½ Σ_k [η_k / Σ_{t>k} η] [Σ_{t≥k} η² G² / Σ_{t≥k} η],

D the distance from the optimum and G the size of gradients (Defazio et al. 2023, Theorem 10; Schaipp et al. 2025). With
``η = γ s`` the first term falls as 1/γ and the rest grows as γ, so the best γ and the bound there are closed forms.
As a law of a loss it is linear: ``L = L₀ + D² Ω₁ + G² Ω₂``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from forerun.core import Array, BadInput, Card, Table
from forerun.laws.fitter import separable
from forerun.laws.law import Parameter
from forerun.laws.path.base import PathLaw, Paths, paths
from forerun.schedules.path import RatePath

CARD = Card(
    name="convex_bound",
    does="L = L₀ + D² Ω₁ + G² Ω₂, the last-iterate bound of convex optimisation along the rate's path.",
    source="Schaipp et al. 2025 (2501.18965), Defazio et al. 2023 (2310.07831) Theorem 10; D and G fitted",
    assumes="Convex, Lipschitz loss and gradients of one size; language models obey it by surprise.",
    needs="Columns run, step, rate and y; a run that has cooled down.",
    promises="Ranks schedules of one peak, finals off by 0.0637 and 0.1837 at two peaks: evidence/laws/schedules.md. "
    "Correlates at 0.92 with trained WSD runs, 0.83 with three schedules at once; no rate it advised beat the old one "
    "there: evidence/laws/trained_schedules.md.",
    known_answer="Its terms at a constant rate γ after t steps: 1/(2γt) and γ/2 (1 + H_{t-1}).",
    control="The same rates in reverse, rising to their peak, have a bound half as high again and more.",
)
PARAMETERS = (
    Parameter("L0", 1e-6, 1e3, log=True),
    Parameter("D2", 1e-9, 1e9, log=True),
    Parameter("G2", 1e-9, 1e9, log=True),
)
_RATIO = 1.05  # of the bins that earlier steps are summed in, backwards from each point


@dataclass(frozen=True)
class Bound(Paths):
    """Points on paths, with the two terms of the bound at each, shape (n,)."""

    first: Array
    second: Array

    POINTS: ClassVar[tuple[str, ...]] = (*Paths.POINTS, "first", "second")

    def scaled(self, factor: Array) -> Self:
        by_point = factor[self.run]
        return replace(super().scaled(factor), first=self.first / by_point, second=self.second * by_point)


def read(table: Table) -> Bound:
    X = paths.read(table)
    first, second = np.empty(X.run.size), np.empty(X.run.size)
    for i, (steps, rates) in enumerate(X.nodes):
        own = X.run == i
        first[own], second[own] = terms_along(steps, rates, X.step[own])
    return Bound(**{field.name: getattr(X, field.name) for field in fields(X)}, first=first, second=second)


def predict(params: Array, X: Bound) -> tuple[Array, Array]:
    L0, D2, G2 = (params[..., i, None] for i in range(3))
    y = L0 + D2 * X.first + G2 * X.second
    return y, np.stack([np.ones_like(y), *np.broadcast_arrays(X.first + 0 * y, X.second + 0 * y)], axis=-1)


def starts(X: Bound, y: Array) -> Array:
    basis = np.stack([np.ones_like(y), X.first, X.second], axis=1)[None]
    return separable.best(basis, np.zeros((1, 0)), y, positive=np.ones(3, bool))


def terms(rate: ArrayLike) -> tuple[float, float]:
    """Ω₁ and Ω₂ after the last of T steps at these rates, with D = G = 1: exact sums.

    Example:
        >>> first, second = terms([0.5] * 4)
        >>> round(first, 6), round(second, 6) == round(0.25 + 0.25 * (1 + 1 / 2 + 1 / 3), 6)
        (0.25, True)
    """
    eta = np.asarray(rate, float)
    if eta.ndim != 1 or eta.size < 2 or (eta < 0).any() or eta[-1] <= 0:
        raise BadInput("a bound needs two rates or more, none negative and the last positive")
    tail, squares = np.cumsum(eta[::-1])[::-1], np.cumsum(eta[::-1] ** 2)[::-1]
    later = float((eta[:-1] / tail[1:] * squares[:-1] / tail[:-1]).sum())
    return 0.5 / float(tail[0]), 0.5 * float(squares[0] / tail[0]) + 0.5 * later


def best(rate: ArrayLike) -> tuple[float, float]:
    """The factor γ on the rates at which the bound is least, and the bound there (D = G = 1).

    Example:
        >>> linear = 1 - np.arange(400) / 400
        >>> [round(v, 5) for v in best(linear)]
        [0.04956, 0.10063]
    """
    first, second = terms(rate)
    return float(np.sqrt(first / second)), float(2.0 * np.sqrt(first * second))


def optimum(norms: ArrayLike) -> Array:
    """The rates at which the bound is least for gradients of these norms, with D = 1; for equal norms a linear decay.

    Args:
        norms: shape (T,), G at every step, positive: of an earlier run, thinned to some hundreds.

    Returns:
        Shape (T,), times D: `best` of it is 1.

    Raises:
        BadInput: norms that are not positive, or fewer than two.

    Source: Defazio et al. 2023, section 4: the bound minimised itself, where `refined` is a closed form near it.

    Example:
        >>> rate = optimum(np.ones(400))
        >>> bool(np.abs(rate / rate.max() - (1 - np.arange(400) / 400)).max() < 0.03)
        True
    """
    G = np.asarray(norms, float)
    if G.ndim != 1 or G.size < 2 or not (np.isfinite(G) & (G > 0)).all():
        raise BadInput("a bound needs two gradient norms or more, all of them positive")
    unit = 1.0 / float(np.sqrt(np.sum(G**2)))
    scipy: Any = optimize
    start = unit * 2.0 * np.arange(G.size, 0, -1) / G.size

    def by_log_rate(z: Array) -> tuple[float, Array]:
        return _by_log_rate(np.exp(z), G)

    end = scipy.minimize(
        by_log_rate, np.log(start), jac=True, method="L-BFGS-B",
        options={"maxiter": 3000, "maxfun": 6000, "ftol": 1e-14, "gtol": 1e-10},
    )  # fmt: skip
    return np.exp(np.asarray(end.x, float))


def bound_of(rate: ArrayLike, norms: ArrayLike) -> float:
    """The least bound of rates that may all be multiplied by one factor, for gradients of these norms, with D = 1.

    Example:
        >>> linear = 1 - np.arange(400) / 400
        >>> round(bound_of(linear, np.ones(400)), 5) == round(best(linear)[1], 5)
        True
    """
    eta, G = np.asarray(rate, float), np.asarray(norms, float)
    first = 0.5 / float(eta.sum())
    return 2.0 * float(np.sqrt(first * (_by_log_rate(eta, G)[0] - first)))


def _by_log_rate(eta: Array, G: Array) -> tuple[float, Array]:
    """The bound with D = 1, and its slope by the logarithm of every rate."""
    square = eta**2 * G**2
    S, E = np.cumsum(eta[::-1])[::-1], np.cumsum(square[::-1])[::-1]
    per_E = np.append(eta[:-1] / (S[1:] * S[:-1]), 0.0)  # of E_k in the last term
    part = per_E * E
    bound = (1.0 + E[0]) / (2.0 * S[0]) + 0.5 * float(part.sum())
    by_S = part / S + np.append(0.0, part[:-1]) / S  # by S_k as the one, and as the next of the step before
    slope = -(1.0 + E[0]) / (2.0 * S[0] ** 2) - 0.5 * np.cumsum(by_S) + 0.5 * np.append(E[:-1] / (S[1:] * S[:-1]), 0.0)
    slope = slope + eta * G**2 * (1.0 / S[0] + np.cumsum(per_E))
    return bound, slope * eta


def trapezoid(steps: int, cooldown: float, *, stable: float = 1.0, since: int = 0) -> Array:
    """Rates 1 up to step ``since``, then ``stable``, then falling linearly to 0 over the last share ``cooldown``."""
    start = steps - cooldown * steps
    t = np.arange(steps)
    level = np.where(t < since, 1.0, stable)
    return level * np.where(t < start, 1.0, 1.0 - (t - start) / max(steps - start, 1e-9))


def terms_along(steps: Array, rates: Array, at: Array) -> tuple[Array, Array]:
    """`terms` at steps ``at`` of a path given by nodes between which it is straight, without a sum over every step.

    Summed by parts, the last term is the mean of Σ_{t≥k} η² over a bin times how much 1 / Σ_{t>k} η changes over it:
    bins that grow geometrically backwards from the end lose less than 1e-3 of it.
    """
    first, second = np.empty(at.size), np.empty(at.size)
    squares = np.concatenate([[0.0], np.cumsum(_mean_square(rates) * np.diff(steps))])
    area = RatePath(steps, rates).area
    ends: list[float] = np.maximum(at, 2.0).tolist()
    for i, end in enumerate(ends):
        back = np.unique(np.append(np.minimum(_back(end), end), end))
        raw = np.interp(end, steps, area) - np.interp(end - back, steps, area)
        E = np.interp(end, steps, squares) - np.interp(end - back, steps, squares)
        S = np.maximum(raw, 1e-9 * raw[-1])
        inner = (E[1:] + E[:-1]) / 2.0 + (E[1:] - E[:-1]) / (2.0 * np.diff(back))  # of sums that take in step k itself
        later = (inner * (1.0 / S[:-1] - 1.0 / S[1:])).sum()
        first[i], second[i] = 0.5 / S[-1], 0.5 * E[-1] / S[-1] + 0.5 * later
    return first, second


def _mean_square(rates: Array) -> Array:
    """The mean of η² over each straight piece."""
    return (rates[1:] ** 2 + rates[1:] * rates[:-1] + rates[:-1] ** 2) / 3.0


def _back(end: float) -> Array:
    """Steps back from the end: each of the first, then in growing strides."""
    return np.concatenate(
        [np.arange(1.0, 21.0), np.geomspace(21.0, max(end, 22.0), int(np.log(max(end, 22.0)) / np.log(_RATIO)))]
    )


LAW = PathLaw(
    card=CARD,
    version="1",
    parameters=PARAMETERS,
    read=read,
    predict=predict,
    starts=starts,
)
