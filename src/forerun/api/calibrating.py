"""`calibrate`: how quantiles must be moved on one's own runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forerun.api.backtesting import fitted
from forerun.api.reading import Where, runs_of
from forerun.core import Forecast, Run
from forerun.core.choosing import check_metrics, present
from forerun.core.run import OVER
from forerun.evaluate.forecasts import backtest as protocol
from forerun.forecast import FORECASTERS
from forerun.forecast.postprocess.calibration import Calibration, Outcome, learn
from forerun.forecast.run_forecasts.basis import MOST_SIBLINGS
from forerun.forecast.run_forecasts.batch import METHOD
from forerun.runs.siblings import Siblings


def calibrate(
    what: Run | Iterable[Run] | Where,
    name: str,
    *,
    metric: str | Sequence[str] | None = None,
    method: str = METHOD,
) -> Calibration:
    """Learn from one's own finished runs how a forecaster's quantiles must be moved.

    Forecasts are made as `predict` makes them, the other runs that are over beside each, at the origins of the backtest
    within every run that is over, and held against its end. Runs of one task count as one; where no task is known every
    run is its own.

    Args:
        what: runs or a path to read; those that are still going are left out.
        name: what the calibration is to be called.
        metric: as in `predict`.
        method: the forecaster.

    Raises:
        BadInput: too few finished runs.

    Example:
        >>> import numpy as np
        >>> from forerun import Curve
        >>> rng = np.random.default_rng(0)
        >>> def run(i):
        ...     y = 1 + np.arange(1, 61) ** -0.5 + 0.05 * rng.standard_normal(60)
        ...     return Run(f"r{i}", {"loss": Curve(range(1, 61), y, metric="loss")}, "example", status="finished")
        >>> made = calibrate([run(i) for i in range(12)], "mine")
        >>> made.cases, made.groups, 0.6 < made.coverage["0.8"] < 0.95
        (60, 12, True)
    """
    runs = runs_of(what)
    metrics = [metric] if isinstance(metric, str) else list(metric or ())
    check_metrics(runs, metrics)
    over = [run for run in runs if run.status in OVER or run.source is not None]
    kin = Siblings(over)
    pasts = [_past(run, one, kin) for run in over for one in present(run, metrics)]
    cases = [case for past in protocol.choose(pasts, len(pasts)) for case in protocol.cases_of(past)]
    tasks = {case.past.task for case in cases}
    answers = fitted(FORECASTERS.load(method), None)(cases)
    return learn(
        name,
        [
            Outcome(case.shown, answer, case.y, case.past.task if len(tasks) > 1 else case.past.run)
            for case, answer in zip(cases, answers, strict=True)
            if isinstance(answer, Forecast)
        ],
    )


def _past(run: Run, metric: str, kin: Siblings | None = None) -> protocol.Past:
    """A run's curve, with those of its kin beside it that are over."""
    curve = run.curves[metric]
    nearest = kin.nearest(run, curve, MOST_SIBLINGS) if kin else []
    beside = tuple(_past(other, metric) for other in nearest)
    return protocol.Past(run.source or "logs", run.task or run.id, run.id, curve, run.schedule, beside=beside)
