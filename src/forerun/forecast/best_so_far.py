"""The best value so far, with the spread of `last_value`: what an early-stopping rule without a forecast goes by."""

from __future__ import annotations

import numpy as np
from scipy import special

from forerun.core import LEVELS, Array, Card
from forerun.forecast.forecaster import Forecaster, Request, each
from forerun.forecast.last_value import noise_and_walk

CARD = Card(
    name="best_so_far",
    does="Says the metric will be back at the best value seen; the spread is that of last_value.",
    source="ours; the naive forecast of early stopping and of successive halving",
    assumes="The best value seen is the run's level, and changes ahead are like those seen.",
    needs="4 finite points.",
    promises="Coverage and skill per source: evidence/forecast.",
    known_answer="A constant curve is forecast as that constant.",
    control="Of a level with noise it says the luckiest point: over nine in ten outcomes are worse.",
)
_LEAST = 4
_T = special.stdtrit(5, LEVELS)


def _quantiles(request: Request) -> Array:
    x, y, at = request.x, request.y, request.at
    noise, walk = noise_and_walk(y)
    lead = (at - x[-1]) / np.median(np.diff(x))
    best = request.sign * (request.sign * y).max()
    return best + np.sqrt(2.0 * noise + walk * lead)[:, None] * _T


BEST_SO_FAR = Forecaster(card=CARD, version="1", quantiles=each(_quantiles), least=_LEAST)
