"""What every forecaster does around its own formula: keep the finite points, refuse thin evidence, answer per curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import LEVELS, Array, BadInput, Card, Curve, Forecast, Schedule, Undecided

_LARGEST = 1e100  # squares must stay within float64

Quantiles = Callable[[Array, Array, Array, Curve], Array]
"""x seen (n,), y seen (n,), points asked (m,), the curve -> quantiles (m, levels)."""


def answer_each(
    curves: Sequence[Curve], at: Sequence[ArrayLike], card: Card, version: str, quantiles: Quantiles, *, least: int
) -> list[Forecast | Undecided]:
    """One answer a curve from a function of its finite points.

    Args:
        least: fewest finite points the method can speak on; below it the answer is `Undecided`.

    Raises:
        BadInput: points that do not lie beyond the curve, or not one array of points a curve.
    """
    if len(curves) != len(at):
        raise BadInput(f"{len(curves)} curves but points asked for {len(at)}", where=f"forecaster {card.name!r}")
    return [
        _answer(c, np.atleast_1d(np.asarray(a, float)), card, version, quantiles, least)
        for c, a in zip(curves, at, strict=True)
    ]


def learns_nothing(card: Card, version: str, quantiles: Quantiles, *, least: int) -> tuple[Any, Any, Any]:
    """``default``, ``fit`` and ``predict`` of a forecaster that knows nothing but the curve it is shown."""

    def default() -> dict[str, Any]:
        return {}

    def fit(curves: Sequence[Curve], groups: Sequence[str] | None = None) -> dict[str, Any]:
        return {}

    def predict(
        state: dict[str, Any],
        curves: Sequence[Curve],
        at: Sequence[ArrayLike],
        *,
        schedule: Sequence[Schedule | None] | None = None,
    ) -> list[Forecast | Undecided]:
        return answer_each(curves, at, card, version, quantiles, least=least)

    return default, fit, predict


def _answer(
    curve: Curve, at: Array, card: Card, version: str, quantiles: Quantiles, least: int
) -> Forecast | Undecided:
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
    with np.errstate(over="ignore", under="ignore"):
        q = quantiles(x, y, at, curve)
    if not np.isfinite(q).all():
        return Undecided(f"{card.name}: {curve.metric} leaves the range of float64", "values of moderate size")
    return Forecast(curve.metric, curve.axis, curve.direction, float(curve.x[-1]), at, LEVELS, q, card.name, version)
