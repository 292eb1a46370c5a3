"""A value between points: piece by piece, along a curve that is named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forerun.core import Array, BadInput
from forerun.schedules.planned import half_cosine

CURVES: dict[str, Callable[[Array, Array, Array], Array]] = {
    "straight": lambda a, b, x: a + (b - a) * x,
    "log": lambda a, b, x: a * (b / a) ** x,
    "cosine": lambda a, b, x: b + (a - b) * half_cosine(x),
}
"""From a to b, by the share x of the way."""


def through(t: Array, x: Array, y: Array, curve: str) -> Array:
    """The value at t of pieces through points; before the first and after the last that point's.

    Args:
        t: any shape.
        x: shape (n,), increasing.
        y: shape (n,).
        curve: one of `CURVES`.

    Raises:
        BadInput: no such curve.
    """
    if curve not in CURVES:
        raise BadInput(f"no curve {curve!r} between points; there are: {', '.join(CURVES)}")
    i = np.clip(np.searchsorted(x, t, side="right") - 1, 0, max(x.size - 2, 0))
    j = np.minimum(i + 1, x.size - 1)
    share = np.clip((t - x[i]) / np.where(j > i, x[j] - x[i], 1.0), 0.0, 1.0)
    return CURVES[curve](y[i], y[j], share)


def increasing(name: str, series: Array) -> None:
    """Refuse a series that does not increase from 0 on.

    Raises:
        BadInput: with the place.
    """
    before = np.concatenate([[-np.finfo(float).tiny], series[:-1]])
    if not np.isfinite(series).all() or (series <= before).any():
        i = int(np.argmin(np.isfinite(series) & (series > before)))
        raise BadInput(f"{name} must increase from 0 on, but {name}[{i}] is {series[i]:g} after {before[i]:g}")
