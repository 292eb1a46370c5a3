"""What a fan of quantiles says of events: gain still to come, already past the best, divergence, the best so far.

A fan holds one distribution a point and not their joint one. Where a statement is about several points at once it says
how it bridges that: by a bound, or by paths that keep their rank (a run on its 80% quantile stays there).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from forerun.core import Array, Curve, Forecast
from forerun.stats import scores


def chances(curve: Curve, forecast: Forecast) -> dict[str, Any]:
    """Chances and expectations read off a fan that reaches from the curve to its last point.

    Returns:
        remaining_gain: expected improvement from the last level to the best of the last point and that level, in the
            metric's unit. p_past_best: at most the chance that no point asked improves on the best seen (the smallest
            over points). p_diverges: the chance that the last point is worse than the worst value seen. best_at: the x
            at which the best value up to the last point lies, at most with chance 10, 50 and 90%, by `best_at`.

    Example:
        >>> curve = Curve([1, 2, 3, 4], [4.0, 3.0, 2.0, 2.0], metric="loss")
        >>> levels, quantiles = [0.1, 0.5, 0.9], [[1.5, 1.8, 2.1], [0.5, 1.0, 1.5]]
        >>> fan = Forecast("loss", "step", "min", 4, [5, 6], levels, quantiles, "m", "1")
        >>> events = chances(curve, fan)
        >>> round(events["remaining_gain"], 2), events["p_past_best"], events["p_diverges"], events["best_at"]
        (1.0, 0.0, 0.0, {'0.1': 6.0, '0.5': 6.0, '0.9': 6.0})
    """
    sign = 1.0 if curve.direction == "max" else -1.0
    up = sign * curve.y[np.isfinite(curve.y)]
    last = float(np.median(up[-3:]))
    paths = sign * _dense(forecast.levels, forecast.quantiles)
    gains = np.maximum(paths[-1] - last, 0.0)
    return {
        "remaining_gain": float(gains.mean()),
        "p_past_best": float(_worse(forecast, float(up.max()), sign).min()),
        "p_diverges": float(_worse(forecast, float(up.min()), sign)[-1]),
        "best_at": _best_at(curve, forecast.at, paths),
    }


def _best_at(curve: Curve, at: Array, paths: Array) -> dict[str, float]:
    """Where the best value lies, from paths (m, k) that keep their rank, up is better; the first where several tie."""
    finite = np.isfinite(curve.y)
    up = curve.y[finite] if curve.direction == "max" else -curve.y[finite]
    where = np.concatenate([[curve.x[finite][np.argmax(up)]], at])
    best = np.sort(where[np.argmax(np.concatenate([np.full((1, paths.shape[1]), up.max()), paths]), axis=0)])
    return {str(p): float(best[int(np.ceil(p * best.size)) - 1]) for p in (0.1, 0.5, 0.9)}


def best_so_far(curve: Curve, forecast: Forecast) -> Forecast:
    """The forecast of the best value up to each point, from paths that keep their rank.

    Example:
        >>> curve = Curve([1, 2], [2.0, 1.0], metric="loss")
        >>> levels, quantiles = [0.1, 0.5, 0.9], [[0.5, 1.0, 2.0], [0.8, 0.9, 3.0]]
        >>> fan = Forecast("loss", "step", "min", 2, [3, 4], levels, quantiles, "m", "1")
        >>> best_so_far(curve, fan).quantiles.tolist()
        [[0.5, 1.0, 1.0], [0.5, 0.9, 1.0]]
    """
    finite = curve.y[np.isfinite(curve.y)]
    if curve.direction == "max":
        best = np.maximum.accumulate(np.maximum(forecast.quantiles, finite.max()), axis=0)
    else:
        best = np.minimum.accumulate(np.minimum(forecast.quantiles, finite.min()), axis=0)
    return replace(forecast, quantiles=best, of="best")


def _worse(forecast: Forecast, than: float, sign: float) -> Array:
    """The chance that each point is no better than a value (turned so that up is better), (m,)."""
    below = scores.cdf(forecast.levels, forecast.quantiles, sign * than)
    return below if sign > 0 else 1.0 - below


def _dense(levels: Array, quantiles: Array) -> Array:
    """Quantiles at evenly spaced levels, whose mean is an expectation."""
    return scores.at_levels(levels, quantiles, (np.arange(200) + 0.5) / 200)
