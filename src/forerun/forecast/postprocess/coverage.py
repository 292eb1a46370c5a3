"""What intervals of a forecaster's kind were measured to hold, on recorded runs of tasks it had not learned from."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from forerun.core import Forecast
from forerun.forecast.weights import shipped_json

SHIPPED = "coverage.json"
LEADS = (1.5, 3.0)
"""Edges of x_target / x_origin between which forecasts are taken to be of one kind; arbitrary."""


def lead_of(origin: float, at: float) -> int:
    """Which of the three leads a forecast is of; the longest where x does not start above zero.

    Example:
        >>> lead_of(100, 120), lead_of(100, 1000), lead_of(0, 1)
        (0, 2, 2)
    """
    return int(np.searchsorted(LEADS, at / origin if origin > 0 else np.inf))


def measured(forecast: Forecast) -> dict[str, Any]:
    """``{"coverage": {"measured": {mass: share}, "on", "cases", "groups"}}``; empty for a method never measured.

    Example:
        >>> made = Forecast("loss", "step", "min", 10, [12], [0.1, 0.5, 0.9], [[1, 2, 3]], "mine", "1")
        >>> measured(made)
        {}
    """
    table = _table().get(forecast.method)
    if table is None or table["version"] != forecast.version:
        return {}
    return {"coverage": table["leads"][lead_of(forecast.origin, float(forecast.at[-1]))]}


@cache
def _table() -> dict[str, Any]:
    return shipped_json(SHIPPED)
