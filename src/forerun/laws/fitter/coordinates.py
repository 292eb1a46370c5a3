"""The coordinates that laws are fitted in: logarithms of some parameters, and of y where residuals are relative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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


class Prior(NamedTuple):
    """The weak prior of a law's parameters, in fitted coordinates, shape (p,) each.

    Args:
        center: where it is centred.
        sd: how sure it is; 0 where there is none.
        precision: what it weighs in the objective; 0 where there is none.
    """

    center: Array
    sd: Array
    precision: Array


def prior(law: Law[Any], X: Any, y: Array, delta: float) -> Prior:
    """The weak prior that a law's ``prior`` gives.

    One sd away from it counts as much as three points that lie δ off: enough to choose among parameters that fit alike,
    too little to move those that the data tell.
    """
    beliefs: Mapping[str, tuple[float, float]] = {} if law.prior is None else law.prior(X, y)
    center = inward(law, np.array([beliefs[name][0] if name in beliefs else 1.0 for name in law.names]))
    sd = np.array([beliefs[name][1] if name in beliefs else 0.0 for name in law.names])
    return Prior(center, sd, np.where(sd > 0, _PRIOR_WORTH * (delta / np.where(sd > 0, sd, 1.0)) ** 2, 0.0))
