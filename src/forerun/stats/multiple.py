"""Several tests at once: p-values raised so that the chance, or the share, of false findings stays what it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array


def holm(p_values: ArrayLike) -> Array:
    """P-values that, held against a level, keep the chance of any false finding below it; no independence needed.

    Args:
        p_values: shape (m,).

    Source: Holm 1979.

    Example:
        >>> holm([0.01, 0.04, 0.03]).tolist()
        [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    return _back(raised, order)


def benjamini_hochberg(p_values: ArrayLike) -> Array:
    """P-values that, held against a level, keep the expected share of false findings below it.

    Holds for independent tests, and for such as depend positively.

    Args:
        p_values: shape (m,).

    Source: Benjamini and Hochberg 1995.

    Example:
        >>> benjamini_hochberg([0.01, 0.04, 0.03]).tolist()
        [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p)
    raised = p[order] * p.size / np.arange(1, p.size + 1)
    return _back(np.minimum.accumulate(raised[::-1])[::-1], order)


def _back(raised: Array, order: NDArray[np.intp]) -> Array:
    result = np.empty_like(raised)
    result[order] = np.minimum(raised, 1.0)
    return result
