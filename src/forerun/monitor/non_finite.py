"""NaN or infinity was logged."""

from __future__ import annotations

from typing import Any

import numpy as np

from forerun.core import Card, Curve, Finding, Forecast
from forerun.core.display import place

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


def start(curve: Curve) -> dict[str, Any]:
    return {"metric": curve.metric, "axis": curve.axis, "open": None}


def update(
    state: dict[str, Any], points: Curve, forecast: Forecast | None = None
) -> tuple[dict[str, Any], list[Finding]]:
    bad = ~np.isfinite(points.y)
    opened = state["open"]
    findings: list[Finding] = []
    turns = np.flatnonzero(np.diff(bad, prepend=opened is not None))
    for i in turns.tolist():
        if bad[i]:
            opened = {"start": float(points.x[i]), "value": str(points.y[i])}
            findings.append(_finding(state, opened, None))
        elif opened is not None:
            findings.append(_finding(state, opened, float(points.x[i])))
            opened = None
    return state | {"open": opened}, findings


def _finding(state: dict[str, Any], opened: dict[str, Any], end: float | None) -> Finding:
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
