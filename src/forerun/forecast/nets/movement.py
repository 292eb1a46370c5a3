"""How values move from one to the next: six numbers without a unit."""

from __future__ import annotations

import numpy as np

from forerun.core import Array
from forerun.stats.ragged import Ragged
from forerun.stats.robust import MAD_TO_SD

MOVEMENT = 6


def movement(up: Ragged, scale: Array) -> Array:
    """Sizes of steps and of noise, how steps follow one another, how many go up, how many stand still.

    Args:
        up: a row a curve, values in order, turned so that higher is better, at least 2.
        scale: shape (rows,), the spread that sizes are shares of.

    Returns:
        (rows, 6): logs of the median step, of the noise's sd by second differences and of the root mean square step (of
        steps up to ten scales), the correlation of a step with the one before it, the share of steps up, and the share
        of exactly zero.

    Example:
        >>> movement(Ragged.of([np.array([0.0, 1.0, 2.0, 3.0])]), np.ones(1)).round(2).tolist()
        [[0.0, -9.21, 0.0, 0.0, 1.0, 0.0]]
    """
    rise = up.steps()
    step = rise.like(rise.values / rise.each(scale))
    size = step.like(np.abs(step.values))
    sizes = size.median(), _noise(rise) / scale, np.sqrt(size.like(np.minimum(size.values, 10.0) ** 2).mean())
    logs = [np.log(np.maximum(one, 1e-4)) for one in sizes]
    ups, still = (step.like(which.astype(np.float64)).mean() for which in (step.values > 0, step.values == 0))
    return np.stack([*logs, _follow(step), ups, still], axis=1)


def _noise(rise: Ragged) -> Array:
    """As `forerun.stats.robust.noise_sd`, of each row's steps."""
    second = rise.steps()
    return MAD_TO_SD * second.like(np.abs(second.values)).median() / np.sqrt(6.0)


def _follow(step: Ragged) -> Array:
    """The correlation of a step with the one before it."""
    free = step.values - step.each(step.mean())
    before = np.roll(free, 1)
    before[step.start] = 0.0  # no step comes before a row's first
    return step.like(free * before).over(np.add) / np.maximum(step.like(free**2).over(np.add), 1e-300)
