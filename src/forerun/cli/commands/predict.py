"""``forerun predict``: where each run is going."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, output
from forerun.core import Forecast, Undecided
from forerun.core.display import number
from forerun.documents import predict_document

NAME = "predict"
EXAMPLE = "forerun predict logs/ --metric val/loss --at 20000 --target 3.2"


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
    calibration: options.CalibrationName = None,
    store: options.CalibrationStore = Path("runs.forerun"),
    axis: options.Axis = None,
    format: options.Format = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
) -> int:
    """Forecast each run: median, 50, 80 and 90% intervals, and the chance to reach a target and when.

    --fail-on undecided or finished.
    """
    options.check_fail_on(fail_on, ("undecided", "finished"))
    runs, settings = options.load(path, format, axis=axis)
    told = options.overridden(settings, target=target)
    asked = options.chosen_metrics(metric, settings, runs)
    outlooks = api.predict(
        runs,
        metric=asked,
        at=at,
        target=told.target,
        method=method,
        calibration=options.calibration_of(calibration, path, store),
        of="best" if best else "value",
        settled=settled,
    )
    if json:
        output.emit(predict_document(outlooks))
    else:
        _print(outlooks, with_target=told.target is not None)
    return options.exit_code((o.status for o in outlooks), fail_on)


def _print(outlooks: list[api.Outlook], *, with_target: bool) -> None:
    columns = ["run", "metric", ">now", ">at", ">median", ">80% low", ">80% high", "note"]
    output.table(columns, (_row(outlook, with_target) for outlook in outlooks))
    if any(outlook.assumed and outlook.status == "forecast" for outlook in outlooks):
        output.say(
            "\nassumed: the log tells no planned end, so 1.25 x the last x is forecast; --at or forerun.toml sets it"
        )


def _row(outlook: api.Outlook, with_target: bool) -> list[str]:
    head = [outlook.run, outlook.metric, number(outlook.last)]
    where = f"{outlook.axis} {number(round(outlook.at, 2))}"
    match outlook.answer:
        case Forecast() as forecast:
            middle = [number(value) for value in (forecast.median, forecast.low, forecast.high)]
            note = "assumed" if outlook.assumed else ""
            return [*head, where, *middle, f"{note} {_chance(forecast)}".strip() if with_target else note]
        case Undecided() as undecided:
            return [*head, where, "-", "-", "-", str(undecided)]
        case _:
            return [*head, "-", "-", "-", "-", "finished"]


def _chance(forecast: Forecast) -> str:
    when = forecast.events["reach"]["0.5"]
    told = f"likely by {number(round(when, 2))}" if isinstance(when, float) else "not likely by then"
    return f"target: {forecast.events['p_target']:.0%}, {told}"
