"""``calibrate``: what was learned, what it holds, and where it is kept."""

from __future__ import annotations

from forerun.documents.shape import Document
from forerun.forecast.postprocess.calibration import Calibration

_FIELDS = ("name", "method", "version", "coverage", "before", "cases", "groups")


def calibrate_document(calibration: Calibration, store: str) -> Document:
    """The calibration, without the numbers that it moves quantiles by."""
    body = calibration.as_json()
    return {"calibration": {name: body[name] for name in _FIELDS} | {"store": store}}
