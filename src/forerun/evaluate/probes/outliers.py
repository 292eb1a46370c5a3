"""Channels that are far larger than the rest, and whether they explain what quantising them costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Undecided
from forerun.stats.ranks import Association, rank_correlation


@dataclass(frozen=True)
class Outliers:
    """How unevenly a layer's activations spread over its channels.

    Args:
        kurtosis: mean fourth power of the channels' rms over the square of their mean square: 1 where all are alike,
            the number of channels where one has everything.
        max_to_median: the largest over the median magnitude of a sample's channels, averaged over samples.
        crest: the largest magnitude of all over the rms of all, which is what a scale for the whole tensor has to span.
        channel: the channel of the largest rms.
        channel_share: its share of the sum of squares.
    """

    kurtosis: float
    max_to_median: float
    crest: float
    channel: int
    channel_share: float


def activation_outliers(activations: ArrayLike) -> Outliers | Undecided:
    """Measures of outlier channels in one layer.

    Args:
        activations: shape (samples, channels); samples are tokens, of as many texts as there are to be had.

    Returns:
        Undecided where all are zero, one is not finite, or half of a sample's channels are zero, as after a ReLU: then
        its median says nothing; measure before it.

    Raises:
        BadInput: not a table of two or more channels.

    Source: kurtosis and max to median of He et al. 2024, arXiv 2405.19279.

    Example:
        >>> answer = activation_outliers([[1.0, -1.0, 10.0, 1.0], [-1.0, 1.0, -10.0, 1.0]])
        >>> round(answer.kurtosis, 2), answer.max_to_median, answer.channel
        (3.77, 10.0, 2)
    """
    table = np.asarray(activations, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        raise BadInput(f"activations have shape {table.shape}, not (samples, channels)", where="activation_outliers")
    size = np.abs(table)
    if not size.size or not np.isfinite(size).all() or not (np.median(size, axis=1) > 0.0).all():
        return Undecided("no samples, values that are not finite, or samples that are mostly zero", "dense activations")
    power = np.square(size).mean(axis=0)
    channel = int(power.argmax())
    return Outliers(
        kurtosis=float(np.square(power).mean() / power.mean() ** 2),
        max_to_median=float((size.max(axis=1) / np.median(size, axis=1)).mean()),
        crest=float(size.max() / np.sqrt(power.mean())),
        channel=channel,
        channel_share=float(power[channel] / power.sum()),
    )


def quantised(values: ArrayLike, scale: float, *, bits: int = 8) -> Array:
    """Values as a tensor of so many bits with one symmetric scale has them: rounded, and cut at ± scale.

    Args:
        values: any shape.
        scale: the largest magnitude that has a place, above zero; what a calibration set says.
        bits: of an integer, 2 or more.

    Raises:
        BadInput: a scale that is not above zero, or under two bits.

    Example:
        >>> quantised([0.1, -0.4, 0.9, 3.0], 1.0, bits=3)
        array([ 0.        , -0.33333333,  1.        ,  1.        ])
    """
    if scale <= 0.0 or bits < 2:
        raise BadInput(f"scale {scale:g} of {bits} bits; needs one above zero and 2 bits", where="quantised")
    step = scale / (2 ** (bits - 1) - 1)
    rounded: Array = np.rint(np.asarray(values, dtype=np.float64) / step) * step
    return np.clip(rounded, -scale, scale) + 0.0


def explains_spread(outliers: ArrayLike, losses: ArrayLike) -> Association | Undecided:
    """Whether models with larger outliers depend more on what they are calibrated on: a rank correlation.

    Args:
        outliers: shape (models,), a measure of each, for example `Outliers.crest`.
        losses: shape (models, sets), the loss of each after quantising it with each calibration set.

    Returns:
        Undecided under four models.

    Raises:
        BadInput: shapes that do not belong together, or under two sets.

    Source: ours, for the question of Paglieri et al. 2024, arXiv 2405.20835.

    Example:
        >>> answer = explains_spread([3, 5, 9, 20, 50], [[1, 1.1], [1, 1.2], [1, 1.3], [1, 2], [1, 4]])
        >>> answer.value
        1.0
    """
    measures, table = np.asarray(outliers, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != measures.size or table.shape[1] < 2:
        raise BadInput(f"{measures.size} models and losses {table.shape}", where="explains_spread")
    return rank_correlation(measures, table.max(axis=1) - table.min(axis=1))
