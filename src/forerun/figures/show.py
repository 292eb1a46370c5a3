"""The verb `show`: a figure of a noun."""

from __future__ import annotations

import plotly.graph_objects as go

from forerun import api
from forerun.core import BadInput, Curve, Forecast, Run
from forerun.figures.curve import curve_figure


def show(what: Curve | Run | Forecast) -> go.Figure:
    """A plotly figure of a curve, of a run (its preferred metric, forecast and findings), or of a forecast alone.

    Raises:
        BadInput: anything else, or a run without a metric that measures quality.

    Example:
        >>> show(Curve([1, 2], [2.0, 1.0], metric="loss")).layout.xaxis.title.text
        'step'
    """
    match what:
        case Curve():
            return curve_figure(what, findings=api.scan(what)[""])
        case Run():
            return _run(what)
        case Forecast():
            return _forecast(what)
    raise BadInput(f"cannot show a {type(what).__name__}; give a Curve, a Run or a Forecast")


def _run(run: Run) -> go.Figure:
    (look,) = api.looks([run], api.Way())
    if look.outlook is None:
        raise BadInput("no metric that measures quality", where=run.id)
    metric, answer = look.outlook.metric, look.outlook.answer
    forecast = answer if isinstance(answer, Forecast) else None
    segments = run.segments.get(metric, ())
    return curve_figure(run.curves[metric], forecast=forecast, findings=look.findings, segments=segments)


def _forecast(forecast: Forecast) -> go.Figure:
    median = forecast.quantiles[:1, forecast.levels.searchsorted(0.5)]
    start = Curve([forecast.origin], median, metric=forecast.metric, axis=forecast.axis)
    return curve_figure(start, forecast=forecast)
