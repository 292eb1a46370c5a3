"""How values move from one to the next: six numbers without a unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array
from forerun.stats.robust import MAD_TO_SD

MOVEMENT = 6


def movement(up: Array, scale: ArrayLike) -> Array:
    """Sizes of steps and of noise, how steps follow one another, how many go up, how many stand still.

    Args:
        up: shape (..., n), values in order, turned so that higher is better, n ≥ 2.
        scale: shape (...), the spread that sizes are shares of.

    Returns:
        (..., 6): logs of the median step, of the noise's sd by second differences and of the root mean square step (of
        steps up to ten scales), the correlation of a step with the one before it, the share of steps up, and the share
        of exactly zero.

    Example:
        >>> movement(np.array([0.0, 1.0, 2.0, 3.0]), 1.0).round(2).tolist()
        [0.0, -9.21, 0.0, 0.0, 1.0, 0.0]
    """
    size = np.asarray(scale, dtype=np.float64)
    step = np.diff(up, axis=-1) / size[..., None]
    free = step - step.mean(axis=-1, keepdims=True)
    follow = (free[..., 1:] * free[..., :-1]).sum(axis=-1) / np.maximum((free**2).sum(axis=-1), 1e-300)
    sizes = (
        np.median(np.abs(step), axis=-1),
        _noise(up) / size,
        np.sqrt(np.mean(np.minimum(np.abs(step), 10.0) ** 2, axis=-1)),
    )
    logs = [np.log(np.maximum(one, 1e-4)) for one in sizes]
    return np.stack([*logs, follow, (step > 0).mean(axis=-1), (step == 0).mean(axis=-1)], axis=-1)


def _noise(up: Array) -> Array:
    """As `forerun.stats.robust.noise_sd`, along the last axis."""
    if up.shape[-1] < 3:
        return np.zeros(up.shape[:-1])
    return MAD_TO_SD * np.median(np.abs(np.diff(up, 2, axis=-1)), axis=-1) / np.sqrt(6.0)
