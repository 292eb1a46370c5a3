"""A small net that scores each query that could be made next, whatever their number; the highest is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forerun.core import Array


@dataclass(frozen=True, eq=False)
class QueryNet:
    """One hidden layer beside a linear path; every query is scored by the same weights, so that their order is nothing.

    Args:
        linear: shape (f,), straight from features to the score.
        inward: shape (f, h). bias: shape (h,). outward: shape (h,), of the hidden layer.
    """

    linear: Array
    inward: Array
    bias: Array
    outward: Array

    def __call__(self, features: Array) -> Array:
        """Scores, shape (...), of features, shape (..., f)."""
        return features @ self.linear + np.tanh(features @ self.inward + self.bias) @ self.outward

    @classmethod
    def of(cls, document: dict[str, Any]) -> QueryNet:
        """From lists of numbers, as they are shipped."""
        return cls(**{name: np.asarray(document[name], np.float64) for name in ("linear", "inward", "bias", "outward")})
