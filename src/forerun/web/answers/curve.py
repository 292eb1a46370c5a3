"""``/api/curve``: a window of a metric, thinned here so that no spike is lost."""

from __future__ import annotations

import numpy as np

from forerun.core import BadInput, UnknownName
from forerun.documents.curve import curve_document
from forerun.documents.shape import Document
from forerun.figures.downsample import thin
from forerun.web.call import Call

_POINTS, _MOST = 2000, 100_000


def answer(call: Call) -> Document:
    """Points of one metric of one run: from, to (places on its axis), most (points).

    Raises:
        BadInput: no run or metric is named.
        UnknownName: there is none.
    """
    id, metric = call.text("run"), call.text("metric")
    if id is None or metric is None:
        raise BadInput("name a run and a metric", where="?run&metric")
    run = call.workspace.snapshot.run(id)
    if metric not in run.curves:
        raise UnknownName("metric", metric, run.curves, where=id)
    low, high = call.number("from"), call.number("to")
    curve = run.curves[metric]
    begin = 0 if low is None else int(np.searchsorted(curve.x, low, "left"))
    end = len(curve) if high is None else int(np.searchsorted(curve.x, high, "right"))
    drawn = begin + thin(curve.y[begin:end], max(4, call.whole("most", _POINTS, most=_MOST)))
    return curve_document(id, curve, drawn, end - begin)
