"""Closed-form Bayesian averages of curves that are linear in a few coefficients, once their shape is fixed.

Model of one curve, in scaled units: ``z(t) = β·X(t; η) + w(u) + ε``, with coefficients β ~ N(m₀, V₀), a design X that
depends on a shape η, a random walk w in u (what no shape explains; u = ln t, or any clock in which surprises come
evenly) and step noise ε of sd s. Given the shape, the walk's ratio r and the noise s, the evidence and the predictive
distribution are normal and known; they are averaged over a grid of (η, r, s), which samples nothing at run time.

Algebra: Rasmussen and Williams 2006, section 2.7 (explicit basis functions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import linalg  # pyright: ignore[reportMissingTypeStubs]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Designs:
    """Every shape's design, and what is believed before the curve is seen.

    Args:
        known: shape (s, p, n), the design at the n points seen.
        ahead: shape (s, p, m), at the m points to be forecast.
        prior: shape (s,), the shapes' weights.
        mean, sd: shape (p,), of the coefficients.
    """

    known: Array
    ahead: Array
    prior: Array
    mean: Array
    sd: Array


@dataclass(frozen=True)
class Grid:
    """What is averaged over besides the shapes.

    Args:
        walks: shape (r,), variance of the walk per unit of u, per noise variance. walk_prior: their weights.
        noises: shape (v,), sds of the step noise.
        power: exponent of the evidence, at most 1: below 1 where no shape is right (generalised posterior, Grünwald
            and van Ommen 2017).
        kept: components that are carried to the forecast.
    """

    walks: Array
    walk_prior: Array
    noises: Array
    power: float = 1.0
    kept: int = 64


@dataclass(frozen=True)
class Mixture:
    """The predictive mixture: weight (c,), mean and sd (c, m), and the shape (c,) and walk (c,) of each component."""

    weight: Array
    mean: Array
    sd: Array
    shape: NDArray[np.int64]
    walk: NDArray[np.int64]


def average(z: Array, count: Array, u: Array, u_asked: Array, designs: Designs, grid: Grid) -> Mixture:
    """The predictive distribution at the points asked.

    Args:
        z: shape (n,), values seen. count: shape (n,), how many points each is the mean of.
        u, u_asked: shapes (n,) and (m,), the walk's clock, increasing, at least 0 and 0 where the walk starts.

    Example:
        >>> t = np.arange(1.0, 9.0)
        >>> lines = Designs(np.stack([[np.ones(8), t]]), np.ones((1, 2, 1)) * [[[1.0], [9.0]]], np.ones(1),
        ...     np.zeros(2), np.full(2, 9.0))
        >>> grid = Grid(np.array([1e-6]), np.ones(1), np.array([0.01]))
        >>> parts = average(2.0 * t, np.ones(8), t - 1.0, np.array([8.0]), lines, grid)
        >>> parts.mean.round(2).tolist()
        [[18.0]]
    """
    whitened = [_Whitened.of(z, count, u, u_asked, r, designs) for r in grid.walks]
    evidence = grid.power * np.stack([w.log_evidence(grid.noises) for w in whitened], axis=1)
    evidence += np.log(designs.prior)[:, None, None] + np.log(grid.walk_prior)[:, None]
    flat = np.argsort(evidence, axis=None)[::-1][: grid.kept]
    shape, walk, noise = (np.asarray(i, dtype=np.int64) for i in np.unravel_index(flat, evidence.shape))
    weight = np.exp(evidence[shape, walk, noise] - evidence.max())
    mean, spread = np.empty((flat.size, u_asked.size)), np.empty((flat.size, u_asked.size))
    for r, white in enumerate(whitened):
        mine = walk == r
        if mine.any():
            mean[mine], spread[mine] = white.predict(shape[mine], grid.noises[noise[mine]])
    return Mixture(weight / weight.sum(), mean, spread, shape, walk)


@dataclass(frozen=True)
class _Whitened:
    """Everything that depends on the walk's ratio only: data and designs freed of correlation.

    With K(u, u') = min(u, u'), Σ = diag(1/count) + r K = L Lᵀ: z̃ = L⁻¹ z, X̃ = L⁻¹ X, G = L⁻¹ r K*. The prior mean m₀ is
    taken out of z shape by shape.
    """

    squares: Array
    gram: Array
    moment: Array
    log_det: float
    n: int
    effect: Array
    offset: Array
    own: Array
    sd: Array

    @classmethod
    def of(cls, z: Array, count: Array, u: Array, ahead: Array, ratio: float, designs: Designs) -> _Whitened:
        walk = ratio * np.minimum(u[:, None], u)
        factor = np.linalg.cholesky(walk + np.diag(1.0 / count))
        s, p, n = designs.known.shape
        cross = ratio * np.minimum(u[:, None], ahead)
        stacked = np.concatenate([z[:, None], cross, designs.known.reshape(s * p, n).T], axis=1)
        white: Array = cast(Any, linalg).solve_triangular(factor, stacked, lower=True, check_finite=False)
        free, gain, x = white[:, 0], white[:, 1 : 1 + ahead.size], white[:, 1 + ahead.size :].T.reshape(s, p, n)
        gram = np.einsum("spn,sqn->spq", x, x)
        moment = x @ free
        effect = designs.ahead - x @ gain
        return cls(
            squares=free @ free - 2.0 * moment @ designs.mean + (gram @ designs.mean) @ designs.mean,
            gram=gram,
            moment=moment - gram @ designs.mean,
            log_det=2.0 * float(np.log(np.diag(factor)).sum()),
            n=n,
            effect=effect,
            offset=free @ gain + np.einsum("spm,p->sm", effect, designs.mean),
            own=ratio * ahead + 1.0 - (gain**2).sum(axis=0),
            sd=designs.sd,
        )

    def log_evidence(self, noises: Array) -> Array:
        """Log evidence of every shape and noise, shape (s, v), up to a constant."""
        precision = self.gram[:, None] / noises[:, None, None] ** 2 + np.diag(self.sd**-2.0)
        moment = self.moment[:, None] / noises[:, None] ** 2
        explained = np.einsum("svp,svp->sv", moment, np.linalg.solve(precision, moment[..., None])[..., 0])
        misfit = self.squares[:, None] / noises**2 - explained
        log_det: Array = np.linalg.slogdet(precision)[1]
        return -0.5 * (misfit + log_det + self.log_det) - self.n * np.log(noises)

    def predict(self, shape: NDArray[np.int64], noises: Array) -> tuple[Array, Array]:
        """Predictive mean and sd of the chosen components, shape (c, m) each."""
        precision = self.gram[shape] / noises[:, None, None] ** 2 + np.diag(self.sd**-2.0)
        covariance = np.linalg.inv(precision)
        beta = np.einsum("cpq,cq->cp", covariance, self.moment[shape] / noises[:, None] ** 2)
        effect = self.effect[shape]
        mean = np.einsum("cpm,cp->cm", effect, beta) + self.offset[shape]
        variance = np.einsum("cpm,cpq,cqm->cm", effect, covariance, effect) + noises[:, None] ** 2 * self.own
        return mean, np.sqrt(np.maximum(variance, 1e-18))
