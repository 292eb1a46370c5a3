"""``forerun predict``: where each run is going."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, order, output
from forerun.cli.nothing import no_quality
from forerun.core import Forecast, Run, Runs, Undecided
from forerun.core.display import number, place
from forerun.core.standing import standing
from forerun.documents import predict_document

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
    outlooks = api.predict(
        runs,
        metric=metric,
        at=at,
        target=target,
        method=method,
        calibration=options.calibration_of(calibration, path, store),
        of="best" if best else "value",
        settled=settled,
    )
    if not outlooks:
        raise no_quality(runs)
    shown = _ordered(outlooks, runs, sort, top)
    options.answer(
        runs, json,
        document=lambda: predict_document(shown),
        shown=lambda: _print(shown, runs, len(outlooks), top),
    )  # fmt: skip
    return options.exit_code((o.status for o in outlooks), fail_on)


def _ordered(outlooks: list[api.Outlook], runs: Runs, sort: str | None, top: int | None) -> list[api.Outlook]:
    by_id = {run.id: run for run in runs}
    keys = order.run_keys(lambda outlook: (by_id[outlook.run], by_id[outlook.run].curves[outlook.metric]))
    keys["forecast"] = lambda outlook: order.forecast_key(outlook.answer)
    return order.ordered(outlooks, sort, keys, top)


def _print(outlooks: Sequence[api.Outlook], runs: Runs, n: int, top: int | None) -> None:
    by_id, names = {run.id: run for run in runs}, options.labels(runs)
    output.table(_COLUMNS, [_row(outlook, by_id, names) for outlook in outlooks])
    output.left_out(n, top)
    if any(outlook.assumed and outlook.status == "forecast" for outlook in outlooks):
        output.say(
            "\nassumed: the log tells no planned end, so 1.25 x the last x is forecast, with wider intervals; --at or "
            "forerun.toml sets it"
        )


def _row(outlook: api.Outlook, by_id: Mapping[str, Run], names: Mapping[str, str]) -> list[str]:
    stands = standing(by_id[outlook.run].curves[outlook.metric])
    best = "-" if stands is None else number(stands.best)
    head = [names[outlook.run], outlook.metric, number(outlook.last), best]
    where = f"{outlook.axis} {place(outlook.at, outlook.axis)}"
    match outlook.answer:
        case Forecast() as forecast:
            middle = [number(value) for value in (forecast.median, forecast.low, forecast.high)]
            notes = ["assumed" if outlook.assumed else "", _chance(forecast)]
            return [*head, where, *middle, "; ".join(filter(None, notes))]
        case Undecided() as undecided:
            return [*head, where, "-", "-", "-", str(undecided)]
        case _:
            lies = "" if stands is None else f"; its best lies at {outlook.axis} {place(stands.best_x, outlook.axis)}"
            return [*head, f"{outlook.axis} {place(outlook.origin, outlook.axis)}", "-", "-", "-", f"finished{lies}"]


def _chance(forecast: Forecast) -> str:
    if "p_target" not in forecast.events:
        return ""
    when = forecast.events["reach"]["0.5"]
    told = f"likely by {place(when, forecast.axis)}" if isinstance(when, float) else "not likely by then"
    return f"target: {forecast.events['p_target']:.0%}, {told}"
