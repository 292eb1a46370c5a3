"""What every forecaster does around its own formula: keep the finite points, refuse thin evidence, answer per curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import LEVELS, Array, BadInput, Card, Curve, Forecast, Schedule, Undecided
from forerun.core.metrics import bounds
from forerun.forecast.postprocess.within import within

_LARGEST = 1e100  # squares must stay within float64


@dataclass(frozen=True)
class Seen:
    """What a method is shown of one curve.

    Args:
        x, y: the finite points, (n,) and (n,). at: the points asked, (m,). curve: as it was logged.
        schedule: the planned `Schedule` on the curve's axis, where there is one.
    """

    x: Array
    y: Array
    at: Array
    curve: Curve
    schedule: Schedule | None = None

    @property
    def sign(self) -> float:
        """1 where higher is better, else -1."""
        return 1.0 if self.curve.direction == "max" else -1.0


Quantiles = Callable[[Seen], Array | Undecided]
"""What is seen -> quantiles (m, levels), or why there are none."""


def answer_each(
    curves: Sequence[Curve],
    at: Sequence[ArrayLike],
    schedule: Sequence[Schedule | None] | None,
    card: Card,
    version: str,
    quantiles: Quantiles,
    *,
    least: int,
    bounded: bool = True,
) -> list[Forecast | Undecided]:
    """One answer a curve from a function of its finite points.

    Args:
        least: fewest finite points the method can speak on; below it the answer is `Undecided`.
        bounded: quantiles are kept where the metric must stay (`forerun.core.metrics.bounds`).

    Raises:
        BadInput: points that do not lie beyond the curve, or not one array of points a curve.
    """

    def one_by_one(seen: Sequence[Seen]) -> list[Array | Undecided]:
        return [quantiles(one) for one in seen]

    return answer_all(curves, at, schedule, card, version, one_by_one, least=least, bounded=bounded)


def answer_all(
    curves: Sequence[Curve],
    at: Sequence[ArrayLike],
    schedule: Sequence[Schedule | None] | None,
    card: Card,
    version: str,
    quantiles: Callable[[Sequence[Seen]], Sequence[Array | Undecided]],
    *,
    least: int,
    bounded: bool = True,
) -> list[Forecast | Undecided]:
    """As `answer_each`, from a function of all curves that can be spoken on, for methods that work in batches."""
    if len(curves) != len(at):
        raise BadInput(f"{len(curves)} curves but points asked for {len(at)}", where=f"forecaster {card.name!r}")
    plans = [None] * len(curves) if schedule is None else schedule
    checked = [
        _check(curve, np.atleast_1d(np.asarray(asked, float)), plan, card, least)
        for curve, asked, plan in zip(curves, at, plans, strict=True)
    ]
    with np.errstate(over="ignore", under="ignore"):
        found = iter(quantiles([one for one in checked if isinstance(one, Seen)]))
    return [one if isinstance(one, Undecided) else _told(one, next(found), card, version, bounded) for one in checked]


ORIGINS = (0.1, 0.2, 0.4, 0.6, 0.8)
"""Shares of a curve's points at which a forecast is tried when a method learns: those of the backtest."""


def origins(n: int, *, least: int) -> list[int]:
    """How many points of a curve of ``n`` are shown at each origin, at least ``least`` and never all.

    Example:
        >>> origins(20, least=4)
        [4, 8, 12, 16]
    """
    return [k for k in sorted({round(share * n) for share in ORIGINS}) if least <= k < n]


def learns_nothing(card: Card, version: str, quantiles: Quantiles, *, least: int) -> tuple[Any, Any, Any]:
    """``default``, ``fit`` and ``predict`` of a forecaster that knows nothing but the curve it is shown."""

    def default() -> dict[str, Any]:
        return {}

    def fit(
        curves: Sequence[Curve],
        groups: Sequence[str] | None = None,
        *,
        tasks: Sequence[str] | None = None,
        schedule: Sequence[Schedule | None] | None = None,
    ) -> dict[str, Any]:
        return {}

    def predict(
        state: dict[str, Any],
        curves: Sequence[Curve],
        at: Sequence[ArrayLike],
        *,
        schedule: Sequence[Schedule | None] | None = None,
    ) -> list[Forecast | Undecided]:
        return answer_each(curves, at, schedule, card, version, quantiles, least=least)

    return default, fit, predict


def _check(curve: Curve, at: Array, plan: Schedule | None, card: Card, least: int) -> Seen | Undecided:
    """What may be used of a curve, or why it cannot be spoken on."""
    finite = np.isfinite(curve.y)
    x, y = curve.x[finite], curve.y[finite]
    if len(curve) and not finite[-1]:
        last = f"the last value of {curve.metric} is {curve.y[-1]}"
        return Undecided(last, "a finite value: the run has diverged, or is yet to recover")
    if x.size < least:
        return Undecided(f"{card.name}: {x.size} finite points of {curve.metric} seen", f"at least {least}")
    if not np.isfinite(at).all() or at[0] <= curve.x[-1] or (np.diff(at) <= 0).any():
        raise BadInput(
            f"points asked must increase and lie beyond the last one seen, x={curve.x[-1]:g}, but are {at[:3]} ...",
            where=f"forecast of {curve.metric}",
        )
    if np.abs(y).max() > _LARGEST:
        return Undecided(
            f"{curve.metric} reaches {np.abs(y).max():.3g}", f"values below {_LARGEST:g}: the run has diverged"
        )
    return Seen(x, y, at, curve, plan if plan is not None and plan.axis == curve.axis else None)


def _told(seen: Seen, q: Array | Undecided, card: Card, version: str, bounded: bool) -> Forecast | Undecided:
    curve = seen.curve
    if isinstance(q, Undecided):
        return q
    if not np.isfinite(q).all():
        return Undecided(f"{card.name}: {curve.metric} leaves the range of float64", "values of moderate size")
    if bounded:
        q = within(q, seen.y, *bounds(curve.metric, seen.y))
    origin = float(curve.x[-1])
    return Forecast(curve.metric, curve.axis, curve.direction, origin, seen.at, LEVELS, q, card.name, version)
