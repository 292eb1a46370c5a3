"""Does a series go one way? Kendall's tau against its order, and how often chance does as well.

Values that follow one another climb and fall by themselves: permuting them singly, as the exact null does, calls that a
trend. Permuting whole blocks keeps what neighbours share.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, BadInput

Places = NDArray[np.intp]
_FEWEST_BLOCKS = 5  # 120 orders: below, no p-value can be small


@dataclass(frozen=True)
class Monotone:
    """How far values go up with their place.

    Args:
        tau: Kendall's, -1 to 1; equal values count half of neither way (tau-a).
        p_value: how often values without order give as large a tau, one-sided.
        p_blocks: the same, blocks of neighbours staying together.
        n: values.
    """

    tau: float
    p_value: float
    p_blocks: float
    n: int


def monotone(values: ArrayLike, *, draws: int = 999, seed: int = 0) -> Monotone:
    """Kendall's tau of values with their order, with both p-values.

    Args:
        values: shape (n,), n at least 3, in order.
        draws: permutations; the p-value is exact in that the order observed counts among them.
        seed: of them.

    Raises:
        BadInput: fewer than 3 values, or one that is not finite.

    Source: Kendall 1938; blocks of length about the cube root of n, at least 2, Künsch 1989.

    Example:
        >>> result = monotone([0.1, 0.2, 0.4, 0.3, 0.5, 0.6, 0.7, 0.9, 0.8, 1.0])
        >>> round(result.tau, 3), result.p_value < 0.01
        (0.911, True)
    """
    v = np.asarray(values, np.float64)
    if v.ndim != 1 or v.size < 3 or not np.isfinite(v).all():
        raise BadInput(f"needs 3 finite values or more in order, but has shape {v.shape}")
    rng, sign = np.random.default_rng(seed), np.sign(v[None, :] - v[:, None])
    places = np.arange(v.size)
    blocks, tau = _blocks(places), _tau(sign, places)
    single = [rng.permutation(places) for _ in range(draws)]
    orders: list[list[int]] = [rng.permutation(len(blocks)).tolist() for _ in range(draws)]
    whole: list[Places] = [np.concatenate([blocks[i] for i in order]) for order in orders]
    return Monotone(tau, _chance(sign, single, tau), _chance(sign, whole, tau), v.size)


def _chance(sign: Array, orders: Iterable[Places], tau: float) -> float:
    """How often an order gives as large a tau; the order observed counts as one of them."""
    taus = np.array([tau, *(_tau(sign, order) for order in orders)])
    return float((taus >= tau - 1e-12).mean())


def _blocks(places: Places) -> list[Places]:
    """Places in blocks of neighbours, as long as the cube root says while there are enough of them."""
    n = places.size
    length = max(min(int(np.ceil(n ** (1.0 / 3.0))) + 1, n // _FEWEST_BLOCKS), 1)
    edges = np.linspace(0, n, max(n // length, 1) + 1).astype(np.intp)
    return [places[a:b] for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]


def _tau(sign: Array, order: Places) -> float:
    above = np.triu_indices(order.size, 1)
    return float(sign[order[above[0]], order[above[1]]].mean())
