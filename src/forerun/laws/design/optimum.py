"""The schedule whose loss at its end a law says is lowest: knots from the peak down to the floor.

The rate goes in straight lines from knot to knot, and the knots lie closer towards the end, where laws and practice
put the cooldown. Each knot is ``floor + (peak - floor) exp(-u₁ - ... - u_i)`` with every u from 0 on, so that no rate
rises and only bounds are left; the law's slopes are exact and L-BFGS-B does the rest.

A fall takes as long as the way from one knot to the next, unless it may be sudden. The multi-power law counts a fall by
the rate after it, so that it calls one step down better than the same fall in two, and where its γ is above 1 calls a
fall to almost nothing at once the best of all: no run bears that out (evidence/laws/designs.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize

from forerun.core import Array, Schedule, Undecided
from forerun.laws.design.constraints import Constraints
from forerun.laws.fitter.coordinates import outward
from forerun.laws.fitter.fit import Fit
from forerun.laws.law import Law
from forerun.laws.path.base import PathLaw, Slopes, by_rate, ending

KNOTS, DRAWS = 32, 12
_PIECES = 8  # between two knots: sums over them are those over every step to 1e-5 of the loss
_STARTS = 0.15, 0.4  # linear cooldowns over these shares; from either the same optimum, evidence/laws
_FASTEST = 6.0  # u: to 1/400 from one knot to the next
_STILL = 1e-3  # u at a start where the rate is constant: off the bound, so that it may move


def optimum(made: Fit, within: Constraints, *, knots: int = KNOTS, draws: int = DRAWS) -> Schedule | Undecided:
    """The schedule that keeps to the constraints and whose loss at its end the fitted law says is lowest.

    Args:
        knots: points at which the rate is free; a sudden fall may stand at each.
        draws: other parameters that the data allow, which together count as much as the fitted ones: where the data
            hardly tell what a fall gives, the best for one guess is bad for the next. 0 for the fitted ones alone.

    Returns:
        `Undecided` of a law that does not tell what a falling rate gives.
    """
    slopes = slopes_of(made.formula)
    if slopes is None:
        return Undecided(f"{made.law} does not tell what a falling rate gives", "a law that does, such as multi_power")
    problem = _Problem(slopes, *_parameters(made, draws), within, knots)
    ends = [problem.descend(share) for share in _STARTS]
    return problem.schedule(min(ends, key=lambda end: end[0])[1])


def _parameters(made: Fit, draws: int) -> tuple[Array, Array]:
    """Parameters (k, p) and what each counts (k,): half the fitted ones, half some draws."""
    some = made.draws[:: max(len(made.draws) // draws, 1)][:draws] if draws else made.draws[:0]
    weight = np.concatenate([[1.0], np.full(len(some), 1.0 / max(len(some), 1))])
    return outward(made.formula, np.vstack([made.theta, some])), weight / weight.sum()


def slopes_of(law: Law[Any]) -> Callable[[Array, Any], Slopes] | None:
    """How a law's loss at a path's end changes with the rates on the way; None of a law that does not tell."""
    return law.slopes if isinstance(law, PathLaw) else None


class _Problem:
    """The loss as a function of u, with its gradient."""

    def __init__(
        self, slopes: Callable[[Array, Any], Slopes], params: Array, weight: Array, within: Constraints, knots: int
    ) -> None:
        self.slopes, self.params, self.weight, self.within = slopes, params, weight, within
        left = (1.0 - np.arange(knots + 1) / knots) ** 2
        self.knots = within.steps - (within.steps - within.start) * left
        if within.sudden:
            self.knots = np.sort(np.concatenate([self.knots, self.knots[1:-1] + 1.0]))
        self.part = np.arange(_PIECES) / _PIECES
        before, self.rates_before = within.behind()
        self.x = np.concatenate([before, self._between(self.knots)])
        self.floor = within.floor * within.peak

    def _between(self, at_knots: Array) -> Array:
        """What lies straight between values at the knots, at every piece's end."""
        pieces = at_knots[:-1, None] + np.diff(at_knots)[:, None] * self.part
        return np.append(pieces.ravel(), at_knots[-1])

    def _above(self, u: Array) -> Array:
        """By how much the rate is above the floor at each knot."""
        return (self.within.peak - self.floor) * np.exp(-np.concatenate([[0.0], np.cumsum(u)]))

    def loss(self, u: Array) -> tuple[float, Array]:
        above = self._above(u)
        rate = np.concatenate([self.rates_before, self._between(self.floor + above)])
        slopes = self.slopes(self.params, ending(self.x, rate)).mean(self.weight)
        by = by_rate(self.x, rate, slopes)[self.rates_before.size :]
        pieces = by[:-1].reshape(-1, _PIECES)
        at_knots = np.append(0.0, (pieces * self.part).sum(axis=1))
        at_knots[:-1] += (pieces * (1.0 - self.part)).sum(axis=1)
        at_knots[-1] += by[-1]
        return float(slopes.y), -np.cumsum((at_knots * above)[:0:-1])[::-1]

    def descend(self, share: float) -> tuple[float, Array]:
        """The optimum from a linear cooldown over this share: the loss and u."""
        left = np.clip((self.within.steps - self.knots) / (share * (self.within.steps - self.within.start)), 1e-3, 1.0)
        u = np.maximum(-np.diff(np.log(left)), _STILL)
        scipy: Any = optimize
        end = scipy.minimize(
            self.loss, u, jac=True, method="L-BFGS-B", bounds=[(0.0, _FASTEST)] * u.size,
            options={"maxiter": 400, "ftol": 1e-11, "gtol": 1e-9},
        )  # fmt: skip
        return float(end.fun), np.asarray(end.x, float)

    def schedule(self, u: Array) -> Schedule:
        """The knots as a schedule, after what is fixed before them."""
        within, x, rate = self.within, self.knots, self.floor + self._above(u)
        if within.past is not None:
            x = x - within.since
        elif within.warmup:
            x, rate = np.append(0.0, x), np.append(0.0, rate)
        return within.whole("knots", x=x, value=rate)
