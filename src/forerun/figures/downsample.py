"""Thinning a curve for a picture so that no spike is lost."""

from __future__ import annotations

import numpy as np

from forerun.core import Array


def thin(y: Array, most: int = 2000) -> np.ndarray:
    """Indices of at most about ``most`` points: the first, lowest, highest and last of each of ``most / 4`` stretches.

    Source: Jugel et al. 2014, M4. Deterministic; NaN and infinities are left to the caller, which marks them apart.

    Args:
        y: shape (n,).
        most: points wanted, at least 4.

    Returns:
        increasing indices; all of them when n ≤ ``most``.

    Example:
        >>> spiky = np.zeros(1000); spiky[500] = 9.0
        >>> bool((thin(spiky, 40) == 500).any()), thin(spiky, 40).size <= 40
        (True, True)
    """
    if y.size <= most:
        return np.arange(y.size)
    width = -(-y.size // (most // 4))
    starts = np.arange(0, y.size, width)
    lowest, highest = (starts + _stretches(y, width, sign).argmin(axis=1) for sign in (1.0, -1.0))
    return np.unique(np.concatenate([starts, lowest, highest, np.minimum(starts + width, y.size) - 1]))


def _stretches(y: Array, width: int, sign: float) -> Array:
    """``sign × y`` cut into rows of ``width``, with infinity where there is no finite value."""
    padded = np.full(-(-y.size // width) * width, np.inf)
    padded[: y.size] = np.where(np.isfinite(y), sign * y, np.inf)
    return padded.reshape(-1, width)
