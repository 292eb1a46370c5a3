"""Calibration error without bins: residuals are smoothed as heat spreads between walls, at the scale they set."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft

from forerun.core import Array, BadInput

_FFT = cast(Any, fft)  # its types are unknown in part
_GRID = 1024  # cells of 0 to 1; the error is told to about one of them
_HALVINGS = 30


def smooth_calibration_error(confidence: ArrayLike, outcome: ArrayLike) -> float:
    """The smooth calibration error: the width of the kernel at which error and width are alike.

    Unlike errors of bins it is continuous: confidences a hair apart cannot change it by more.

    Args:
        confidence: shape (n,), 0 to 1.
        outcome: shape (n,), 0 or 1.

    Raises:
        BadInput: shapes that differ, or confidences out of range.

    Source: Błasiok and Nakkiran 2023, definition 3: a Gaussian kernel reflected at 0 and 1, which the cosine transform
    makes a product.

    Example:
        >>> round(smooth_calibration_error([0.9] * 4, [1, 1, 0, 0]), 3)
        0.4
    """
    p, y = np.asarray(confidence, np.float64), np.asarray(outcome, np.float64)
    if p.shape != y.shape or p.ndim != 1 or not p.size or not ((p >= 0) & (p <= 1)).all():
        raise BadInput(f"needs an outcome for every confidence of 0 to 1, but has shapes {p.shape} and {y.shape}")
    cell = np.minimum((p * _GRID).astype(np.intp), _GRID - 1)
    waves = np.asarray(_FFT.dct(np.bincount(cell, y - p, _GRID) / p.size, norm="ortho"), np.float64)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        width = (low + high) / 2.0
        low, high = (width, high) if _error(waves, width) > width else (low, width)
    return (low + high) / 2.0


def _error(waves: Array, width: float) -> float:
    faded = waves * np.exp(-0.5 * (np.pi * np.arange(_GRID) * width) ** 2)
    return float(np.abs(np.asarray(_FFT.idct(faded, norm="ortho"), np.float64)).sum())
