"""Logistic regression with a ridge penalty: chances from features, by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, BadInput

_STEPS = 50
_LEAST_STEP = 1e-10


@dataclass(frozen=True, eq=False)
class Logistic:
    """A fitted regression of standardised features.

    Args:
        middle, spread: shape (p,), of the features. weights: shape (p,). level: the intercept.
    """

    middle: Array
    spread: Array
    weights: Array
    level: float

    def chance(self, features: ArrayLike) -> Array:
        """The chance of outcome 1 at rows (m, p)."""
        z = (np.asarray(features, np.float64) - self.middle) / self.spread
        return special.expit(self.level + z @ self.weights)


def logistic(features: ArrayLike, outcome: ArrayLike, *, penalty: float = 1.0) -> Logistic:
    """Fit chances of an outcome; the penalty keeps weights finite where classes can be parted.

    Args:
        features: shape (n, p), finite.
        outcome: shape (n,), 0 to 1; a share is a soft target.
        penalty: half of it times the squared weights, of standardised features, is added to the negative log
            likelihood.

    Raises:
        BadInput: shapes that differ.

    Source: Hoerl and Kennard's penalty on the likelihood, le Cessie and van Houwelingen 1992.

    Example:
        >>> fit = logistic([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
        >>> fit.chance([[0.0], [1.5], [3.0]]).round(2).tolist()
        [0.22, 0.5, 0.78]
    """
    x, y = np.asarray(features, np.float64), np.asarray(outcome, np.float64)
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise BadInput(f"needs a row of features an outcome, but has shapes {x.shape} and {y.shape}")
    middle, spread = x.mean(axis=0), np.where(x.std(axis=0) > 0.0, x.std(axis=0), 1.0)
    z = np.column_stack([np.ones(len(x)), (x - middle) / spread])
    ridge = np.diag([1e-9, *([penalty] * x.shape[1])])
    w = np.zeros(z.shape[1])
    for _ in range(_STEPS):
        p = np.asarray(special.expit(z @ w), np.float64)
        bend = z.T @ (z * (p * (1.0 - p))[:, None]) + ridge
        step = np.asarray(np.linalg.solve(bend, z.T @ (y - p) - ridge @ w), np.float64)
        w += step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < _LEAST_STEP:
            break
    return Logistic(middle, spread, w[1:], float(w[0]))
