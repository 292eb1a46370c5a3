"""Where simple curves with a free offset and size would go: powers, a logarithm and exponentials of time."""

from __future__ import annotations

import numpy as np

from forerun.core import Array

_POWERS, _RATES = np.array([0.15, 0.5, 1.0]), np.array([1.0, 3.0, 8.0])
SHAPES = _POWERS.size + _RATES.size + 1
_FAR = 8.0  # no z is larger


def continued(t: Array, u: Array, count: Array, ahead: Array, windows: tuple[float, ...]) -> Array:
    """The continuation of every simple curve, fitted by weighted least squares, in z, and the log of what it leaves.

    Args:
        t, u: shape (..., n), times in (0, 1] and values in spreads; count: shape (n,) or (..., n), points each stands
            for.
        ahead: shape (..., m), times asked, beyond 1.
        windows: a fit for each, to what lies after this share of time (to all where fewer than three points do).

    Returns:
        (..., m, 14 × windows).

    Example:
        >>> t = np.linspace(0.05, 1.0, 20)
        >>> columns = continued(t, t**-0.5, np.ones(20), np.array([4.0]), (0.0,))
        >>> bool(np.isclose(np.sinh(columns[0, 1]) / 2, 0.5)), columns.shape
        (True, (1, 14))
    """
    earlier, later = (_simple(one)[..., None, :, :] for one in (t, ahead))  # (..., 1, 7, n or m)
    weight = _weights(t, count, np.array(windows))[..., None]  # (..., windows, n, 1)
    total, values = weight.sum(axis=-2, keepdims=True), u[..., None, None, :]
    middle, level = earlier @ weight / total, values @ weight / total
    free, rest = earlier - middle, values - level
    size = (free * rest) @ weight / np.maximum((free * free) @ weight, 1e-12)
    left = np.sqrt((rest - size * free) ** 2 @ weight / total)
    z = np.clip(np.arcsinh(2.0 * (level + size * (later - middle))), -_FAR, _FAR)
    columns = np.concatenate([z, np.broadcast_to(np.log(left + 1e-3), z.shape)], axis=-2)
    return np.swapaxes(columns.reshape(*ahead.shape[:-1], -1, ahead.shape[-1]), -1, -2)


def _weights(t: Array, count: Array, start: Array) -> Array:
    """Weights of points, (..., windows, n), those before a start zero unless fewer than three would be left."""
    weight = (count * np.maximum(t, 0.02))[..., None, :]
    inside = weight * (t[..., None, :] >= start[:, None])
    return np.where((inside > 0).sum(axis=-1, keepdims=True) >= 3, inside, weight)


def _simple(t: Array) -> Array:
    """Three powers, a logarithm and three exponentials, (..., 7, n)."""
    one = t[..., None, :]
    return np.concatenate([one ** -_POWERS[:, None], np.log(one), np.exp(-_RATES[:, None] * one)], axis=-2)
