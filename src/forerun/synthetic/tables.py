"""Tables with known truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forerun.core import Table

Rng = np.random.Generator


def scaling_table(
    rng: Rng, *, params: Sequence[float] = (1e7, 3e7, 1e8, 3e8, 1e9), tokens: Sequence[float] = (1e9, 3e9, 1e10, 3e10),
    E: float = 1.69, A: float = 406.4, B: float = 410.7, alpha: float = 0.34, beta: float = 0.28, sd: float = 0.002,
) -> Table:  # fmt: skip
    """Final losses of models of every size on every amount of data: L = E + A N^-α + B D^-β.

    Args:
        params, tokens: N and D; every pair is a row.
        sd: of the logarithm of the loss.

    Source: Hoffmann et al. 2022, approach 3, whose values are the defaults.

    Example:
        >>> table = scaling_table(np.random.default_rng(0), params=[1e8], tokens=[1e10], sd=0.0)
        >>> {name: round(float(column[0]), 3) for name, column in table.columns.items()}
        {'params': 100000000.0, 'tokens': 10000000000.0, 'y': 3.115}
    """
    N, D = (column.ravel() for column in np.meshgrid(np.array(params, float), np.array(tokens, float), indexing="ij"))
    loss = E + A * N**-alpha + B * D**-beta
    return Table({"params": N, "tokens": D, "y": loss * np.exp(sd * rng.standard_normal(N.size))})
