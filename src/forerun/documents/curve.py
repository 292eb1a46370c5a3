"""A window of a curve."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.core import Curve
from forerun.core.codec import encode
from forerun.documents.shape import Document


def curve_document(run: str, curve: Curve, drawn: NDArray[np.integer[Any]], n: int) -> Document:
    """Some points of a curve.

    Args:
        drawn: which, increasing.
        n: how many there are where these come from.

    Example:
        >>> curve_document("a", Curve([1, 2, 3], [3.0, 2.0, float("nan")], metric="loss"), np.array([1, 2]), 2)["y"]
        [2.0, {'number': 'nan'}]
    """
    x, y = curve.x[drawn].tolist(), curve.y[drawn].tolist()
    about: Document = {"run": run, "metric": curve.metric, "axis": curve.axis, "n": n, "thinned": len(x) < n}
    return about | {"x": x, "y": [encode(value) for value in y]}
