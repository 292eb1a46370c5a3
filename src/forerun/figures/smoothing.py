"""A noisy curve made smooth for a picture, from all of its points, before any is left out."""

from __future__ import annotations

import numpy as np

from forerun.core import Array

_SPAN = 0.02  # of the points, over which they are averaged; arbitrary
_LEAST = 10.0


def smoothed(y: Array) -> Array:
    """The exponential average of the values so far, without the pull to zero at the start; nan where y is not finite.

    Nothing later is looked at, so that what is drawn of the past stays as more is logged, but for the span.

    Source: the correction of the start is that of Kingma and Ba 2015, section 3.

    Args:
        y: shape (n,).

    Returns:
        shape (n,).

    Example:
        >>> smoothed(np.array([2.0, 2.0, float("nan"), 2.0])).tolist()
        [2.0, 2.0, nan, 2.0]
    """
    from scipy.signal import lfilter

    known = np.isfinite(y)
    decay = 1.0 - 1.0 / max(_SPAN * y.size, _LEAST)
    averaged = np.full(y.size, np.nan)
    weights = 1.0 - decay ** np.arange(1.0, known.sum() + 1.0)
    averaged[known] = lfilter([1.0 - decay], [1.0, -decay], y[known]) / weights
    return averaged
