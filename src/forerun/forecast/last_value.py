"""The last value, with a spread read off the seen part: step noise plus a random walk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import LEVELS, Array, Card, Curve, Forecast, Schedule, Undecided
from forerun.forecast.answer import answer_each
from forerun.stats.robust import robust_sd

CARD = Card(
    name="last_value",
    does="Says the metric stays where it is; the spread grows with the lead as that of a random walk plus step noise.",
    source="ours; the naive forecast with a local-level spread",
    assumes="Changes ahead are like those seen, and have no trend.",
    needs="4 finite points.",
    promises="Coverage and skill per source: studies/forecast_baselines.",
    known_answer="A constant curve is forecast as that constant.",
    control="On a steadily falling curve the outcome lies below the median every time.",
)
VERSION = "1"
_LEAST = 4
_Z = special.ndtri(LEVELS)


def default() -> dict[str, Any]:
    return {}


def fit(curves: Sequence[Curve], groups: Sequence[str] | None = None) -> dict[str, Any]:
    return default()


def predict(
    state: dict[str, Any],
    curves: Sequence[Curve],
    at: Sequence[ArrayLike],
    *,
    schedule: Sequence[Schedule | None] | None = None,
) -> list[Forecast | Undecided]:
    return answer_each(curves, at, CARD, VERSION, _quantiles, least=_LEAST)


def _quantiles(x: Array, y: Array, at: Array, curve: Curve) -> Array:
    noise, walk = _noise_and_walk(y)
    lead = (at - x[-1]) / np.median(np.diff(x))
    sd = np.sqrt(2.0 * noise + walk * lead)
    return y[-1] + sd[:, None] * _Z


def _noise_and_walk(y: Array) -> tuple[float, float]:
    """Variances of the step noise and of the random walk per logging interval.

    With noise σ² and walk q, differences over k intervals have variance 2σ² + k q; two lags give both.
    """
    far = max(2, y.size // 4)
    near_var, far_var = robust_sd(np.diff(y)) ** 2, robust_sd(y[far:] - y[:-far]) ** 2
    walk = max(0.0, (far_var - near_var) / (far - 1))
    return max(0.0, (near_var - walk) / 2.0), walk
