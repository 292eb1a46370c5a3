"""Which configuration to evaluate next, of a few whose evaluations are noisy and may be had 50 times or less."""

from __future__ import annotations

import numpy as np

from forerun.core import Array

FEATURES = 9


def arm_features(count: Array, mean: Array, left: int, sd: Array | float) -> Array:
    """What the net sees of each configuration.

    Args:
        count: shape (..., n), evaluations of each, 1 or more.
        mean: shape (..., n), of each, higher is better.
        left: evaluations still to come.
        sd: of one evaluation.

    Returns:
        Shape (..., n, 9): whether it leads; how many standard errors it lies behind the leader (the leader: ahead of
        the next), and how much doubt that leaves; its evaluations beside an even share, and the width they leave; the
        distance itself, in sds; its rank; and of all of them what share is left, and how many a configuration.
    """
    n = mean.shape[-1]
    order = np.argsort(-mean, axis=-1, kind="stable")
    lead = order[..., :1]
    leads = np.arange(n) == lead
    rank = np.argsort(order, axis=-1) / max(n - 1, 1)
    width = 1.0 / np.sqrt(count)
    gap = (np.take_along_axis(mean, lead, -1) - mean) / sd
    z = gap / np.hypot(width, np.take_along_axis(width, lead, -1))
    nearest = np.where(leads, np.inf, z).min(axis=-1, keepdims=True)
    closest = np.where(leads, np.inf, gap).min(axis=-1, keepdims=True)
    z, gap = np.where(leads, nearest, z), np.where(leads, closest, gap)
    made = count.sum(axis=-1, keepdims=True)
    share = left / (left + made)
    each = np.log1p(left / n)
    parts = (leads, np.minimum(z, 5.0), np.exp(-0.5 * z**2), np.log(count * n / made), width, np.tanh(gap), rank,
             share, each)  # fmt: skip
    return np.stack([np.broadcast_to(part, mean.shape) for part in parts], axis=-1)
