"""`predict`: where a curve, or a metric of every run, is heading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

from forerun.api.reading import Where, runs_of
from forerun.core import Answers, BadInput, Curve, Forecast, Run, RunForecast, Runs, Undecided
from forerun.core.choosing import check_metrics, present
from forerun.forecast.postprocess.calibration import Calibration
from forerun.forecast.run_forecasts.batch import METHOD, ForecastSetup, Query, answered, run_forecasts


@overload
def predict(
    what: Curve,
    *,
    at: float,
    target: float | None = None,
    method: str = METHOD,
    calibration: Calibration | None = None,
    of: str = "value",
    settled: bool = False,
) -> Forecast | Undecided: ...
@overload
def predict(
    what: Run | Iterable[Run] | Where,
    *,
    at: float | None = None,
    target: float | None = None,
    method: str = METHOD,
    metric: str | Sequence[str] | None = None,
    calibration: Calibration | None = None,
    of: str = "value",
    settled: bool = False,
    alone: bool = False,
) -> Answers[RunForecast]: ...
def predict(
    what: Curve | Run | Iterable[Run] | Where,
    *,
    at: float | None = None,
    target: float | None = None,
    method: str = METHOD,
    metric: str | Sequence[str] | None = None,
    calibration: Calibration | None = None,
    of: str = "value",
    settled: bool = False,
    alone: bool = False,
) -> Forecast | Undecided | Answers[RunForecast]:
    """Forecast a curve, or one metric (or more) of every run.

    Args:
        what: a curve, a run, several, or a path to read.
        at: the x to forecast, beyond the last one; needed for a curve. For runs the default is the planned end if the
            log tells it, else where the runs beside it ended, else 1.25 × the last x with wider intervals
            (`forerun.forecast.postprocess.passing`), both marked as assumed; a finished run is not forecast without it.
        target: a value in the metric's unit; adds the chance to reach it by ``at`` and when. Default that of the
            settings a run was read under.
        method: a forecaster's name.
        metric: for runs, the metric or metrics, or ``"all"``; default that of the settings a run was read under, else
            the most important one the run has (`forerun.core.metrics.preferred`).
        calibration: from `calibrate`: moves quantiles to what one's own finished runs ask for.
        of: ``"value"``, or ``"best"`` for the best value up to each point.
        settled: True refuses until forecasts have settled: until the medians made of the first 60 and 80% of the
            points seen lie within the 80% interval made of all.
        alone: True forecasts each run by itself. Else a method that heeds siblings is shown runs beside it that are
            over, of its task or folder, 20 at most (`forerun.runs.siblings`); ``events`` say on which it leaned.

    Returns:
        For a curve, a forecast or why there is none; for runs `Answers`, a `RunForecast` a run and metric. A
        forecast's ``events`` hold its chances and expectations (`forerun.forecast.postprocess.chances`) and, where it
        was measured, the coverage of its kind.

    Raises:
        UnknownName: no such method, or no run has the metric.
        BadInput: ``at`` is not beyond the last x seen.

    Example:
        >>> curve = Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
        >>> answer = predict(curve, at=200)
        >>> answer.low < 1 + 2 / 200 < answer.high, round(answer.events["p_past_best"], 1)
        (True, 0.1)
    """
    if isinstance(what, Curve):
        setup = ForecastSetup(method, (), calibration, of, settled, target)
        return answered([Query(what, ahead_of(what, at, "predict"), target=target)], setup)[0]
    runs = runs_of(what)
    metrics = [metric] if isinstance(metric, str) else list(metric or ())
    check_metrics(runs, metrics)
    pairs = [(run, name) for run in runs for name in present(run, metrics)]
    setup = ForecastSetup(method, runs, calibration, of, settled, target, alone=alone)
    return Answers(tuple(run_forecasts(pairs, at, setup)), Runs(tuple(runs)))


def ahead_of(curve: Curve, at: float | None, verb: str) -> float:
    """The x that a verb is to forecast of a bare curve, which has no planned end.

    Raises:
        BadInput: none is given, or it is not beyond the last one seen.
    """
    if at is None:
        raise BadInput(f"say where: {verb}(curve, at=...)", where=curve.metric)
    if len(curve) and not at > curve.x[-1]:
        raise BadInput(f"at={at:g} must lie beyond the last one seen, x={curve.x[-1]:g}", where=curve.metric)
    return at
