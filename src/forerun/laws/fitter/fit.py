"""One engine for every law: starts, robust minimum, how sure the parameters are, and how far predictions may be off.

The objective is ``Σ w ρ(log ŷ - log y)`` with Huber's ρ, summed (`minimise`). `search` finds its minimum from many
starts and what other parameters the data allow; `misfit` measures what the law gets wrong beyond the fitted sizes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Range, Table, Undecided
from forerun.core.frozen import Noun
from forerun.laws import LAWS
from forerun.laws.fitter import misfit
from forerun.laws.fitter.coordinates import bounds, logs, outward, scaled, unscaled
from forerun.laws.fitter.search import SearchResult, descend, draw, observed, untold
from forerun.laws.law import Law

DELTA = 1e-3
"""Where Huber's loss turns linear, in log units; the value of Hoffmann et al. 2022."""
_AT_BOUND = 1e-6  # of a parameter's allowed span
_MOVES = 0.05  # share in an untold direction from which a parameter counts as not told
_UNIDENTIFIED = 0.5  # spread of the draws, of the parameter or of its logarithm, beyond which it is not identified


@dataclass(frozen=True, eq=False)
class Report(Noun):
    """How the search went: what a reader needs to believe the parameters.

    Args:
        starts: starts followed; ``reached`` of them ended at the optimum, ``converged`` tells whether the best did.
        at_bound: parameters that ended at a bound.
        unidentified: parameters that the data do not tell: at a bound, or spread over half of themselves.
    """

    starts: int
    reached: int
    converged: bool
    steps: int
    at_bound: tuple[str, ...]
    unidentified: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Prediction(Noun):
    """What a law says at m points: the prediction, and an interval for what will be measured there.

    Args:
        y, low, high: shape (m,), in the unit of the fitted y; ``low`` to ``high`` is the interval of mass ``level``.
        draws: shape (b, m), the law at other parameters that the data allow: for differences between points.
        warnings: what the fit never saw.
    """

    y: Array
    low: Array
    high: Array
    level: float
    draws: Array
    warnings: tuple[str, ...] = ()


class Errors(NamedTuple):
    """Predictions on the scale that residuals are taken on: middle (m,), sd (m,), draws (b, m)."""

    middle: Array
    sd: Array
    draws: Array
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Fit(Noun):
    """A law fitted to data.

    Args:
        law, version: which law.
        params: by name.
        intervals: by name, 95% of the draws.
        objective: summed Huber loss of log residuals at the optimum, by the given weights.
        n, groups: points and runs it rests on.
        noise: sd of log residuals.
        misfit: sd of what the law itself gets wrong one span of the fitted sizes beyond them, in log units (`misfit`).
        theta, draws: the optimum (p,) and other parameters the data allow (b, p), in fitted coordinates.
        support: what of the data the law judges new points by.
        formula: the law itself.
    """

    law: str
    version: str
    params: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    objective: float
    n: int
    groups: int
    noise: float
    misfit: float
    theta: Array
    draws: Array
    support: dict[str, Any]
    report: Report
    fit_seconds: float
    formula: Law[Any] = field(repr=False)
    warnings: tuple[str, ...] = ()

    def sampled(self) -> Array:
        """The law's own parameters (1 + b, p): the optimum, then what else the data allow."""
        return outward(self.formula, np.vstack([self.theta, self.draws]))

    def derived(self, of: Callable[[Array], Array], unit: str) -> Range:
        """What follows from the parameters alone, with the 80% range of the draws.

        Args:
            of: parameters (k, p) to values (k,); draws for which it is NaN do not count.
            unit: of the value.
        """
        value = of(self.sampled())
        known = value[np.isfinite(value)]
        low, high = np.quantile(known, [0.1, 0.9]) if known.size else (np.nan, np.nan)
        return Range(float(value[0]), float(low), float(high), unit)

    def predict(self, table: Table, *, level: float = 0.8, transfer: bool = False) -> Prediction | Undecided:
        """The law at every row of a table, with intervals.

        Args:
            table: the columns that the law reads; one row a point.
            level: mass of the interval.
            transfer: answer even where the law is known not to hold (its refusals become warnings).

        Returns:
            A `Prediction`, or `Undecided` where the law refuses: it says why, and what it would need.

        Example:
            >>> N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e9, 5), np.geomspace(1e9, 1e11, 5)))
            >>> made = fit("chinchilla", Table({"params": N, "tokens": D, "y": 1.7 + 400 * N**-0.34 + 2000 * D**-0.36}))
            >>> made.predict(Table({"params": [1e10], "tokens": [2e11]})).y.round(3).tolist()
            [2.03]
        """
        errors = self.errors(table, transfer=transfer)
        if isinstance(errors, Undecided):
            return errors
        law = self.formula
        wide = misfit.quantile(0.5 + level / 2.0) * errors.sd
        low, high = unscaled(law, errors.middle - wide), unscaled(law, errors.middle + wide)
        return Prediction(unscaled(law, errors.middle), low, high, level, unscaled(law, errors.draws), errors.warnings)

    def errors(self, table: Table, *, transfer: bool = False) -> Errors | Undecided:
        """As `predict`, on the scale that residuals are taken on: the prediction, and the sd of what is measured."""
        return self.errors_at(self.formula.read(table), transfer=transfer)

    def errors_at(self, X: Any, *, transfer: bool = False) -> Errors | Undecided:
        """As `errors`, of rows as the law reads them."""
        law = self.formula
        refusal = None if law.refuse is None else law.refuse(self.support, X)
        if refusal is None:
            return self._errors(X)
        if not transfer:
            return refusal
        if law.transfer is None:
            return self._errors(X, warnings=(refusal.why,))
        same, farther, words = law.transfer(self.support, X)
        return self._errors(same, farther, (f"{refusal.why}: {words}",))

    def _errors(self, X: Any, farther: float | Array = 0.0, warnings: tuple[str, ...] = ()) -> Errors:
        law = self.formula
        middle = scaled(law, law.predict(outward(law, self.theta), X)[0])
        drawn = scaled(law, law.predict(outward(law, self.draws), X)[0])
        distance = misfit.distance_of(law, self.support, X) + farther
        sd = misfit.spread(drawn, middle, self.noise, self.misfit, distance)
        off, share = misfit.from_rule(law, self.support, X, middle)
        warnings = (*self.warnings, *(() if law.warn is None else law.warn(self.support, X)), *warnings)
        sd = np.hypot(sd, 0.5 * off)
        return Errors(middle + share * off, sd, drawn + share * off, tuple(dict.fromkeys(warnings)))


def fit(
    law: str | Law[Any],
    table: Table,
    *,
    weight: ArrayLike | None = None,
    group: Sequence[Any] | None = None,
    start: ArrayLike | None = None,
    draws: int = 200,
    judge_beyond: bool = True,
    delta: float = DELTA,
    seed: int = 0,
) -> Fit | Undecided:
    """Fit a law to the rows of a table.

    Args:
        law: a name in `LAWS`, or a law of one's own.
        table: the law's columns and ``y``; rows whose y is not finite are not fitted to.
        weight: shape (n,), how much each row counts; 1 each by default.
        group: what varies together (a run): by default the column ``run``, else every row for itself.
        start: shape (k, p), start points instead of the law's own, in its parameters.
        draws: refits under random weights; 0 leaves the intervals without parameter spread.
        judge_beyond: measure the law's own error beyond the fitted sizes; a few more fits.
        seed: of the draws.

    Raises:
        BadInput: a column is missing or holds what the law cannot read, or no y is positive.
        UnknownName: no such law.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> N, D = 10 ** rng.uniform(7, 9, 40), 10 ** rng.uniform(9, 11, 40)
        >>> made = fit("chinchilla", Table({"params": N, "tokens": D, "y": 1.7 + 400 * N**-0.34 + 2000 * D**-0.36}))
        >>> {name: round(value, 2) for name, value in made.params.items() if name in ("E", "alpha", "beta")}
        {'E': 1.7, 'alpha': 0.34, 'beta': 0.36}
    """
    began = time.perf_counter()
    formula = LAWS.load(law) if isinstance(law, str) else law
    data = observed(formula, table, weight, group)
    p = len(formula.parameters)
    if data.y.size <= p:
        return Undecided(f"{formula.card.name} has {p} parameters and {data.y.size} points to be fitted to", f"{p + 1}")
    rng = np.random.default_rng(seed)
    search = descend(data, start, delta)
    thin = data.thinned()
    drawn = draw(thin, search.theta, draws, delta, rng)
    report = _report(formula, search, drawn, untold(thin, search.theta, delta))
    support = misfit.support_of(data)
    spanned = outward(formula, np.vstack([drawn, search.theta]))
    low, high = np.quantile(spanned, [0.025, 0.975], axis=0)
    return Fit(
        law=formula.card.name,
        version=formula.version,
        params=dict(zip(formula.names, outward(formula, search.theta).tolist(), strict=True)),
        intervals={n: (float(a), float(b)) for n, a, b in zip(formula.names, low, high, strict=True)},
        objective=search.objective,
        n=data.y.size,
        groups=data.groups,
        noise=misfit.noise_of(data, search.theta),
        misfit=misfit.measured(thin, delta, rng, at_bound=bool(report.at_bound)) if judge_beyond else 0.0,
        theta=search.theta,
        draws=drawn,
        support=support,
        report=report,
        fit_seconds=time.perf_counter() - began,
        formula=formula,
        warnings=(*_warnings(report), *(() if formula.warn is None else formula.warn(support, data.X))),
    )


def _report(law: Law[Any], search: SearchResult, drawn: Array, free: Array) -> Report:
    low, high = bounds(law)
    edge = np.minimum(search.theta - low, high - search.theta) < _AT_BOUND * (high - low)
    spread = drawn.std(axis=0) if len(drawn) else np.zeros(search.theta.size)
    unit = np.where(logs(law), 1.0, np.abs(search.theta))
    loose = (spread > _UNIDENTIFIED * unit) | (np.abs(free) > _MOVES * unit).any(axis=0)
    at_bound = tuple(name for name, at in zip(law.names, edge, strict=True) if at)
    unidentified = tuple(name for name, no in zip(law.names, edge | loose, strict=True) if no)
    return Report(search.starts, search.reached, search.converged, search.steps, at_bound, unidentified)


def _warnings(report: Report) -> tuple[str, ...]:
    warnings = [f"{name} ended at a bound" for name in report.at_bound]
    warnings += [f"the data do not tell {name}" for name in report.unidentified if name not in report.at_bound]
    return tuple(warnings if report.converged else [*warnings, "the search did not converge"])
