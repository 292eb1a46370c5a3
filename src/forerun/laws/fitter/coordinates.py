"""The coordinates that laws are fitted in: logarithms of some parameters, and of y where residuals are relative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from forerun.core import Array
from forerun.laws.law import Law

_PRIOR_WORTH = 3.0  # chosen among 0.3, 1, 3 and 10 on the public multipowerlaw and lr_scheduling runs, evidence/laws


def logs(law: Law[Any]) -> np.ndarray:
    """Which parameters are fitted in their logarithm, shape (p,)."""
    return np.array([parameter.log for parameter in law.parameters])


def inward(law: Law[Any], params: Array) -> Array:
    """Parameters (..., p) in the coordinates they are fitted in: logarithms where they are fitted so."""
    return np.where(logs(law), np.log(np.maximum(params, 1e-300)), params)


def outward(law: Law[Any], theta: Array) -> Array:
    """The inverse of `inward`."""
    return np.where(logs(law), np.exp(np.minimum(theta, 700.0)), theta)


def bounds(law: Law[Any]) -> tuple[Array, Array]:
    """Lowest and highest theta, shape (p,) each, in the coordinates of `inward`."""
    low, high = (np.array([getattr(p, end) for p in law.parameters]) for end in ("low", "high"))
    return inward(law, low), inward(law, high)


def scaled(law: Law[Any], y: Array) -> Array:
    """y as residuals are taken: its logarithm, or itself where the law's residuals are plain."""
    return y if law.residuals == "plain" else np.log(np.maximum(y, 1e-300))


def scaled_slope(law: Law[Any], y: Array) -> Array:
    """Slope of `scaled` in y."""
    return np.ones_like(y) if law.residuals == "plain" else 1.0 / np.maximum(y, 1e-300)


def unscaled(law: Law[Any], z: Array) -> Array:
    """The inverse of `scaled`."""
    return z if law.residuals == "plain" else np.exp(z)


def prior(law: Law[Any], X: Any, y: Array, delta: float) -> tuple[Array, Array]:
    """Center and precision, shape (p,) each, of the weak prior that a law's ``prior`` gives; precision 0 without.

    One sd away from it counts as much as three points that lie δ off: enough to choose among parameters that fit alike,
    too little to move those that the data tell.
    """
    beliefs: Mapping[str, tuple[float, float]] = {} if law.prior is None else law.prior(X, y)
    pairs = [beliefs.get(name) for name in law.names]
    center = inward(law, np.array([1.0 if pair is None else pair[0] for pair in pairs]))
    return center, np.array([0.0 if pair is None else _PRIOR_WORTH * delta**2 / pair[1] ** 2 for pair in pairs])
