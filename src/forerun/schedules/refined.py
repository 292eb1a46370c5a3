"""A schedule refined from the gradient norms of a run like the one to come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Card, Schedule
from forerun.core.form import Form
from forerun.schedules.extending import longer, ways
from forerun.schedules.pieces import through

CARD = Card(
    name="refined",
    does="What a bound on the last iterate wants, given how large gradients were: a rise while they fall, then down.",
    source="Defazio et al. 2023, algorithm 1: smoothed by a median over a tenth of the run",
    assumes="Gradient norms go as in the run that was logged, under a schedule that was not far off.",
    needs="params peak, steps, shares, evenly over the steps: what `refine` makes of gradient norms.",
    promises="Exact for the formula; no promise for the loss.",
    known_answer="Equal norms give linear decay; norms from 15 to 1 over the first tenth begin at .0045 of the peak.",
    control="A norm of 0 on the whole, with which the rate would be infinite, is refused.",
)
WEIGHTS: dict[str, Callable[[Array], Array]] = {"sgd": lambda norm: norm**-2.0, "adam": lambda norm: norm**-1.0}
"""What an update weighs by the norm of its gradient: the Euclidean one for SGD, the sum of absolutes for Adam."""
_POINTS = 10_000  # as in the authors' code: shorter series are interpolated to so many
_WINDOW = 0.1  # share of the run that the median is taken over; theirs


@dataclass(frozen=True, kw_only=True)
class Refined:
    """Shares of a peak along a run.

    Args:
        peak: the highest value.
        steps: where the schedule ends, on its axis.
        shares: shape (n,), n at least 2, of the peak: evenly from t = 0 to the end, straight in between.
    """

    peak: float
    steps: float
    shares: Array

    def __post_init__(self) -> None:
        if self.shares.size < 2 or not (np.isfinite(self.shares) & (self.shares >= 0)).all():
            raise BadInput(f"shares must be 2 or more finite numbers from 0 on, but are {self.shares.size}")

    @property
    def end(self) -> float:
        """The last step."""
        return self.steps

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.peak * through(t, np.linspace(0.0, self.steps, self.shares.size), self.shares, "straight")


REFINED = Form(card=CARD, formula=Refined, extend=ways(stretch=longer))


def refine(
    norms: ArrayLike, *, peak: float, steps: float, optimizer: str, axis: str = "step", points: int = _POINTS
) -> Schedule:
    """The schedule that the gradient norms of a similar run ask for.

    Args:
        norms: shape (n,), n at least 3, evenly over the whole run; those that are not finite are left out.
        peak: the highest value, tuned for it.
        steps: the length of the run to come, on the axis.
        optimizer: ``"sgd"`` (Euclidean norms) or ``"adam"`` (sums of absolutes, as for other signed steps).
        axis: what steps count.
        points: the least number of points that are worked with; a longer series keeps its own.

    Raises:
        BadInput: fewer than 3 finite norms, negative ones, 0 over the width of the median, or no such optimizer.

    Source: Defazio et al. 2023, algorithm 1 and section 4.

    Example:
        >>> plan = refine(np.ones(50), peak=0.1, steps=100, optimizer="sgd")
        >>> plan.lr([0, 50, 100]).round(12).tolist()
        [0.1, 0.05, 0.0]
    """
    if optimizer not in WEIGHTS:
        raise BadInput(f"no weights for {optimizer!r}; there are: {', '.join(WEIGHTS)}", where="refine")
    norm = smoothed(_usable(norms), points)
    weight = WEIGHTS[optimizer](norm / norm.min())
    after = np.concatenate([np.cumsum(weight[:0:-1])[::-1], [0.0]])
    rate = weight * after
    return Schedule("refined", {"peak": peak, "steps": steps, "shares": rate / rate.max()}, axis)


def smoothed(norms: Array, points: int = _POINTS) -> Array:
    """The median over a tenth of the run around each point; beyond the end the series is mirrored."""
    from scipy import ndimage  # slow to import, and needed here alone

    if norms.size < points:
        norms = np.interp(np.linspace(0.0, 1.0, points), np.linspace(0.0, 1.0, norms.size), norms)
    width = 2 * (int(_WINDOW * norms.size) // 2) + 1
    mirrored = np.pad(norms, (0, 2 * width), mode="reflect")
    median: Callable[..., Array] = cast(Any, ndimage).median_filter
    smooth = median(mirrored, size=width, mode="nearest")[: norms.size]
    if not (smooth > 0).all():
        at = float(np.argmin(smooth)) / norms.size
        raise BadInput(f"around share {at:.2f} of the run most gradients have norm 0", where="refine")
    return smooth


def _usable(norms: ArrayLike) -> Array:
    """The finite norms.

    Raises:
        BadInput: too few, or negative ones.
    """
    series = np.asarray(norms, dtype=np.float64)
    finite = series[np.isfinite(series)]
    if series.ndim != 1 or finite.size < 3 or (finite < 0).any():
        raise BadInput("needs 3 or more finite gradient norms in a row, none negative", where="refine")
    return finite
