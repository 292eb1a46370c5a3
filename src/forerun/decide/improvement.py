"""What forecasts say of beating a loss: the chance, and by how much on average."""

from __future__ import annotations

from typing import cast

import numpy as np

from forerun.core import Array, Forecast

_MIDDLES = (np.arange(100) + 0.5) / 100.0  # levels at which forecasts are integrated; each stands for a hundredth


def forecast_losses(forecast: Forecast) -> Array:
    """The forecast's last point as equally likely losses (down is better), shape (100,), increasing.

    Example:
        >>> f = Forecast("acc", "step", "max", 10, [20], [0.0001, 0.9999], [[0.0, 1.0]], "example", "1")
        >>> forecast_losses(f)[[0, -1]].round(3).tolist()
        [-0.995, -0.005]
    """
    drawn: Array = np.interp(_MIDDLES, forecast.levels, cast(Array, forecast.quantiles[-1]))
    return drawn if forecast.direction == "min" else -drawn[::-1]


def chance_to_beat(losses: Array, loss: float) -> float:
    """Chance that the end lies below a loss.

    Args:
        losses: equally likely ones, as `forecast_losses` has them.
        loss: to be beaten.

    Example:
        >>> chance_to_beat(np.array([1.0, 2.0, 3.0, 4.0]), 2.5)
        0.5
    """
    return float(np.mean(losses < loss))


def expected_improvement(losses: Array, loss: float) -> float:
    """Mean of how far the end lies below a loss, 0 where it does not.

    Args:
        losses: shape (..., k), equally likely ones.
        loss: to be beaten.

    Example:
        >>> expected_improvement(np.array([1.0, 2.0, 3.0, 4.0]), 3.0)
        0.75
    """
    return float(np.maximum(loss - losses, 0.0).mean())
