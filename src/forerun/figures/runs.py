"""Several runs over one another, a line each, and what a verb says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import plotly.graph_objects as go

from forerun.core import Answers, BadInput, Curve, Decision, Finding, Forecast, RunDecision, RunForecast
from forerun.figures.curve import AHEAD, ALARM, FAINT, SEEN, curve_figure
from forerun.figures.downsample import thin
from forerun.figures.markup import literal
from forerun.figures.view import kind

COLOURS = (SEEN, AHEAD, ALARM, "#4a9a62", "#8c6d31", "#c05a6c", "#5f6caf", FAINT)
Name = TypeVar("Name")


def runs_figure(answers: Answers[Any]) -> go.Figure:
    """The curves that were asked of, with what is said of each; one alone is drawn in full.

    Raises:
        BadInput: none of the runs has a metric that measures quality.

    Example:
        >>> from forerun.api import scan
        >>> from forerun.core import Run
        >>> curve = Curve([1, 2, 3], [1.0, float("nan"), 0.9], metric="loss")
        >>> figure = runs_figure(scan([Run(name, {"loss": curve}, "csv") for name in "ab"]))
        >>> [(line.name, line.mode) for line in figure.data]
        [('a', 'lines'), ('non-finite of a', 'markers'), ('b', 'lines'), ('non-finite of b', 'markers')]
    """
    runs = {run.id: run for run in answers.runs}
    pairs = [(item, runs[item.run].curves[item.metric]) for item in answers if item.metric is not None]
    if len(pairs) == 1:
        ((item, curve),) = pairs
        segments = runs[item.run].segments.get(curve.metric, ())
        return curve_figure(curve, forecast=_forecast(item), findings=_findings(item), segments=segments)
    metrics = [curve.metric for _, curve in pairs]
    metric = max(metrics, key=metrics.count, default="")
    pairs = most_alike([(item, curve) for item, curve in pairs if curve.metric == metric])
    if not pairs:
        raise BadInput("no run with a metric that measures quality")
    figure = go.Figure()
    for i, (item, curve) in enumerate(pairs):
        colour = COLOURS[i % len(COLOURS)]
        figure.add_trace(_line(_name(item), curve, colour))
        forecast = _forecast(item)
        if forecast is not None:
            figure.add_trace(_median(item.run, forecast, colour))
        for finding in _findings(item):
            if finding.metric == metric:
                figure.add_trace(_mark(item.run, finding, curve, colour))
    return _labelled(figure, pairs[0][1])


def curves_figure(lines: Sequence[tuple[str, Curve]]) -> go.Figure:
    """Named curves over one another.

    Raises:
        BadInput: there are none.
    """
    if not lines:
        raise BadInput("no run with a metric that measures quality")
    figure = go.Figure([_line(name, curve, COLOURS[i % len(COLOURS)]) for i, (name, curve) in enumerate(lines)])
    return _labelled(figure, lines[0][1])


def most_alike(named: Sequence[tuple[Name, Curve]]) -> list[tuple[Name, Curve]]:
    """Of named curves those on the axis that most of them have."""
    axes = [curve.axis for _, curve in named]
    axis = max(axes, key=axes.count, default="")
    return [(name, curve) for name, curve in named if curve.axis == axis]


def _labelled(figure: go.Figure, first: Curve) -> go.Figure:
    return figure.update_layout(
        xaxis_title=literal(first.axis), yaxis_title=literal(first.metric), showlegend=True, hovermode="closest",
        template="plotly_white", margin={"l": 60, "r": 20, "t": 30, "b": 50},
    )  # fmt: skip


def _line(name: str, curve: Curve, colour: str) -> go.Scatter:
    drawn = thin(curve.y)
    y = np.where(np.isfinite(curve.y[drawn]), curve.y[drawn], np.nan)
    return go.Scatter(x=curve.x[drawn], y=y, name=literal(name), mode="lines", line={"color": colour})


def _median(run: str, forecast: Forecast, colour: str) -> go.Scatter:
    y = [float(np.interp(0.5, forecast.levels, q)) for q in forecast.quantiles]
    line = {"color": colour, "dash": "dash"}
    return go.Scatter(x=forecast.at, y=y, name=literal(f"forecast of {run}"), mode="lines", line=line, showlegend=False)


def _mark(run: str, finding: Finding, curve: Curve, colour: str) -> go.Scatter:
    finite = np.isfinite(curve.y)
    y = float(np.interp(finding.start, curve.x[finite], curve.y[finite])) if finite.any() else 0.0
    marker = {"symbol": "x", "size": 9, "color": colour}
    name = literal(f"{kind(finding)} of {run}")
    return go.Scatter(x=[finding.start], y=[y], name=name, mode="markers", marker=marker, showlegend=False)


def _name(item: Any) -> str:
    decided = isinstance(item, RunDecision) and isinstance(item.answer, Decision)
    return f"{item.run}: {item.answer.action}" if decided else item.run


def _forecast(item: Any) -> Forecast | None:
    about = item if isinstance(item, RunForecast) else item.forecast if isinstance(item, RunDecision) else None
    return about.answer if about is not None and isinstance(about.answer, Forecast) else None


def _findings(item: Any) -> tuple[Finding, ...]:
    return () if isinstance(item, RunForecast) else item.findings
