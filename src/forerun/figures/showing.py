"""The verb `show`: a figure of a noun."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from forerun import api
from forerun.core import Answer, Answers, BadInput, Curve, Finding, Forecast, Run, Schedule, Undecided
from forerun.core.choosing import metrics_of
from forerun.evaluate.forecasts.outcomes import PastForecast
from forerun.evaluate.races.race import RaceResult
from forerun.figures.calibration import calibration_charts
from forerun.figures.chart import Chart
from forerun.figures.curve import curve_chart
from forerun.figures.plotly_figure import plotly_figure
from forerun.figures.profiles import race_chart
from forerun.figures.question import answer_chart, title_of
from forerun.figures.runs import curves_chart, most_alike, runs_chart
from forerun.figures.schedule import design_charts, drawn, schedule_charts
from forerun.figures.stream import stream_of
from forerun.laws.design import Candidate, Design

if TYPE_CHECKING:
    import plotly.graph_objects as go


def show(
    what: Curve
    | Run
    | Forecast
    | Answer
    | Schedule
    | Design
    | RaceResult
    | Answers[Any]
    | Iterable[Curve | Run | Schedule | Candidate | PastForecast],
) -> go.Figure:
    """A Plotly figure of a curve, of a run (its preferred metric, forecast and findings), of a forecast or an answer.

    Of a schedule its rates, and of a design the alternatives and what the law says that each ends at. Of past forecasts
    beside what happened (`forerun.evaluate.forecasts.outcomes`) how well they were calibrated; of a race its profiles.

    Several curves or runs lie over one another, a line each: of runs the metric that most of them are judged by. So do
    the answers of a verb, with what each says: the median forecast, findings where they begin, the action.

    Raises:
        BadInput: anything else, a run without a metric that measures quality, or Plotly is not installed.

    Example:
        >>> curve = Curve([1, 2], [2.0, 1.0], metric="loss")
        >>> show(curve).layout.xaxis.title.text
        'step'
        >>> [line.name for line in show([Run("a", {"loss": curve}, "csv"), Run("b", {"loss": curve}, "csv")]).data]
        ['a', 'b']
    """
    match what:
        case Answer():
            return plotly_figure([answer_chart(what)], title_of(what))
        case Design():
            return plotly_figure(design_charts(what), what.says)
        case _:
            return plotly_figure(_charts(what))


def _charts(what: Any) -> list[Chart]:
    match what:
        case Curve():
            return [curve_chart(what, findings=_findings(what))]
        case Run():
            stream = stream_of(what)
            return [_run(what), *([] if stream is None else [stream])]
        case Forecast():
            return [_forecast(what)]
        case Schedule():
            return _schedules([what])
        case RaceResult():
            return [race_chart(what)]
        case Answers():
            return [runs_chart(what)]
        case Iterable() if not isinstance(what, (str, bytes)):
            return _overlaid(list(what))
    raise BadInput(
        f"cannot show a {type(what).__name__}; "
        "give a Curve, a Run, a Forecast, an Answer or Answers, a Schedule or a Design, or several curves, runs or "
        "schedules"
    )


def _findings(curve: Curve) -> tuple[Finding, ...]:
    findings = api.scan(curve)
    return () if isinstance(findings, Undecided) else findings


def _schedules(several: list[Any]) -> list[Chart]:
    """Schedules, or candidates, over one another; those of one name are numbered."""
    names = [one.name for one in several]
    numbered = [name if names.count(name) == 1 else f"{name} {i}" for i, name in enumerate(names, 1)]
    pairs = zip(numbered, several, strict=True)
    return schedule_charts([one if isinstance(one, Candidate) else drawn(name, one) for name, one in pairs])


def _overlaid(several: list[Any]) -> list[Chart]:
    if several and all(isinstance(one, (Schedule, Candidate)) for one in several):
        return _schedules(several)
    if several and all(isinstance(one, PastForecast) for one in several):
        return calibration_charts(several)
    wrong = next((one for one in several if not isinstance(one, (Curve, Run))), None)
    if wrong is not None:
        raise BadInput(f"cannot show a {type(wrong).__name__} beside others; give curves or runs")
    judged = [name for one in several if isinstance(one, Run) for name in metrics_of(one)[:1]]
    metric = max(judged, key=judged.count, default="")
    return [curves_chart(most_alike([
        (one.id, one.curves[metric]) if isinstance(one, Run) else (one.metric, one)
        for one in several
        if isinstance(one, Curve) or metric in one.curves
    ]))]  # fmt: skip


def _run(run: Run) -> Chart:
    (look,) = api.looks([run], api.ForecastSetup())
    if look.forecast is None:
        raise BadInput("no metric that measures quality", where=run.id)
    metric, answer = look.forecast.metric, look.forecast.answer
    forecast = answer if isinstance(answer, Forecast) else None
    segments = run.segments.get(metric, ())
    return curve_chart(run.curves[metric], forecast=forecast, findings=look.findings, segments=segments)


def _forecast(forecast: Forecast) -> Chart:
    median = forecast.quantiles[:1, forecast.levels.searchsorted(0.5)]
    start = Curve([forecast.origin], median, metric=forecast.metric, axis=forecast.axis)
    return curve_chart(start, forecast=forecast)
