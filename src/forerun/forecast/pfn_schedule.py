"""A prior-fitted network on a prior of our own: any metric, any length, irregular steps, and the planned learning rate.

As in `pfn`, a transformer learned on invented curves alone to answer as a Bayesian would. Its prior holds losses that
follow a learning rate (noisy quadratic, multi-power law), eleven families with breaks, late learning, turns for the
worse and levels, logged with noise that follows itself, drift, spikes and rounding (`forerun.training.prior`). A curve
is at most 96 tokens; the answer is a bar distribution in the z of the backtest protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import LEVELS, Array, Card, Curve, Forecast, Schedule, Undecided
from forerun.forecast.answer import Seen, answer_each
from forerun.forecast.prior_fitted import tokens
from forerun.forecast.prior_fitted.bars import Bars
from forerun.forecast.prior_fitted.tokens import Rates
from forerun.forecast.prior_fitted.transformer import loaded
from forerun.forecast.rate import along
from forerun.stats.zscale import zscale

CARD = Card(
    name="pfn_schedule",
    does="As pfn, on a prior of our own that knows learning-rate schedules, drift, spikes and turns for the worse.",
    source="ours; prior-fitted networks after Mueller et al. 2022, the prior's laws cited in forerun.training.prior",
    assumes="The curve is like one of the prior's; the last point asked is the run's end.",
    needs="4 finite points.",
    promises="Skill and coverage on recorded runs, none of which it has learned from: studies/forecast.",
    known_answer="Curves of its prior about to cool down are forecast lower, told so, than told a constant rate.",
    control="With the order of the seen values shuffled its CRPS on curves of its prior grows.",
)
VERSION = "1"
SHIPPED = "pfn_schedule.npz"
_LEAST = 4


def default() -> dict[str, Any]:
    return {"weights": SHIPPED}


def fit(
    curves: Sequence[Curve],
    groups: Sequence[str] | None = None,
    *,
    tasks: Sequence[str] | None = None,
    schedule: Sequence[Schedule | None] | None = None,
) -> dict[str, Any]:
    """Nothing is learned from curves: the prior has taught it all."""
    return default()


def predict(
    state: dict[str, Any],
    curves: Sequence[Curve],
    at: Sequence[ArrayLike],
    *,
    schedule: Sequence[Schedule | None] | None = None,
) -> list[Forecast | Undecided]:
    net = loaded(state["weights"])

    def quantiles(seen: Seen) -> Array:
        scale = zscale(seen.y)
        u = np.clip(seen.sign * (seen.y - scale.center) / scale.scale, -1e6, 1e6)[None]
        bars = net(*asked(seen, u))
        z = np.clip(Bars(bars.borders, bars.log_p[0]).quantiles(LEVELS), -tokens.FAR, tokens.FAR)
        return scale.from_z(z if seen.sign > 0 else -z[:, ::-1])

    return answer_each(curves, at, schedule, CARD, VERSION, quantiles, least=_LEAST)


def asked(seen: Seen, u: Array) -> tuple[Array, Array]:
    """Tokens (1, k, ...) and queries (1, m, ...) of one curve.

    Args:
        u: shape (1, n), its values in the scale, up is better.
    """
    x = seen.x
    shift = 0.0 if x[0] > 0 else float(np.diff(x).min() - x[0])
    t, ahead = ((v + shift) / (x[-1] + shift) for v in (x, seen.at))
    cut = tokens.bins(x.size)
    rates = _rates(seen, tokens.places(x[None], cut)[0])
    told = tokens.tokens(t[None], u, cut, tokens.of_tokens(rates))
    return told, tokens.queries(t[None], u, cut, ahead[None], rates)


def _rates(seen: Seen, places: Array) -> Rates:
    """The planned rate at the tokens and at the points asked; marked unknown where it is, or was zero so far."""
    k, m = places.size, seen.at.size
    found = None if seen.schedule is None else along(seen.schedule, np.concatenate([places, seen.at]))
    if found is None or not found.rate[:k].max() > 0 or not found.area[k - 1] > 0:
        return Rates.unknown(1, k, m)
    rate, area = found.rate[None], found.area[None]
    ahead = (area[:, k:] - area[:, [k - 1]]) / (seen.at - places[-1])
    return Rates(np.ones(1), rate[:, :k], area[:, :k], rate[:, k:], area[:, k:], ahead)
