"""A Bayesian average over eight families of curves, closed form but for a fixed set of shapes; no sampling.

Model, in scaled units: ``z(t) = β₀ + β₁ φ_k(t; η) + w(ln t) + ε``, with a shape φ_k that falls from 1 at the first
point to 0 at the last one seen, a random walk w in log time (what no family explains) and step noise ε. Given the
shape, the walk's ratio r and the noise s, the evidence and the predictive distribution of z are normal and known;
they are averaged over a grid of (k, η, r, s).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from forerun.core import LEVELS, Array, Card, Curve
from forerun.forecast.answer import learns_nothing
from forerun.stats.condense import Condensed, condense
from forerun.stats.mixture import mixture_quantiles
from forerun.stats.robust import noise_sd

CARD = Card(
    name="parametric",
    does="Averages eight curve families, a random-walk discrepancy and step noise by their evidence.",
    source="families: Domhan et al. 2015, LCDB (Mohr et al. 2022); algebra: Rasmussen and Williams 2006, section 2.7",
    assumes="What lies before a fifth of the seen part no longer matters; noise is near normal; no schedule is known.",
    needs="5 finite points.",
    promises="Coverage and skill per source: studies/forecast_baselines. Over-confident where few points are seen.",
    known_answer="A noiseless power law is continued to a tenth of the drop left to the target.",
    control="A run whose learning rate is cooled down later ends below the 80% interval.",
)
VERSION = "1"
_LEAST = 5
_PRIOR_SD = np.array([2.0, 1.0])  # of β₀ and β₁, in units of the seen range; arbitrary, weakly informative
_WALKS = np.array([0.05, 0.5, 5.0])  # variance of the walk over the last fiftieth of the seen part, per noise variance
_NOISES = np.geomspace(0.7, 4.0, 6)  # times the noise estimated from second differences
_LEARNING_RATE = 0.2  # power of the evidence: no family is right (generalised posterior, Grünwald, van Ommen 2017)
_RECENT = 0.2  # earlier points, as a share of the last x, are left out: one shape need not fit a whole run
_MOST_RECENT = 8  # points kept however early they are
_NOISE_FLOOR = 1e-3  # of the seen range: no family is exact to more
_KEPT = 64  # components of the mixture that are carried to the forecast

Shape = Callable[[Array, Array], Array]
"""t (..., n) in units of the last x, parameters (s, p) -> φ (s, n)."""


def _grid(*axes: Array) -> Array:
    return np.stack([column.ravel() for column in np.meshgrid(*axes, indexing="ij")], axis=1)


_POWERS = np.geomspace(0.05, 3.0, 24)
_RATES = np.geomspace(0.3, 60.0, 16)
FAMILIES: dict[str, tuple[Shape, Array]] = {
    "power": (lambda t, p: t ** -p[:, :1], _grid(_POWERS)),
    "shifted_power": (lambda t, p: (t + p[:, 1:]) ** -p[:, :1], _grid(_POWERS[::2], np.array([0.03, 0.1, 0.4]))),
    "exponential": (lambda t, p: np.exp(-p[:, :1] * t), _grid(_RATES)),
    "stretched": (lambda t, p: np.exp(-((p[:, :1] * t) ** p[:, 1:])), _grid(_RATES[::2], np.array([0.3, 0.6, 1.6]))),
    "hill": (lambda t, p: 1.0 / (1.0 + (p[:, :1] * t) ** p[:, 1:]), _grid(_RATES[::2], np.array([0.7, 1.5, 3.0]))),
    "inverse_log": (lambda t, p: 1.0 / np.log(np.e + p[:, :1] * t), _grid(np.geomspace(1.0, 3e3, 8))),
    "logarithm": (lambda t, p: -np.log(t + p[:, :1]), _grid(np.array([1e-3, 1e-2, 1e-1, 1.0]))),
    "constant": (lambda t, p: np.zeros((len(p), t.shape[-1])), np.zeros((1, 1))),
}
"""Decreasing shapes; their sign and size are fitted, so each serves rising metrics too."""


def _quantiles(x: Array, y: Array, at: Array, curve: Curve) -> Array:
    logarithmic = curve.direction == "min" and bool((y > 0).all())  # relative changes of a loss are what is alike
    g = np.log(y) if logarithmic else y
    x, at = (x, at) if x[0] > 0 else (x - x[0] + np.diff(x).min(), at - x[0] + np.diff(x).min())
    first = min(int(np.searchsorted(x, _RECENT * x[-1] * (1 - 1e-9))), max(0, x.size - _MOST_RECENT))
    x, g = x[first:], g[first:]
    seen = condense(x / x[-1], g)
    center, unit = float(seen.y[-1]), float(np.ptp(seen.y)) or max(1e-8, 1e-4 * abs(float(g[-1])))
    noise = max(noise_sd(g) / unit, _NOISE_FLOOR)
    parts = _average(Condensed(seen.x, (seen.y - center) / unit, seen.count), at / x[-1], noise)
    q = center + unit * mixture_quantiles(parts.weight, parts.mean, parts.sd, LEVELS)
    return np.exp(np.minimum(q, 700.0)) if logarithmic else q


@dataclass(frozen=True)
class _Parts:
    """The mixture's components: weight (c,), mean and sd (c, m)."""

    weight: Array
    mean: Array
    sd: Array


def _average(seen: Condensed, ahead: Array, noise: float) -> _Parts:
    """Posterior weights over the grid, and the predictive of its heaviest part."""
    shapes, prior = _designs(seen.x, ahead)
    n = seen.x.size
    whitened = [_Whitened.of(seen, ahead, r, shapes[:, :, :n], shapes[:, :, n:]) for r in _WALKS]
    sds = noise * _NOISES
    evidence = _LEARNING_RATE * np.stack([w.log_evidence(sds) for w in whitened], axis=1)
    evidence += np.log(prior)[:, None, None]
    flat = np.argsort(evidence, axis=None)[::-1][:_KEPT]
    shape, walk, sd = np.unravel_index(flat, evidence.shape)
    weight = np.exp(evidence[shape, walk, sd] - evidence.max())
    mean, spread = np.empty((flat.size, ahead.size)), np.empty((flat.size, ahead.size))
    for r, white in enumerate(whitened):
        mine = walk == r
        if mine.any():
            mean[mine], spread[mine] = white.predict(shape[mine], sds[sd[mine]])
    return _Parts(weight / weight.sum(), mean, spread)


def _designs(seen: Array, ahead: Array) -> tuple[Array, Array]:
    """Designs [1, φ] of every shape at the seen and asked points, (s, 2, n + m), and the shapes' prior weights."""
    t = np.concatenate([seen, ahead])
    blocks: list[Array] = []
    prior: list[Array] = []
    for shape, params in FAMILIES.values():
        phi = shape(t, params)
        phi = phi - phi[:, seen.size - 1 : seen.size]
        span = phi[:, :1]
        phi = np.divide(phi, span, out=np.zeros_like(phi), where=np.abs(span) > 1e-12)
        blocks.append(phi)
        prior.append(np.full(len(params), 1.0 / (len(FAMILIES) * len(params))))
    phi = np.concatenate(blocks)
    return np.stack([np.ones_like(phi), phi], axis=1), np.concatenate(prior)


@dataclass(frozen=True)
class _Whitened:
    """Everything that depends on the walk's ratio only: data and designs freed of correlation.

    With u = ln(t/t₁), Σ = diag(1/count) + r K, K(t, t') = 50 min(u, u') and Σ = L Lᵀ: z̃ = L⁻¹ z, X̃ = L⁻¹ X, G = L⁻¹ K*.
    """

    z: Array
    gram: Array
    moment: Array
    log_det: float
    gain: Array
    effect: Array
    own: Array

    @classmethod
    def of(cls, seen: Condensed, ahead: Array, ratio: float, design: Array, asked: Array) -> _Whitened:
        u, u_ahead = np.log(seen.x / seen.x[0]), np.log(ahead / seen.x[0])
        walk = ratio * 50.0 * np.minimum(u[:, None], u)
        factor = np.linalg.cholesky(walk + np.diag(1.0 / seen.count))
        s, p, n = design.shape
        cross = ratio * 50.0 * np.repeat(u[:, None], ahead.size, axis=1)
        stacked = np.concatenate([seen.y[:, None], cross, design.reshape(s * p, n).T], axis=1)
        white = linalg.solve_triangular(factor, stacked, lower=True, check_finite=False)
        z, gain, x = white[:, 0], white[:, 1 : 1 + ahead.size], white[:, 1 + ahead.size :].T.reshape(s, p, n)
        return cls(
            z=z,
            gram=np.einsum("spn,sqn->spq", x, x),
            moment=x @ z,
            log_det=2.0 * float(np.log(np.diag(factor)).sum()),
            gain=gain,
            effect=asked - x @ gain,
            own=ratio * 50.0 * u_ahead + 1.0 - (gain**2).sum(axis=0),
        )

    def log_evidence(self, sds: Array) -> Array:
        """Log evidence of every shape and noise, (s, v)."""
        precision = self.gram[:, None] / sds[:, None, None] ** 2 + np.diag(_PRIOR_SD**-2.0)
        moment = self.moment[:, None] / sds[:, None] ** 2
        explained = np.einsum("svp,svp->sv", moment, np.linalg.solve(precision, moment[..., None])[..., 0])
        fit = (self.z @ self.z) / sds**2 - explained
        n = self.z.size
        log_sd = np.log(sds)
        return -0.5 * (fit + np.linalg.slogdet(precision)[1]) - n * log_sd - 0.5 * self.log_det

    def predict(self, shape: np.ndarray, sds: Array) -> tuple[Array, Array]:
        """Predictive mean and sd of the chosen components, (c, m) each."""
        precision = self.gram[shape] / sds[:, None, None] ** 2 + np.diag(_PRIOR_SD**-2.0)
        covariance = np.linalg.inv(precision)
        beta = np.einsum("cpq,cq->cp", covariance, self.moment[shape] / sds[:, None] ** 2)
        effect = self.effect[shape]
        mean = np.einsum("cpm,cp->cm", effect, beta) + self.z @ self.gain
        variance = np.einsum("cpm,cpq,cqm->cm", effect, covariance, effect) + sds[:, None] ** 2 * self.own
        return mean, np.sqrt(np.maximum(variance, 1e-18))


default, fit, predict = learns_nothing(CARD, VERSION, _quantiles, least=_LEAST)
