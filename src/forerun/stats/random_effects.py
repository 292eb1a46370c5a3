"""Random effects: how much groups differ beyond what the known errors of their values explain."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from forerun.core.errors import BadInput


def between_variance(values: ArrayLike, variance: ArrayLike, basis: ArrayLike | None = None) -> float:
    """Variance between groups around a common mean, or around a linear model; 0 where their errors explain all.

    The variance at which the weighted squares of what the model leaves are as many as groups beyond its coefficients.

    Args:
        values: shape (n,), one a group.
        variance: shape (n,), of each value's own error; 0 or more.
        basis: shape (n, k), columns of the model; a constant by default.

    Raises:
        BadInput: no group beyond the coefficients, or a variance below 0.

    Source: Paule and Mandel 1982; with moderators, as in meta-regression.

    Example:
        >>> round(between_variance([0.0, 2.0, 4.0], [1.0, 1.0, 1.0]), 6), between_variance([0.0, 1.0], [9.0, 9.0])
        (3.0, 0.0)
    """
    y, v = np.asarray(values, np.float64), np.asarray(variance, np.float64)
    H = np.ones((y.size, 1)) if basis is None else np.asarray(basis, np.float64)
    free = y.size - H.shape[1]
    if free < 1 or (v < 0).any():
        raise BadInput(f"{y.size} values and {H.shape[1]} coefficients; variances from {v.min(initial=0.0):g}")

    def beyond(between: float) -> float:
        root = 1.0 / np.sqrt(v + between)
        left = y * root - (H * root[:, None]) @ np.linalg.lstsq(H * root[:, None], y * root, rcond=None)[0]
        return float(left @ left) - free

    plain = y - H @ np.linalg.lstsq(H, y, rcond=None)[0]
    most = float(plain @ plain) / free
    least = 1e-12 * most  # errors may be 0
    if most == 0.0 or beyond(least) <= 0.0:
        return 0.0
    return float(cast(Any, optimize).brentq(beyond, least, 1.001 * most))
