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
    edges = np.linspace(0, y.size, most // 4 + 1).astype(int)
    kept: list[int] = []
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = y[a:b]
        if np.isfinite(part).any():
            finite = np.where(np.isfinite(part), part, np.nan)
            kept += [a, a + int(np.nanargmin(finite)), a + int(np.nanargmax(finite)), b - 1]
        else:
            kept += [a, b - 1]
    return np.unique(kept)
