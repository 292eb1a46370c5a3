"""Where a noisy curve was at its best, as an interval: the lowest of many values lies where noise put it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.stats.robust import noise_sd

Array = NDArray[np.float64]
_DRAWS = 200
_BEFORE = 20  # values of noise that follows itself before the first that counts
_FOLLOWS_MOST = 0.8


def best_places(values: ArrayLike, wide: int, *, confidence: float = 0.8) -> tuple[int, int]:
    """The first and the last place between which the lowest level of a curve lies, with some confidence.

    A parametric bootstrap: the smoothed curve gets new noise like its own, 200 times, and is smoothed again; the
    interval holds the middle of the places of its minima. The same values give the same interval.

    Assumes that noise is the same throughout; where it follows itself by .5 the interval holds the place less often
    (62% to 98% for a confidence of 80%, where independent noise gives 74% to 100%).

    Args:
        values: shape (n,), lower is better.
        wide: values in a level; an even number counts as the next one.
        confidence: how often the interval is to hold the place of the lowest true value.

    Source: Efron and Tibshirani, 1993, chapter 6.5.

    Example:
        >>> best_places([3.0, 2.0, 1.0, 0.0, 1.0, 2.0, 3.0], 1)
        (3, 3)
        >>> best_places([3.0, 2.0, 1.1, 0.9, 1.2, 1.0, 2.1, 3.0], 1)
        (2, 5)
    """
    y = np.asarray(values, dtype=np.float64)
    wide = min(wide | 1, (y.size - 1) | 1)
    smooth = _smoothed(y, wide)
    drawn = smooth + _noise(y, y - smooth, wide)
    places = np.argmin(_smoothed(drawn, wide), axis=1)
    tail = (1.0 - confidence) / 2.0
    ends = np.quantile(places, tail, method="lower"), np.quantile(places, 1.0 - tail, method="higher")
    return int(ends[0]), int(ends[1])


def _smoothed(y: Array, wide: int) -> Array:
    """Moving means, the ends continued by their mirror image through the last value."""
    half = wide // 2
    padded = np.pad(y, [(0, 0)] * (y.ndim - 1) + [(half, half)], mode="reflect", reflect_type="odd")
    sums = np.cumsum(np.concatenate([np.zeros((*y.shape[:-1], 1)), padded], axis=-1), axis=-1)
    return (sums[..., wide:] - sums[..., :-wide]) / wide


def _noise(y: Array, beside: Array, wide: int) -> Array:
    """Draws of noise like that beside the smoothed curve: its sd, and how it follows itself."""
    power = float(beside @ beside)
    lag = (float(beside[1:] @ beside[:-1]) / power if power > 0.0 else 0.0) + 1.5 / wide  # smoothing takes some away
    lag = min(max(lag, 0.0), _FOLLOWS_MOST)
    spread = float(beside.std() / np.sqrt(1.0 - 1.0 / wide)) if wide > 1 else 0.0
    drawn = np.random.default_rng(0).normal(size=(_DRAWS, y.size + _BEFORE))
    for i in range(1, drawn.shape[1] if lag else 0):
        drawn[:, i] = lag * drawn[:, i - 1] + np.sqrt(1.0 - lag**2) * drawn[:, i]
    return max(noise_sd(y), spread) * drawn[:, _BEFORE:]
