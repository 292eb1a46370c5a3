"""Draws of several uncertain outcomes together, whose errors may have something in common."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from forerun.stats.scores import Array

DRAWS, _MOST = 2000, 2_000_000  # of each outcome, and in all


def joint_draws(levels: Array, quantiles: Array, *, correlation: float, rng: np.random.Generator) -> Array:
    """Outcomes drawn together under a Gaussian copula with one common factor.

    Draws are spread evenly over each distribution (a Latin hypercube), so that few of them tell a chance well. What is
    beyond the outermost levels is drawn at those.

    Args:
        levels: shape (k,), increasing.
        quantiles: shape (n, k), of each outcome; a row of one value is a known outcome.
        correlation: of any two outcomes' normal scores, in [0, 1].

    Returns:
        shape (n, draws).

    Source: the one-factor copula, as in Li 2000 with equal correlations.

    Example:
        >>> levels, quantiles = np.array([0.1, 0.5, 0.9]), np.array([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]])
        >>> a, b = joint_draws(levels, quantiles, correlation=1.0, rng=np.random.default_rng(0))
        >>> bool((a < b).all())
        True
    """
    n = len(quantiles)
    draws = int(np.clip(_MOST // max(n, 1), 50, DRAWS))
    even = ndtri((np.arange(draws) + 0.5) / draws)
    common = np.sqrt(correlation) * rng.permutation(even)
    drawn = np.empty((n, draws))
    for row, known in enumerate(quantiles):
        score = common + np.sqrt(1.0 - correlation) * rng.permutation(even)
        drawn[row] = np.interp(ndtr(score), levels, known)
    return drawn
