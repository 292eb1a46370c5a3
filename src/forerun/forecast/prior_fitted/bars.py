"""The bar distribution: an answer as chances of bins, with half-normal tails in the outer two.

Source: the Riemann distribution of Mueller et al. 2022 (PFN), section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from forerun.core import Array


@dataclass(frozen=True)
class Bars:
    """Log-probabilities (..., bins) of bins between ``borders`` (bins + 1,), with half-normal tails in the outer two.

    Example:
        >>> even = Bars(np.linspace(0.0, 1.0, 5), np.log(np.full((1, 4), 0.25)))
        >>> even.quantiles(np.array([0.3, 0.5])).round(6).tolist()
        [[0.3, 0.5]]
    """

    borders: Array
    log_p: Array

    def log_density(self, y: Array) -> Array:
        """Log density of outcomes y (...,) under log-probabilities (..., bins)."""
        bins = self.log_p.shape[-1]
        i = np.clip(np.searchsorted(self.borders, y) - 1, 0, bins - 1)
        width = np.diff(self.borders)
        density = -np.log(width)[i]
        for edge, inner, side in ((0, 1, -1.0), (bins - 1, -2, 1.0)):
            scale = width[edge] / special.ndtri(0.75)
            beyond = (side * (y - self.borders[inner])) / scale
            tail = 0.5 * np.log(2.0 / np.pi) - np.log(scale) - 0.5 * beyond**2
            density = np.where(i == edge, tail, density)
        return np.take_along_axis(self.log_p, i[..., None], axis=-1)[..., 0] + density

    def quantiles(self, levels: Array) -> Array:
        """Quantiles (m, k) of log-probabilities (m, bins), linear inside a bin, half-normal in the outer two."""
        below = np.concatenate([np.zeros((len(self.log_p), 1)), np.cumsum(np.exp(self.log_p), axis=1)], axis=1)
        below /= below[:, -1:]
        q = np.stack([np.interp(levels, row, self.borders) for row in below])
        width = np.diff(self.borders)
        left, right = below[:, 1:2], 1.0 - below[:, -2:-1]
        low = self.borders[1] + width[0] / special.ndtri(0.75) * special.ndtri(
            np.clip(levels / np.maximum(left, 1e-300), 1e-9, 1.0) / 2.0
        )
        high = self.borders[-2] - width[-1] / special.ndtri(0.75) * special.ndtri(
            np.clip((1.0 - levels) / np.maximum(right, 1e-300), 1e-9, 1.0) / 2.0
        )
        q = np.where(levels < left, low, q)
        return np.maximum.accumulate(np.where(levels > 1.0 - right, high, q), axis=1)
