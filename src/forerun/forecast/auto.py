"""The default: the learned quantiles, widened and drawn to the calibrated last value where the nets cannot be trusted.

Most of the nets are told everything and some only the curve's shape. On runs like those learned from they agree; where
they do not, the run is unlike what was learned. Intervals widen by the spread of the nets' medians, and each point's
quantiles move to those of the baseline by how far the medians of the two kinds of net lie apart. A curve that mostly
stands still (a return that is zero but for a few lucky episodes) is left to the baseline: its spread says nothing of
what is to come. Mixing and widening make the tails right and the middle too wide, so quantiles inside the 80% interval
are drawn to the median last.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from forerun.core import LEVELS, Array, Card
from forerun.forecast import last_value_calibrated as baseline
from forerun.forecast import learned
from forerun.forecast.forecaster import Finished, Forecaster, Request, State

CARD = Card(
    name="auto",
    does="The learned quantiles, drawn to last_value_calibrated where the nets disagree or the curve stands still.",
    source="ours",
    assumes="As `learned`; where that fails, as `last_value_calibrated`.",
    needs="4 finite points.",
    promises="Skill and coverage per source, with tasks and with whole sources left out: evidence/forecast.",
    known_answer="A run about to cool down is forecast to drop more than the same run at a constant rate.",
    control="A curve turned over (each gain a loss) is not forecast to improve as the curve is.",
)
_LEAST = 4
_TRUST = 0.4  # share of the baseline per 80% interval that the medians lie apart; chosen with whole sources left out
_MOST = 0.6  # of the baseline for disagreement alone
_STILL = 0.3, 0.7  # shares of steps of exactly zero between which a curve is left to the baseline
_WIDEST = 0.5  # spread of the nets' medians, per 80% interval, beyond which intervals widen no more
_DRAWN = 0.3  # how far quantiles at the median are drawn to it, none at the ends of the 80% interval; as _TRUST
_LOW, _MIDDLE, _HIGH = (int(np.argmin(np.abs(LEVELS - level))) for level in (0.1, 0.5, 0.9))


@cache
def _default() -> State:
    return {"learned": learned.default(), "baseline": baseline.default()}


def _learn(finished: Finished) -> State:
    """Learn both parts from the same curves; raises as they do."""
    return {"learned": learned.learn(finished), "baseline": baseline.learn(finished)}


def _quantiles(state: State, requests: Sequence[Request]) -> list[Array]:
    table = baseline.table_of(state["baseline"])
    answers: list[Array] = []
    for one, (scale, members) in zip(requests, learned.members(state["learned"], requests), strict=True):
        z = _widened(members)
        share = _baseline_share(members, z, float((np.diff(one.y) == 0.0).mean()))[:, None]
        z = (1.0 - share) * z + share * table.gain(one.x[-1], one.y.size, one.at)
        answers.append(scale.from_z(learned.turned(_peaked(z), one.sign)))
    return answers


def _widened(members: Array) -> Array:
    """The mean of the nets' quantiles (nets, m, levels), its distances from the median grown by the nets' spread."""
    z = members.mean(axis=0)
    middle = z[:, _MIDDLE, None]
    spread = members[:, :, _MIDDLE].std(axis=0) / np.maximum(z[:, _HIGH] - z[:, _LOW], 1e-9)
    return middle + (z - middle) * (1.0 + np.minimum(spread, _WIDEST))[:, None]


def _peaked(z: Array) -> Array:
    """The quantiles (m, levels) with those inside the 80% interval drawn to their median."""
    middle = z[:, _MIDDLE, None]
    inside = np.maximum(1.0 - np.abs(2.0 * LEVELS - 1.0) / 0.8, 0.0)
    return middle + (z - middle) * (1.0 - _DRAWN * inside)


def _baseline_share(members: Array, z: Array, still: float) -> Array:
    """How much of the baseline is mixed in at each point, shape (m,)."""
    shape = np.array([learned.tells_shape(i) for i in range(len(members))])
    apart = np.abs(members[shape, :, _MIDDLE].mean(axis=0) - members[~shape, :, _MIDDLE].mean(axis=0))
    share = np.minimum(_TRUST * apart / np.maximum(z[:, _HIGH] - z[:, _LOW], 1e-9), _MOST)
    return np.maximum(share, np.clip((still - _STILL[0]) / (_STILL[1] - _STILL[0]), 0.0, 1.0))


AUTO = Forecaster(card=CARD, version="3", quantiles=_quantiles, least=_LEAST, default=_default, learn=_learn)
