"""A loss law that is linear in its coefficients, over the learning rate's path: what a cooldown to come will give.

``L = L₀ + A S^-α - B D``: S is the area under the learning rate so far, D the multi-power law's loss drop,
``D(t) = Σ_k (η_{k-1} - η_k) (1 - (1 + C η_k^-γ S_k(t))^-β)`` with S_k the area since the k-th change. C, β and γ are
nearly the same for models of every size, so they are held at what the prior says; A, B and L₀ enter linearly and α is
averaged over a grid. B is known beforehand, from other runs: a run that has not cooled down yet cannot tell it.
A random walk in ln S stands for what the law leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, cast

import numpy as np
from scipy import optimize

from forerun.core import LEVELS, Array, Card, Curve, Schedule, Undecided
from forerun.forecast.forecaster import Answer, Finished, Forecaster, Request, State
from forerun.forecast.weights import shipped_json
from forerun.laws.path.multi_power import loss_drop
from forerun.schedules import value, value_held
from forerun.schedules.path import RatePath
from forerun.stats.condense import condense
from forerun.stats.linear_average import Designs, Grid, average
from forerun.stats.mixture import mixture_quantiles
from forerun.stats.robust import noise_sd, robust_sd

CARD = Card(
    name="schedule_law",
    does="Continues a loss along its planned learning rate; what a cooldown gives is known from other runs.",
    source="Luo et al. 2025 (multi-power law), Tissue et al. 2024 (LR annealing); linear average and prior ours",
    assumes="One loss of a model in pre-training; the learning rate is known to the end; one peak rate.",
    needs="8 finite points and a schedule that reaches the target.",
    promises="Error of the final loss on 100M models with the prior of 25M models: evidence/forecast.",
    known_answer="A loss made by the law is continued to its noise through a cooldown not seen yet, the gain known.",
    control="Told a constant rate, it misses a run that cools down.",
)
_LEAST = 8
SHIPPED = "schedule_law.json"
_ALPHAS = np.geomspace(0.1, 1.5, 24)
_STARTS = np.array([0.0, 0.5, 1.5])  # area before the first record, in shares of first x times first rate (warm-up)
_WALKS = np.array(
    [0.05, 1.0, 20.0]
)  # variance of the walk per unit of ln S, per noise variance; chosen on the 25M runs
_NOISES = np.geomspace(0.7, 3.0, 5)
_NODES = 400  # records of the rate along the path
_MISFIT = 2e-3  # relative error of the law that counts like one sd of C, β and γ
_LOG_SD = 0.5  # sd of their logarithms from one setting to the next; arbitrary
_POWER = 0.1  # of the evidence: the law is not exact, and the points are not independent; chosen on the 25M runs
_CHANGES = 64  # changes of the rate that are told apart; neighbours are merged


@cache
def _default() -> State:
    return shipped_json(SHIPPED)


def _learn(finished: Finished) -> State:
    """The prior of B, and C, β and γ, from complete losses with known schedules; as shipped where there are none.

    C, β and γ minimise the mean error of the curves' own linear fits, drawn to the shipped values; B, as the share of
    the loss that a cooldown from the peak rate to nothing gives, has the median and the robust sd of those fits.
    """
    every = zip(finished.curves, finished.schedules, strict=True)
    pairs = [(c, s) for c, s in every if s is not None and _lawful(c, s)]
    if len(pairs) < 2:
        return _default()
    start = np.array([_default()["C"], _default()["beta"], _default()["gamma"]])
    paths = [_Kernel(s, c.x, c.x[-1:]) for c, s in pairs]

    def left(log_theta: Array) -> Array:
        theta = np.exp(log_theta)
        parts = [_own_fit(c, path, theta)[1] for (c, _), path in zip(pairs, paths, strict=True)]
        rest = np.concatenate(parts) / (_MISFIT * np.sqrt(len(parts)))
        return np.concatenate([rest, (log_theta - np.log(start)) / _LOG_SD])

    best = cast(Any, optimize).least_squares(left, np.log(start), loss="soft_l1", max_nfev=25, diff_step=1e-3)
    theta = np.exp(np.asarray(best.x, dtype=np.float64))
    gains = np.array([_own_fit(c, path, theta)[0] for (c, _), path in zip(pairs, paths, strict=True)])
    gains = gains[np.isfinite(gains) & (gains > 0)]
    if gains.size < 2:
        return _default()
    middle = float(np.median(gains))
    sd = max(robust_sd(gains), 0.2 * middle)
    C, beta, gamma = (float(v) for v in theta.round(5))
    return {"C": C, "beta": beta, "gamma": gamma, "B": round(middle, 5), "B_sd": round(sd, 5)}


def _lawful(curve: Curve, schedule: Schedule) -> bool:
    """A loss with a rate that is known and changes."""
    rate = value(schedule, curve.x)
    return (
        len(curve) >= 3 * _LEAST
        and curve.direction == "min"
        and schedule.axis == curve.axis
        and bool(np.isfinite(curve.y).all() and (curve.y > 0).all() and np.isfinite(rate).all())
        and float(rate[-1]) < 0.7 * float(rate.max())
    )


def _own_fit(curve: Curve, path: _Kernel, theta: Array) -> tuple[float, Array]:
    """The curve's own relative B under C, β, γ, and what its best linear fit leaves, relative to the last loss."""
    drop = path.drop(*theta)[: len(curve)]
    best: tuple[float, float, Array] = (np.inf, np.nan, np.zeros(0))
    for alpha in _ALPHAS[::3]:
        design = np.stack([np.ones(len(curve)), path.area[: len(curve)] ** -alpha, -drop], axis=1)
        if not np.isfinite(design).all():  # a rate of zero from the start leaves no area to speak of
            continue
        beta, *_ = np.linalg.lstsq(design, curve.y, rcond=None)
        rest = (curve.y - design @ beta) / curve.y[-1]
        if rest @ rest < best[0]:
            best = (float(rest @ rest), float(beta[2] * path.peak / curve.y[-1]), rest)
    return best[1], best[2] / np.sqrt(len(curve))


class _Kernel:
    """A learning rate's path at the points of a curve: areas, and what the loss drop is made of.

    Args:
        x, at: points seen and asked.
        before: area before the first of them, in shares of its x times its rate (warm-up).
    """

    def __init__(self, schedule: Schedule, x: Array, at: Array, before: float = 0.0) -> None:
        points = np.concatenate([x, at])
        read = RatePath.of(schedule, points, start=float(x[0]), nodes=_NODES)
        path = RatePath(read.x, np.maximum(read.rate, 0.0))
        self.peak = float(path.rate[path.x <= x[-1]].max())
        rate, pace = float(path.rate[0]), float(path.x[1] - path.x[0])
        first = (0.5 + before) * float(x[0]) * rate + rate * pace
        area = path.area + first
        self.area = np.maximum(np.interp(points, path.x, area), 1e-12 * max(float(area[-1]), 1e-300))
        falls = path.falls()
        falls = replace(falls, area=falls.area + first).beyond(1e-9 * self.peak).by_count(_CHANGES)
        self.drops, self.where = falls.size, falls.area
        self.rates = np.maximum(falls.to, 1e-6 * self.peak)

    def drop(self, C: float, beta: float, gamma: float) -> Array:
        """D at every point, in units of the rate."""
        if not self.drops.size:
            return np.zeros(self.area.size)
        since = np.maximum(self.area[:, None] - self.where, 0.0)
        return loss_drop(C, beta, gamma, since, self.rates, self.drops)


def _quantiles(state: State, requests: Sequence[Request]) -> list[Answer]:
    return [_answer(state, request) for request in requests]


def _answer(state: State, request: Request) -> Answer:
    plan, curve = request.schedule, request.curve
    if plan is None:
        return Undecided("schedule_law: the learning rate's path is not known", "a logged or planned schedule")
    if curve.direction != "min" or not (request.y > 0).all():
        return Undecided(f"schedule_law: {curve.metric} is not a positive loss", "a loss")
    if curve.x[0] < 0 or not np.isfinite(value_held(plan, np.concatenate([request.x, request.at]))).all():
        return Undecided("schedule_law: the schedule does not reach the target", "a schedule up to there")
    return _continued(state, plan, request.x, request.y, request.at)


def _continued(state: State, plan: Schedule, x: Array, y: Array, at: Array) -> Array:
    thinned = condense(x, y)
    unit, center = float(np.ptp(thinned.y)) or 1e-8, float(thinned.y[-1])
    noise = max(noise_sd(y) / unit, 1e-3)
    designs: list[Array] = []
    paths = [_Kernel(plan, thinned.x, at, before) for before in _STARTS]
    n = thinned.x.size
    for path in paths:
        gain = -path.drop(state["C"], state["beta"], state["gamma"]) / path.peak
        for alpha in _ALPHAS:
            fall = (path.area / path.area[n - 1]) ** -alpha
            fall = (fall - fall[n - 1]) / max(float(fall[0] - fall[n - 1]), 1e-12)
            designs.append(np.stack([np.ones(fall.size), fall, gain - gain[n - 1]]))
    design = np.stack(designs)
    per_rate = center / unit  # B is kept relative to the loss, per share of the peak rate
    mean = np.array([0.0, 0.7, state["B"] * per_rate])
    sd = np.array([1.0, 1.0, state["B_sd"] * per_rate])
    prior = np.full(len(design), 1.0 / len(design))
    u = np.log(paths[0].area / paths[0].area[0])
    grid = Grid(_WALKS, np.full(_WALKS.size, 1.0 / _WALKS.size), noise * _NOISES, _POWER)
    parts = average(
        (thinned.y - center) / unit,
        thinned.count,
        u[:n],
        u[n:],
        Designs(design[..., :n], design[..., n:], prior, mean, sd),
        grid,
    )
    return center + unit * mixture_quantiles(parts.weight, parts.mean, parts.sd, LEVELS)


SCHEDULE_LAW = Forecaster(
    card=CARD, version="1", quantiles=_quantiles, least=_LEAST, default=_default, learn=_learn, shipped=SHIPPED
)  # fmt: skip
