"""NaN or infinity was logged."""

from __future__ import annotations

from typing import Any

import numpy as np

from forerun.core import Card, Finding
from forerun.core.display import place
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.monitor.events import nearby
from forerun.monitor.reads import every_metric

CARD = Card(
    name="non_finite",
    does="Raises when a value is NaN or infinite; ends at the next finite value.",
    source="ours",
    assumes="The logger writes what it saw. transformers replaces NaN by a running mean unless told not to.",
    needs="1 point.",
    promises="No false alarm and none missed: every non-finite value is inside a finding, nothing else is.",
    known_answer="1, NaN, inf, 2 gives one finding over the second and third point.",
    control="A curve of 1e308 raises nothing.",
)


def _start(points: Points) -> State:
    curve = points["value"]
    return {"metric": curve.metric, "axis": curve.axis, "open": None}


def _update(state: State, points: Points, forecast: ForecastAt | None) -> tuple[State, list[Finding]]:
    curve = points["value"]
    bad = ~np.isfinite(curve.y)
    opened = state["open"]
    findings: list[Finding] = []
    turns = np.flatnonzero(np.diff(bad, prepend=opened is not None))
    for i in turns.tolist():
        if bad[i]:
            opened = {"start": float(curve.x[i]), "value": str(curve.y[i])}
            findings.append(_finding(state, opened, None))
        elif opened is not None:
            findings.append(_finding(state, opened, float(curve.x[i])))
            opened = None
    return state | {"open": opened}, findings


def _finding(state: State, opened: dict[str, Any], end: float | None) -> Finding:
    axis = state["axis"]
    since = f"{state['metric']} is {opened['value']} at {axis} {place(opened['start'], axis)}"
    return Finding(
        kind="non_finite",
        metric=state["metric"],
        axis=axis,
        start=opened["start"],
        end=end,
        alarm=opened["start"],
        statistic=1.0,
        threshold=1.0,
        promise="no false alarms",
        detector="non_finite",
        message=f"{since} and has not come back" if end is None else f"{since}; finite again from {place(end, axis)}",
    )


NON_FINITE = Detector(card=CARD, version="1", start=_start, update=_update, reads=every_metric, same_event=nearby)
