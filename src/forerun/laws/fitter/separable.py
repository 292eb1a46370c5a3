"""Start points of laws that are linear in some of their parameters: variable projection on a grid of the others.

For every point of the grid the linear parameters have a closed form (least squares of relative errors), so the whole
grid is one batch of small solves, and what is left to search is the few parameters in which the law bends
(Golub and Pereyra 1973).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array


def project(basis: Array, y: Array, weight: Array) -> tuple[Array, Array]:
    """Linear coefficients (k, l) of ``basis (k, n, l) @ c ≈ y (n,)`` by weighted least squares, and the mean of the
    weighted absolute errors (k,).

    Example:
        >>> basis = np.array([[[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]])
        >>> c, error = project(basis, np.array([3.0, 5.0, 7.0]), np.ones(3))
        >>> c.round(6).tolist(), error.round(6).tolist()
        ([[1.0, 2.0]], [0.0])
    """
    size = np.sqrt((basis**2).mean(axis=1, keepdims=True)) + 1e-300
    weighted = basis / size * weight[:, None]
    H = np.swapaxes(weighted, 1, 2) @ weighted + 1e-10 * basis.shape[1] * np.eye(basis.shape[2])
    right = np.swapaxes(weighted, 1, 2) @ (y * weight)[:, None]
    scaled = np.asarray(np.linalg.solve(H, right), float)
    error = np.abs((weighted @ scaled)[..., 0] - y * weight).mean(axis=1)
    return scaled[..., 0] / size[:, 0], error


def best(
    basis: Array,
    shapes: Array,
    y: Array,
    *,
    keep: int = 8,
    positive: NDArray[np.bool_] | None = None,
    plain: bool = False,
) -> Array:
    """The best rows of a grid, linear coefficients first: shape (≤ keep, l + s).

    Args:
        basis: shape (k, n, l), at each of k points of the grid.
        shapes: shape (k, s), the other parameters there.
        positive: shape (l,), which coefficients must be positive; those that are not are set to a thousandth of y.
        plain: errors are those of y, which may be 0, and not relative to it.
    """
    largest = max(float(np.abs(y).max()), 1e-300)
    weight = np.full(y.shape, 1.0 / largest) if plain else 1.0 / np.maximum(np.abs(y), 1e-12 * largest)
    c, error = project(basis, y, weight)
    if positive is not None:
        wrong = positive & (c <= 0)
        least = 1e-3 * np.abs(y).mean() / (np.abs(basis).mean(axis=1) + 1e-300)
        c = np.where(wrong, least, c)
        error = np.where(wrong.any(axis=1), 2.0 * error + 1e-3, error)
    order = np.argsort(error)[:keep]
    return np.concatenate([c[order], shapes[order]], axis=1)
