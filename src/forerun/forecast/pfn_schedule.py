"""A prior-fitted network on a prior of our own: any metric, any length, irregular steps, and the planned learning rate.

As in `pfn`, a transformer learned on invented curves alone to answer as a Bayesian would. Its prior holds losses that
follow a learning rate (noisy quadratic, multi-power law), eleven families with breaks, late learning, turns for the
worse and levels, logged with noise that follows itself, drift, spikes and rounding (`forerun.training.prior`). A curve
is at most 96 tokens; the answer is a bar distribution in the z of the backtest protocol.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forerun.core import LEVELS, Array, Card
from forerun.forecast.forecaster import Forecaster, Request, State
from forerun.forecast.prior_fitted import tokens
from forerun.forecast.prior_fitted.bars import Bars
from forerun.forecast.prior_fitted.tokens import Array32, Rates
from forerun.forecast.prior_fitted.transformer import loaded
from forerun.schedules.path import RatePath
from forerun.stats.zscale import zscale

CARD = Card(
    name="pfn_schedule",
    does="As pfn, on a prior of our own that knows learning-rate schedules, drift, spikes and turns for the worse.",
    source="ours; prior-fitted networks after Mueller et al. 2022, the prior's laws cited in forerun.training.prior",
    assumes="The curve is like one of the prior's; the last point asked is the run's end.",
    needs="4 finite points.",
    promises="Skill and coverage on recorded runs, none of which it has learned from: evidence/forecast.",
    known_answer="Curves of its prior about to cool down are forecast lower, told so, than told a constant rate.",
    control="With the order of the seen values shuffled its CRPS on curves of its prior grows.",
)
SHIPPED = "pfn_schedule.npz"
_LEAST = 4


def _default() -> State:
    return {"weights": SHIPPED}


def _quantiles(state: State, requests: Sequence[Request]) -> list[Array]:
    net = loaded(state["weights"])

    def one(request: Request) -> Array:
        scale = zscale(request.y)
        u = np.clip(request.sign * (request.y - scale.center) / scale.scale, -1e6, 1e6)[None]
        bars = net(*inputs(request, u))
        z = np.clip(Bars(bars.borders, bars.log_p[0]).quantiles(LEVELS), -tokens.FAR, tokens.FAR)
        return scale.from_z(z if request.sign > 0 else -z[:, ::-1])

    return [one(request) for request in requests]


def inputs(request: Request, u: Array) -> tuple[Array32, Array32]:
    """Tokens (1, k, ...) and queries (1, m, ...) of one curve.

    Args:
        u: shape (1, n), its values in the scale, up is better.
    """
    x = request.x
    shift = 0.0 if x[0] > 0 else float(np.diff(x).min() - x[0])
    t, ahead = ((v + shift) / (x[-1] + shift) for v in (x, request.at))
    cut = tokens.bins(x.size)
    rates = _rates(request, tokens.places(x[None], cut)[0])
    token = tokens.tokens(t[None], u, cut, tokens.of_tokens(rates))
    return token, tokens.queries(t[None], u, cut, ahead[None], rates)


def _rates(request: Request, places: Array) -> Rates:
    """The planned rate at the tokens and at the points asked; marked unknown where it is, or was zero so far."""
    k, m = places.size, request.at.size
    points = np.concatenate([places, request.at])
    path = None if request.schedule is None else RatePath.of(request.schedule, points)
    if path is None or not path.known:
        return Rates.unknown(1, k, m)
    rate, area = path.rate_at(points)[None], path.area_at(points)[None]
    if not rate[0, :k].max() > 0 or not area[0, k - 1] > 0:
        return Rates.unknown(1, k, m)
    ahead = (area[:, k:] - area[:, [k - 1]]) / (request.at - places[-1])
    return Rates(np.ones(1), rate[:, :k], area[:, :k], rate[:, k:], area[:, k:], ahead)


PFN_SCHEDULE = Forecaster(card=CARD, version="1", quantiles=_quantiles, least=_LEAST, default=_default, shipped=SHIPPED)
"""It learns nothing from curves: the prior has taught it all."""
