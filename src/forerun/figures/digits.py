"""How many digits a picture gives the numbers of a curve: so many that what differs in it differs as it is read."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forerun.core import Curve

_FINE = 1e-4  # of what a curve spans; its pixels are ten times as coarse, so that one may zoom in
_LEAST, _MOST = 5, 15
_MIDDLE = (0.1, 0.9)  # quantiles of the last half whose distance counts as what a curve spans


@dataclass(frozen=True)
class Digits:
    """Args:
    x: digits behind the point of places on the axis.
    y: significant digits of values.
    fine: by how much a value may be moved without being seen to.
    """

    x: int
    y: int
    fine: float


FEW = Digits(2, _LEAST, 0.0)
"""Of what is no curve."""


def digits_of(curve: Curve) -> Digits:
    """The digits of a curve, by what it spans.

    Example:
        >>> digits_of(Curve([10, 20, 30, 40], [3.0, 2.0, 1.5, 1.2], metric="loss"))
        Digits(x=0, y=5, fine=2.4e-05)
        >>> digits_of(Curve([0.5, 1.0, 1.5, 2.0], [0.9, 0.99, 0.999998, 0.999999], metric="acc")).y
        11
    """
    x = 0 if bool((curve.x == np.round(curve.x)).all()) else _decimals(float(np.ptp(curve.x)))
    y = curve.y[np.isfinite(curve.y)]
    if not y.size:
        return Digits(x, _LEAST, 0.0)
    low, high = (float(value) for value in np.quantile(y[y.size // 2 :], _MIDDLE))
    fine = _FINE * (high - low if high > low else float(np.ptp(y)))
    if not (fine > 0 and math.isfinite(fine)):
        return Digits(x, _LEAST, 0.0)
    return Digits(x, min(max(math.ceil(math.log10(float(np.abs(y[-1])) / fine or 1.0)), _LEAST), _MOST), fine)


def _decimals(span: float) -> int:
    return min(max(math.ceil(-math.log10(_FINE * span)), 0), _MOST) if 0 < span < math.inf else _LEAST
