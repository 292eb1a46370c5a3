"""Several runs over one another, a line each, and what a verb says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from forerun.core import Answers, BadInput, Curve, Decision, Finding, Forecast, RunDecision, RunForecast
from forerun.figures.chart import Axis, Chart, Line, Points, look_of
from forerun.figures.curve import curve_chart, finite
from forerun.figures.downsample import thin
from forerun.figures.view import kind

Name = TypeVar("Name")


def runs_chart(answers: Answers[Any]) -> Chart:
    """The curves that were asked of, with what is said of each; one alone is drawn in full.

    Raises:
        BadInput: none of the runs has a metric that measures quality.

    Example:
        >>> from forerun.api import scan
        >>> from forerun.core import Run
        >>> curve = Curve([1, 2, 3], [1.0, float("nan"), 0.9], metric="loss")
        >>> chart = runs_chart(scan([Run(name, {"loss": curve}, "csv") for name in "ab"]))
        >>> [line.name for line in chart.lines], [one.name for one in chart.points]
        (['a', 'b'], ['non-finite of a', 'non-finite of b'])
    """
    runs = {run.id: run for run in answers.runs}
    pairs = [(item, runs[item.run].curves[item.metric]) for item in answers if item.metric is not None]
    if len(pairs) == 1:
        ((item, curve),) = pairs
        segments = runs[item.run].segments.get(curve.metric, ())
        return curve_chart(curve, forecast=_forecast(item), findings=_findings(item), segments=segments)
    metrics = [curve.metric for _, curve in pairs]
    metric = max(metrics, key=metrics.count, default="")
    pairs = most_alike([(item, curve) for item, curve in pairs if curve.metric == metric])
    if not pairs:
        raise BadInput("no run with a metric that measures quality")
    lines: list[Line] = []
    marks: list[Points] = []
    for i, (item, curve) in enumerate(pairs):
        lines.append(_line(i, _name(item), curve))
        forecast = _forecast(item)
        if forecast is not None:
            lines.append(_median(i, item.run, forecast))
        marks += [_mark(i, item.run, finding, curve) for finding in _findings(item) if finding.metric == metric]
    return _chart(pairs[0][1], lines, marks)


def curves_chart(named: Sequence[tuple[str, Curve]]) -> Chart:
    """Named curves over one another.

    Raises:
        BadInput: there are none.
    """
    if not named:
        raise BadInput("no run with a metric that measures quality")
    return _chart(named[0][1], [_line(i, name, curve) for i, (name, curve) in enumerate(named)])


def most_alike(named: Sequence[tuple[Name, Curve]]) -> list[tuple[Name, Curve]]:
    """Of named curves those on the axis that most of them have."""
    axes = [curve.axis for _, curve in named]
    axis = max(axes, key=axes.count, default="")
    return [(name, curve) for name, curve in named if curve.axis == axis]


def _chart(first: Curve, lines: Sequence[Line], points: Sequence[Points] = ()) -> Chart:
    return Chart(Axis(first.axis), Axis(first.metric), tuple(lines), points=tuple(points))


def _line(i: int, name: str, curve: Curve) -> Line:
    drawn, (tone, dash) = thin(curve.y), look_of(i)
    return Line(name, curve.x[drawn], finite(curve.y[drawn]), tone, dash)


def _median(i: int, run: str, forecast: Forecast) -> Line:
    y = np.array([float(np.interp(0.5, forecast.levels, q)) for q in forecast.quantiles])
    return Line(f"forecast of {run}", forecast.at, y, look_of(i)[0], "dash")


def _mark(i: int, run: str, finding: Finding, curve: Curve) -> Points:
    known = np.isfinite(curve.y)
    y = float(np.interp(finding.start, curve.x[known], curve.y[known])) if known.any() else 0.0
    return Points(f"{kind(finding)} of {run}", np.array([finding.start]), np.array([y]), look_of(i)[0], "cross")


def _name(item: Any) -> str:
    decided = isinstance(item, RunDecision) and isinstance(item.answer, Decision)
    return f"{item.run}: {item.answer.action}" if decided else item.run


def _forecast(item: Any) -> Forecast | None:
    about = item if isinstance(item, RunForecast) else item.forecast if isinstance(item, RunDecision) else None
    return about.answer if about is not None and isinstance(about.answer, Forecast) else None


def _findings(item: Any) -> tuple[Finding, ...]:
    return () if isinstance(item, RunForecast) else item.findings
