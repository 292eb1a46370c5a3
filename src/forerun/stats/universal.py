"""Mixtures of components, with guarantees that hold whatever the components do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import special  # pyright: ignore[reportMissingTypeStubs]

from forerun.core import Array, BadInput


@dataclass(frozen=True)
class UniversalMixture:
    """What a universal mixture held and came to.

    Args:
        weights: shape (n, m), what it holds in each round, decided before it.
        log_wealth: shape (n,), the log of what one unit has grown to after each round.
        guarantee: how far it may ever fall behind the best component's log wealth: ``log(2 m)``.
    """

    weights: Array
    log_wealth: Array
    guarantee: float


def universal_mixture(growth: Array, rng: np.random.Generator, *, draws: int = 500) -> UniversalMixture:
    """Cover's universal portfolio: the wealth of a prior's mean over fixed shares, each kept by rebalancing.

    Half of the prior is on the components alone, evenly; half on shares drawn by Dirichlet(1/2). So it never falls
    behind the best component by more than a factor 2 m, and follows the best rebalanced shares among those drawn.
    Nothing is assumed of the growth; a density that a forecaster gave to what then happened is growth as well.

    Args:
        growth: shape (n, m), above 0: what one unit held of each component becomes in each round.
        rng: of the shares drawn.
        draws: how many.

    Raises:
        BadInput: growth that is no matrix, or not above 0.

    Source: Cover 1991; Cover and Ordentlich 1996 for the prior.

    Example:
        >>> up = np.tile([[2.0, 0.5], [0.5, 2.0]], (50, 1))  # neither component ever gains
        >>> mixture = universal_mixture(up, np.random.default_rng(0))
        >>> bool(mixture.log_wealth[-1] > 15.0), mixture.weights[0].round(1).tolist()
        (True, [0.5, 0.5])
    """
    g = np.asarray(growth, np.float64)
    if g.ndim != 2 or not g.size or not (np.isfinite(g).all() and (g > 0).all()):
        raise BadInput(f"growth must be a matrix (rounds, components) of numbers above 0, but has shape {g.shape}")
    m = g.shape[1]
    shares = np.concatenate([np.eye(m), rng.dirichlet(np.full(m, 0.5), draws)])
    prior = np.log(np.concatenate([np.full(m, 0.5 / m), np.full(draws, 0.5 / draws)]))
    wealth = prior + np.cumsum(np.log(g @ shares.T), axis=0)
    before = np.vstack([prior, wealth[:-1]])
    logsumexp = cast(Any, special).logsumexp
    posterior: Array = np.exp(before - logsumexp(before, axis=1, keepdims=True))
    return UniversalMixture(posterior @ shares, logsumexp(wealth, axis=1), float(np.log(2.0 * m)))
