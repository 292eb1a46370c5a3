"""A Bayesian average over the classical curve families: closed form, over quasi-random shapes.

Model, in scaled units: ``z(t) = β₀ + β₁ φ_k(t; η) + w(ln t) + ε``, with a shape φ_k that falls from 1 at the first
point to 0 at the last one seen, a random walk w in log time (what no family explains) and step noise ε; a positive
loss is taken by its logarithm. `forerun.stats.linear_average` has the algebra. The shapes' parameters η are Sobol
points of the families' priors; how much each shape and each walk counts beforehand is learned from finished curves.

With both linear coefficients integrated out, the eleven families of Domhan et al. 2015 come down to seven shapes:
pow3 is ``power``; pow4 ``shifted_power``; weibull, janoschek and exp4 ``stretched``; mmf, hill3 and log_power ``hill``;
ilog2 ``inverse_log``; loglog_linear ``loglog``; vap ``vapour``. An exponential, a logarithm and a constant are added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from scipy import special

from forerun.core import LEVELS, Array, BadInput, Card, Curve, part
from forerun.forecast.forecaster import Finished, Forecaster, Request, State, origins
from forerun.forecast.weights import shipped_json
from forerun.stats.condense import Condensed, condense
from forerun.stats.linear_average import Designs, Grid, Mixture, average
from forerun.stats.mixture import mixture_quantiles
from forerun.stats.robust import noise_sd

CARD = Card(
    name="parametric",
    does="Averages ten curve shapes, a random-walk discrepancy and step noise by their evidence.",
    source="families: Domhan et al. 2015, LCDB (Mohr et al. 2022); algebra: Rasmussen and Williams 2006, section 2.7",
    assumes="What lies before a fifth of the seen part no longer matters; noise is near normal; no schedule is known.",
    needs="5 finite points.",
    promises="Coverage and skill per source: evidence/forecast. Over-confident where few points are seen.",
    known_answer="A noiseless power law is continued to a tenth of the drop left to the target.",
    control="A run whose learning rate is cooled down later ends below the 80% interval.",
)
_LEAST = 5
SHIPPED = "parametric.json"
_DRAWS = 16  # Sobol points a family; 32 move the mean CRPS by under 0.002
_COEFFICIENTS = np.array([2.0, 1.0])  # prior sd of β₀ and β₁, in units of the seen range; arbitrary, weakly informative
_WALKS = 50.0 * np.array([0.05, 0.5, 5.0])  # variance of the walk per unit of ln t, per noise variance
_NOISES = np.geomspace(0.7, 4.0, 6)  # times the noise estimated from second differences
_POWER = 0.2  # of the evidence: no family is right
_RECENT = 0.2  # earlier points, as a share of the last x, are left out: one shape need not fit a whole run
_MOST_RECENT = 8  # points kept however early they are
_NOISE_FLOOR = 1e-3  # of the seen range: no family is exact to more
_LEARN = 60  # curves a group that the prior is learned from
_ROUNDS = 5  # of expectation and maximisation; more move the weights by under 1%

Shape = Callable[[Array, Array], Array]
"""t (n,) in units of the last x, parameters (s, p) -> φ (s, n)."""

FAMILIES: dict[str, tuple[Shape, tuple[tuple[float, float], ...]]] = {
    "power": (lambda t, p: t ** -p[:, :1], ((0.4, 1.2),)),
    "shifted_power": (lambda t, p: (t + p[:, 1:]) ** -p[:, :1], ((0.6, 1.2), (0.1, 1.2))),
    "exponential": (lambda t, p: np.exp(-p[:, :1] * t), ((4.0, 1.2),)),
    "stretched": (lambda t, p: np.exp(-((p[:, :1] * t) ** p[:, 1:])), ((4.0, 1.5), (0.7, 0.5))),
    "hill": (lambda t, p: 1.0 / (1.0 + (p[:, :1] * t) ** p[:, 1:]), ((4.0, 1.5), (1.4, 0.5))),
    "inverse_log": (lambda t, p: 1.0 / np.log(np.e + p[:, :1] * t), ((50.0, 2.0),)),
    "loglog": (lambda t, p: -np.log(1.0 + p[:, :1] * np.log1p(p[:, 1:] * t)), ((1.0, 1.0), (50.0, 1.5))),
    "vapour": (lambda t, p: np.exp(np.minimum(p[:, 1:] / t, 50.0)) * t ** -p[:, :1], ((0.4, 1.2), (0.02, 1.2))),
    "logarithm": (lambda t, p: -np.log(t + p[:, :1]), ((0.01, 2.0),)),
    "constant": (lambda t, p: np.zeros((len(p), t.shape[-1])), ()),
}
"""Decreasing shapes, whose sign and size are fitted, so each serves rising metrics too; and for each parameter the
median and the sd of the logarithm of its log-normal prior."""


@cache
def _default() -> State:
    return shipped_json(SHIPPED)


def unlearned() -> State:
    """The state before anything is learned: every family and every walk weighs the same.

    Example:
        >>> state = unlearned()
        >>> len(state["families"]), round(sum(sum(f["prior"]) for f in state["families"].values()), 6)
        (10, 1.0)
    """
    families: dict[str, Any] = {}
    for name, (_, priors) in FAMILIES.items():
        params = _sobol(priors)
        families[name] = {"params": params.round(5).tolist(), "prior": [0.1 / len(params)] * len(params)}
    return {"families": families, "walk_prior": [1.0 / _WALKS.size] * _WALKS.size}


def _sobol(priors: tuple[tuple[float, float], ...]) -> Array:
    from scipy.stats import qmc  # slow to import, and only learning needs it

    if not priors:
        return np.zeros((1, 1))
    u = qmc.Sobol(len(priors), scramble=False).random(_DRAWS) + 0.5 / _DRAWS
    medians, sds = np.array(priors).T
    return medians * np.exp(sds * special.ndtri(u))


def _learn(finished: Finished) -> State:
    """Empirical Bayes: the weights of shapes and walks under which finished curves ended as they did.

    Expectation-maximisation on the seen part's evidence (to its power) times the density of what came after.

    Raises:
        BadInput: no curve is long enough to learn from.
    """
    state = unlearned()
    prior, walk_prior = _prior(state), np.array(state["walk_prior"])
    cases: list[Array] = []
    weight: list[float] = []
    for group in dict.fromkeys(finished.groups):
        own = [c for c, g in zip(finished.curves, finished.groups, strict=True) if g == group][:_LEARN]
        likelihoods = [table for curve in own for table in _likelihoods(curve, state)]
        cases += likelihoods
        weight += [1.0 / len(likelihoods)] * len(likelihoods)
    if not cases:
        raise BadInput("no curve has 5 finite points and a later one to learn from", where="parametric")
    likelihood, weights = np.stack(cases), np.array(weight) / np.sum(weight)
    for _ in range(_ROUNDS):
        share = likelihood * prior[:, None] * walk_prior
        share *= (weights / share.sum(axis=(1, 2)))[:, None, None]
        prior, walk_prior = share.sum(axis=(0, 2)), share.sum(axis=(0, 1))
        prior = 0.9 * prior + 0.1 * _prior(state)  # no shape and no walk is ever ruled out
        walk_prior = 0.9 * walk_prior + 0.1 / _WALKS.size
    at = 0
    for family in state["families"].values():
        n = len(family["params"])
        family["prior"] = prior[at : at + n].round(6).tolist()
        at += n
    state["walk_prior"] = walk_prior.round(4).tolist()
    return state


def _likelihoods(curve: Curve, state: State) -> list[Array]:
    """From each origin of a curve, the likelihood of its end under every shape and walk, (s, r), largest 1."""
    usable = np.isfinite(curve.y) & (curve.x > 0)
    whole = part(curve, usable)
    tables: list[Array] = []
    for n in origins(len(whole), least=_LEAST):
        known = _Scaled.of(whole.x[:n], whole.y[:n], whole.direction)
        everything = Grid(_WALKS, np.ones(_WALKS.size), known.noise * _NOISES, _POWER, kept=10**6)
        parts = known.average(whole.x[-1:], state, everything, flat=True)
        end = (known.forward(whole.y[-1:]) - known.center) / known.unit
        with np.errstate(divide="ignore"):
            density = np.log(parts.weight) - 0.5 * ((end - parts.mean[:, 0]) / parts.sd[:, 0]) ** 2
        density -= np.log(parts.sd[:, 0])
        if np.isfinite(density).any():
            table = np.zeros((parts.shape.max() + 1, _WALKS.size))
            np.add.at(table, (parts.shape, parts.walk), np.exp(density - density.max()))
            tables.append(table + 1e-9)
    return tables


def _prior(state: State) -> Array:
    return np.concatenate([family["prior"] for family in state["families"].values()])


def _quantiles(state: State, requests: Sequence[Request]) -> list[Array]:
    walk_prior = np.array(state["walk_prior"])

    def one(request: Request) -> Array:
        scaled = _Scaled.of(request.x, request.y, request.curve.direction)
        parts = scaled.average(request.at, state, Grid(_WALKS, walk_prior, scaled.noise * _NOISES, _POWER))
        return scaled.back(scaled.center + scaled.unit * mixture_quantiles(parts.weight, parts.mean, parts.sd, LEVELS))

    return [one(request) for request in requests]


class _Scaled:
    """The recent part of a curve in scaled units: t = x / last x, z = (g(y) - center) / unit."""

    def __init__(self, x: Array, y: Array, *, logarithmic: bool) -> None:
        self.logarithmic = logarithmic
        self.shift = 0.0 if x[0] > 0 else float(np.diff(x).min() - x[0])
        self.last = float(x[-1] + self.shift)
        t, g = (x + self.shift) / self.last, self.forward(y)
        first = min(int(np.searchsorted(t, _RECENT * (1 - 1e-9))), max(0, t.size - _MOST_RECENT))
        known = condense(t[first:], g[first:])
        self.center = float(known.y[-1])
        self.unit = float(np.ptp(known.y)) or max(1e-8, 1e-4 * abs(float(g[-1])))
        self.noise = max(noise_sd(g[first:]) / self.unit, _NOISE_FLOOR)
        self.points = Condensed(known.x, (known.y - self.center) / self.unit, known.count)

    @classmethod
    def of(cls, x: Array, y: Array, direction: str) -> _Scaled:
        return cls(x, y, logarithmic=direction == "min" and bool((y > 0).all()))

    def forward(self, y: Array) -> Array:
        """Relative changes of a positive loss are what is alike from run to run."""
        return np.log(np.maximum(y, 1e-300)) if self.logarithmic else y

    def back(self, g: Array) -> Array:
        return np.exp(np.minimum(g, 700.0)) if self.logarithmic else g

    def average(self, at: Array, state: State, grid: Grid, *, flat: bool = False) -> Mixture:
        """The predictive mixture of z at the points asked; ``flat`` forgets what the state believes of the shapes."""
        ahead = (at + self.shift) / self.last
        known, ahead_design = _designs(self.points.x, ahead, state)
        prior = np.ones(len(known)) if flat else _prior(state)
        designs = Designs(known, ahead_design, prior, np.zeros(2), _COEFFICIENTS)
        u, u_ahead = np.log(self.points.x / self.points.x[0]), np.log(ahead / self.points.x[0])
        return average(self.points.y, self.points.count, u, u_ahead, designs, grid)


def _designs(known: Array, ahead: Array, state: State) -> tuple[Array, Array]:
    """Designs [1, φ] of every shape at the seen points, (s, 2, n), and at those asked, (s, 2, m)."""
    t = np.concatenate([known, ahead])
    phi = np.concatenate([FAMILIES[name][0](t, np.array(f["params"])) for name, f in state["families"].items()])
    phi = phi - phi[:, known.size - 1 : known.size]
    span = phi[:, :1]
    phi = np.divide(phi, span, out=np.zeros_like(phi), where=np.abs(span) > 1e-12)
    design = np.stack([np.ones_like(phi), phi], axis=1)
    return design[..., : known.size], design[..., known.size :]


PARAMETRIC = Forecaster(
    card=CARD, version="2", quantiles=_quantiles, least=_LEAST, default=_default, learn=_learn, shipped=SHIPPED
)  # fmt: skip
