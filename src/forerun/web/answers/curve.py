"""``/api/curve``: a window of a metric, thinned so that no spike is lost; ``/api/window``: that of a run's chart."""

from __future__ import annotations

import numpy as np

from forerun.core import BadInput, UnknownName
from forerun.documents.curve import curve_document
from forerun.documents.shape import Document
from forerun.figures.downsample import thin
from forerun.figures.page.charts import window
from forerun.figures.page.packing import packed_lines
from forerun.web.answers.run import entry_of
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


def of_chart(call: Call) -> Document:
    """The lines of a chart of a run's page from one place to another, as it draws them: run or number, view, from, to.

    Args:
        call: ``view`` is the chart's number on the page, ``most`` the points of a line.

    Raises:
        BadInput: no run, chart or window is named.
        UnknownName: there is none.
    """
    entry, low, high = entry_of(call), call.number("from"), call.number("to")
    if low is None or high is None or not low < high:
        raise BadInput("name a window, from below to", where="?from&to")
    most = max(4, call.whole("most", _POINTS, most=_MOST))
    chart = window(entry.shown.look, call.whole("view", 0, most=_MOST), low, high, most)
    return {"lines": [line for line in packed_lines(chart) if line.get("name")]}
