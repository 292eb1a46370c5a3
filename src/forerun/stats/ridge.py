"""Linear regression that shrinks by itself: Bayesian ridge with the strength of its prior averaged by evidence.

Model: ``y = a + Z w + ε``, Z the standardised columns, ``w_j ~ N(0, (τ_j σ)²)``, ε ~ N(0, σ²), a and log σ flat. Given
τ everything is Student's t in closed form (Bishop 2006, section 3.3); a grid of τ is averaged by evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Component:
    """The regression at one τ: its weight by evidence, coefficients (p,), their covariance over σ² (p, p), and σ²."""

    weight: float
    coefficients: Array
    inverse: Array
    noise: float

    def draw(self, rng: np.random.Generator) -> Array:
        values, vectors = np.linalg.eigh(self.inverse)
        return self.coefficients + vectors @ (
            np.sqrt(np.maximum(values, 0.0) * self.noise) * rng.normal(size=len(values))
        )


@dataclass(frozen=True)
class Ridge:
    """A fitted regression.

    Args:
        middle, spread: shape (p,), of the columns. level: mean of y. n: rows. parts: one a τ.
    """

    middle: Array
    spread: Array
    level: float
    n: int
    parts: tuple[Component, ...]

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Mean and sd (m,) of a new y at rows (m, p)."""
        Z = (X - self.middle) / self.spread
        weight = np.array([part.weight for part in self.parts])
        mean = np.stack([self.level + Z @ part.coefficients for part in self.parts])
        off = [p.noise * (1.0 + 1.0 / self.n + np.einsum("mp,pq,mq->m", Z, p.inverse, Z)) for p in self.parts]
        middle = weight @ mean
        return middle, np.sqrt(weight @ (np.stack(off) + (mean - middle) ** 2))

    def draw(self, X: Array, n: int, rng: np.random.Generator) -> Array:
        """What the mean of y may be at rows (m, p): shape (n, m), each draw one regression that the data allow."""
        Z = (X - self.middle) / self.spread
        which = rng.choice(len(self.parts), size=n, p=[part.weight for part in self.parts])
        noise = np.array([part.noise for part in self.parts])[which]
        level = self.level + rng.normal(size=n) * np.sqrt(noise / self.n)
        return level[:, None] + np.stack([self.parts[int(k)].draw(rng) for k in which]) @ Z.T


def ridge(X: Array, y: Array, scales: Sequence[Array]) -> Ridge:
    """Fit a regression.

    Args:
        X: shape (n, p). y: shape (n,), n at least 3. scales: prior sds of the standardised coefficients, in units of
            the noise, shape (p,) each; those that the evidence prefers count most. 0 leaves a column out.

    Example:
        >>> x = np.linspace(0.0, 1.0, 9)[:, None]
        >>> mean, sd = ridge(x, 3.0 * x[:, 0], [np.array([1e4])]).predict(np.array([[2.0]]))
        >>> mean.round(3).tolist()
        [6.0]
    """
    middle, spread = X.mean(axis=0), np.maximum(X.std(axis=0), 1e-12)
    Z, level = (X - middle) / spread, float(y.mean())
    fits = [_given(Z, y - level, scale) for scale in scales]
    evidence = np.array([log_evidence for log_evidence, _ in fits])
    weight = np.exp(evidence - evidence.max())
    parts = tuple(replace(part, weight=float(w)) for w, (_, part) in zip(weight / weight.sum(), fits, strict=True))
    return Ridge(middle, spread, level, len(y), parts)


def _given(Z: Array, r: Array, scale: Array) -> tuple[float, Component]:
    """Log evidence, up to a constant, of the prior's sds, and the regression that they give."""
    S = Z * scale
    precision = np.eye(Z.shape[1]) + S.T @ S
    inverse = np.linalg.inv(precision)
    v = inverse @ (S.T @ r)
    rest = max(float(r @ r - (S.T @ r) @ v), 1e-300)
    free = len(r) - 1
    log_evidence = -0.5 * float(np.linalg.slogdet(precision)[1]) - 0.5 * free * np.log(rest)
    return log_evidence, Component(1.0, scale * v, scale[:, None] * inverse * scale, rest / max(free - 2, 1))
