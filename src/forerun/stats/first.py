"""The chance of each of several uncertain outcomes to be the best of them."""

from __future__ import annotations

import numpy as np

from forerun.stats.scores import Array

_DRAWS, _MOST = 4000, 4_000_000  # of each outcome, and in all; a chance is then told to about a hundredth


def first_chances(levels: Array, quantiles: Array, *, least: bool, rng: np.random.Generator) -> Array:
    """How often each comes first when all are drawn, as if their errors had nothing to do with one another.

    Draws are spread evenly over each distribution (a Latin hypercube), and equal outcomes share.

    Args:
        levels: shape (k,), increasing.
        quantiles: shape (n, k), of each outcome; rows of one value are known outcomes, and inf is never first.
        least: whether the least is the best.

    Returns:
        shape (n,), which sums to 1 where any outcome is finite.

    Example:
        >>> known = np.array([[2.0, 2.0, 2.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
        >>> first_chances(np.array([0.1, 0.5, 0.9]), known, least=True, rng=np.random.default_rng(0)).tolist()
        [0.0, 0.5, 0.5]
    """
    n = len(quantiles)
    draws = int(np.clip(_MOST // max(n, 1), 50, _DRAWS))
    if not n:
        return np.zeros(0)
    even = (np.arange(draws) + 0.5) / draws
    drawn = np.empty((n, draws))
    for row, known in enumerate(quantiles):
        drawn[row] = np.interp(rng.permutation(even), levels, known)
    drawn = drawn if least else -drawn
    best = drawn.min(axis=0)
    wins = (drawn == best) & np.isfinite(best)
    return (wins / np.maximum(wins.sum(axis=0), 1)).mean(axis=1)
