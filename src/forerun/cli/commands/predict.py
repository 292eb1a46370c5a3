"""``forerun predict``: where each run is going."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, order, output
from forerun.cli.nothing import no_quality
from forerun.core import RunForecast, Runs
from forerun.core.standing import standing
from forerun.documents.predict import predict_document
from forerun.figures.ahead import assumption
from forerun.figures.view import RunView

NAME = "predict"
EXAMPLE = "forerun predict logs/ --metric val/loss --at 20000 --target 3.2 --sort forecast --top 5"
Sort = order.sort_option(*order.RUN_KEYS, "forecast")
_COLUMNS = ["run", "metric", ">now", ">best", ">at", ">median", ">80% low", ">80% high", "~note"]


def command(
    path: options.LogPath,
    metric: options.Metrics = None,
    at: options.At = None,
    target: options.Target = None,
    method: options.Method = api.METHOD,
    best: Annotated[bool, typer.Option("--best", help="Forecast the best value so far instead of the value.")] = False,
    settled: Annotated[
        bool, typer.Option("--settled", help="Refuse until forecasts made earlier for the same end agree.")
    ] = False,
    alone: options.Alone = False,
    calibration: options.CalibrationName = None,
    store: options.CalibrationStore = Path("runs.forerun"),
    axis: options.Axis = None,
    sort: Sort = None,
    top: order.Top = None,
    format: options.Format = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
) -> int:
    """Forecast each run: median, 50, 80 and 90% intervals, and the chance to reach a target and when.

    --fail-on undecided or finished.
    """
    options.check_fail_on(fail_on, ("undecided", "finished"))
    runs = options.load(path, format, axis=axis)
    forecasts = api.predict(
        runs,
        metric=metric,
        at=at,
        target=target,
        method=method,
        calibration=options.calibration_of(calibration, path, store),
        of="best" if best else "value",
        settled=settled,
        alone=alone,
    )
    if not forecasts:
        raise no_quality(runs)
    shown = _ordered(forecasts, runs, sort, top)
    options.answer(
        runs, json,
        document=lambda: predict_document(shown),
        shown=lambda: _print(shown, runs, len(forecasts), top),
    )  # fmt: skip
    return options.exit_code((o.status for o in forecasts), fail_on)


def _ordered(forecasts: Sequence[RunForecast], runs: Runs, sort: str | None, top: int | None) -> list[RunForecast]:
    by_id = {run.id: run for run in runs}
    keys = order.run_keys(lambda one: (by_id[one.run], by_id[one.run].curves[one.metric]))
    keys["forecast"] = lambda one: order.forecast_key(one.answer)
    return order.ordered(forecasts, sort, keys, top)


def _print(forecasts: Sequence[RunForecast], runs: Runs, n: int, top: int | None) -> None:
    by_id = {run.id: run for run in runs}
    looks = (api.Look(by_id[o.run], o, (), standing=standing(by_id[o.run].curves[o.metric])) for o in forecasts)
    output.table(_COLUMNS, (_row(RunView.of(look)) for look in looks))
    output.left_out(n, top)
    if any(one.assumed and one.status == "forecast" for one in forecasts):
        output.say(f"\nassumed: {assumption()}, with wider intervals; --at or forerun.toml sets it")


def _row(shown: RunView) -> list[str]:
    ahead = shown.ahead
    numbers = [shown.now.text, shown.best.text, ahead.at, ahead.median.text, ahead.low, ahead.high]
    return [shown.label, shown.metric, *numbers, ahead.note]
