"""Signal and noise of a benchmark: how far models lie apart, and how far one model moves between checkpoints.

Noise is taken within each model and then averaged: all models' checkpoints in one heap would count the signal as noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput

_DRAWS = 2000


@dataclass(frozen=True)
class SignalNoise:
    """Both relative to the mean score, and their ratio.

    Args:
        signal: largest difference between two models' mean scores. noise: standard deviation of a model's last
            checkpoints. ratio: signal over noise. low, high: 95% interval of the ratio, these models given.
        models, checkpoints: how many, and how many of each.
    """

    signal: float
    noise: float
    ratio: float
    low: float
    high: float
    models: int
    checkpoints: int


def noise(values: ArrayLike) -> float:
    """Standard deviation of a model's last checkpoints, dividing by n.

    Example:
        >>> noise([0.5, 0.7])
        0.1
    """
    return float(np.asarray(values, np.float64).std().round(15))


def signal_to_noise(checkpoints: Sequence[ArrayLike], *, seed: int = 0) -> SignalNoise:
    """Signal, noise and their ratio of one benchmark.

    The interval says how well noise lets the ratio be known: it moves each mean by its own error and the noise by its
    chi-square. It does not say what other models would give; ratios compare benchmarks on the same models alone.

    Args:
        checkpoints: of every model, scores at its last checkpoints, as many of each.
        seed: of what is drawn.

    Raises:
        BadInput: fewer than 2 models or 2 checkpoints, unequal numbers, or a mean of 0.

    Source: Heineman et al. 2025, equations 1 to 3; noise within models, which their reference code mixes with signal.

    Example:
        >>> result = signal_to_noise([[0.4, 0.6], [0.9, 1.1]])
        >>> round(result.signal, 3), round(result.noise, 3), round(result.ratio, 3)
        (0.667, 0.133, 5.0)
    """
    v = rows_of(checkpoints)
    means = v.mean(axis=1)
    centre, spread, sd = float(abs(means.mean())), float(np.ptp(means)), float(v.std(axis=1).mean())
    if centre == 0.0:
        raise BadInput("the mean score is 0, so nothing is relative to it")
    ratio = ratio_of(v)
    low, high = _span(v, seed) if sd > 0.0 else (ratio, ratio)
    return SignalNoise(spread / centre, sd / centre, ratio, low, high, *v.shape)


def ratio_of(v: Array) -> float:
    """Signal over noise alone, of a matrix of models by checkpoints; infinite without noise."""
    sd = float(v.std(axis=1).mean())
    return float(np.ptp(v.mean(axis=1))) / sd if sd > 0.0 else float("inf")


def rows_of(checkpoints: Sequence[ArrayLike]) -> Array:
    """Models' checkpoints as a matrix.

    Raises:
        BadInput: fewer than 2 of either, or unequal numbers.
    """
    rows = [np.asarray(one, np.float64) for one in checkpoints]
    sizes = {row.size for row in rows}
    if len(rows) < 2 or len(sizes) != 1 or min(sizes) < 2:
        raise BadInput(f"needs 2 models with as many checkpoints, 2 or more, but has {len(rows)} of {sorted(sizes)}")
    return np.stack(rows)


def _span(v: Array, seed: int) -> tuple[float, float]:
    """Signals with each mean moved by its error, their bias taken away, over noises as chance may have made them.

    Noise is taken to be alike in all models, so that its error is a chi-square of all their degrees of freedom.
    """
    rng, (m, n) = np.random.default_rng(seed), v.shape
    means, df = v.mean(axis=1), m * (n - 1)
    error = np.sqrt(v.var(axis=1, ddof=1).mean() / n)
    signals = np.ptp(means + error * rng.normal(size=(_DRAWS, m)), axis=1)
    signals = np.maximum(signals - (signals.mean() - np.ptp(means)), 0.0)
    noises = v.std(axis=1).mean() * np.sqrt(df / rng.chisquare(df, _DRAWS))
    low, high = np.quantile(signals / noises, [0.025, 0.975])
    return float(low), float(high)
