"""The median of the recent points, with the errors it would have made on the seen part."""

from __future__ import annotations

import numpy as np
from scipy import special

from forerun.core import LEVELS, Array, Card
from forerun.forecast.forecaster import Forecaster, Request, each

CARD = Card(
    name="recent_median",
    does="Says the metric stays at the median of its last tenth; the spread is that of its past errors.",
    source="ours",
    assumes="No trend; errors ahead grow with the square root of the lead beyond what could be tried on the seen part.",
    needs="5 finite points.",
    promises="Coverage and skill per source: evidence/forecast.",
    known_answer="A constant curve with one spike at its end is forecast as that constant.",
    control="On a steadily falling curve the outcome lies below the median every time.",
)
_LEAST = 5
_Z = special.ndtri(LEVELS)


def _quantiles(request: Request) -> Array:
    x, y, at = request.x, request.y, request.at
    window = int(np.clip(y.size // 10, 3, 50))
    medians = np.median(np.lib.stride_tricks.sliding_window_view(y[-2000:], window), axis=1)
    lead = np.maximum(1.0, (at - x[-1]) / np.median(np.diff(x)))
    sd = np.array([_past_error(y[-2000:], medians, window, h) for h in lead])
    return medians[-1] + sd[:, None] * _Z


def _past_error(y: Array, medians: Array, window: int, lead: float) -> float:
    """Root mean square error of the recent median at a lead, tried on the seen part.

    Leads longer than half of what can be tried are scaled up from that half by the square root.
    """
    tried = int(min(lead, max(1, (y.size - window) // 2)))
    ends = np.arange(medians.size - tried)
    errors = y[ends + window - 1 + tried] - medians[ends]
    return float(np.sqrt(np.mean(errors**2) * lead / tried)) if errors.size else 0.0


RECENT_MEDIAN = Forecaster(card=CARD, version="1", quantiles=each(_quantiles), least=_LEAST)
