"""The last value, with a spread read off the seen part: step noise plus a random walk."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from scipy import optimize, special

from forerun.core import LEVELS, Array, Card
from forerun.forecast.forecaster import Forecaster, Request, each
from forerun.stats.robust import robust_sd

CARD = Card(
    name="last_value",
    does="Says the metric stays where it is; the spread grows with the lead as that of a random walk plus step noise.",
    source="ours; the naive forecast with a local-level spread",
    assumes="Changes ahead are like those seen, and have no trend.",
    needs="4 finite points.",
    promises="Coverage and skill per source: evidence/forecast.",
    known_answer="A constant curve is forecast as that constant.",
    control="On a steadily falling curve the outcome lies below the median every time.",
)
_LEAST = 4
_T = special.stdtrit(5, LEVELS)  # the spread itself is estimated from few independent differences


def _quantiles(request: Request) -> Array:
    x, y, at = request.x, request.y, request.at
    noise, walk = noise_and_walk(y)
    lead = (at - x[-1]) / np.median(np.diff(x))
    sd = np.sqrt(2.0 * noise + walk * lead)
    return y[-1] + sd[:, None] * _T


def noise_and_walk(y: Array) -> tuple[float, float]:
    """Variances of the step noise and of the random walk per logging interval.

    With noise σ² and walk q, differences over k intervals have variance 2σ² + k q; non-negative least squares over
    doubling lags gives both, long lags weighing less because they hold fewer independent differences.
    """
    lags = 2 ** np.arange(int(np.log2(max(2, y.size // 4))) + 1)
    variance = np.array([robust_sd(y[k:] - y[:-k]) ** 2 for k in lags])
    if not variance.any():
        return 0.0, 0.0
    weight = 1.0 / (np.maximum(variance, 1e-12 * variance.max()) * np.sqrt(lags))
    (noise, walk), _ = cast(Any, optimize).nnls(
        np.stack([np.full(lags.size, 2.0), lags], axis=1) * weight[:, None], variance * weight
    )
    return float(noise), float(walk)


LAST_VALUE = Forecaster(card=CARD, version="1", quantiles=each(_quantiles), least=_LEAST)
