"""``forerun advise``: what to do with each run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from forerun import api
from forerun.cli import options, output
from forerun.core import Decision, Undecided
from forerun.core.decision import Action, Range
from forerun.core.display import duration, number
from forerun.documents import advise_document

NAME = "advise"
EXAMPLE = "forerun advise logs/ --target 3.2 --fail-on stop"


def command(
    path: options.LogPath,
    policy: Annotated[str, typer.Option("--policy", help="A policy; forerun methods lists them.")] = "auto",
    metric: options.Metric = None,
    at: options.At = None,
    target: options.Target = None,
    method: options.Method = api.METHOD,
    cost_per_hour: Annotated[float | None, typer.Option("--cost-per-hour", help="What an hour of a run costs.")] = None,
    calibration: options.CalibrationName = None,
    store: options.CalibrationStore = Path("runs.forerun"),
    format: options.Format = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
) -> int:
    """Propose for each run to continue, stop or ask, with reasons, expected gain and cost. Nothing is done to any run.

    --fail-on takes an action.
    """
    options.check_fail_on(fail_on, get_args(Action))
    runs, settings = options.load(path, format)
    told = options.overridden(settings, target=target, cost_per_hour=cost_per_hour)
    chosen = options.chosen_metrics([metric] if metric else None, settings, runs)
    decisions = api.advise(
        runs,
        policy=policy,
        metric=chosen[0] if chosen else None,
        at=at,
        target=told.target,
        method=method,
        cost_per_hour=told.cost_per_hour,
        calibration=options.calibration_of(calibration, path, store),
    )
    if json:
        finished = frozenset(run.id for run in runs if run.status == "finished")
        output.emit(advise_document(decisions, finished))
    else:
        output.table(["run", "action", "gain (80%)", "cost", "why"], [_row(*pair) for pair in decisions.items()])
    actions = (d.action for d in decisions.values() if isinstance(d, Decision))
    return options.exit_code(actions, fail_on)


def _row(run: str, decision: Decision | Undecided) -> list[str]:
    if isinstance(decision, Undecided):
        return [run, "-", "-", "-", str(decision)]
    return [run, decision.action, _range(decision.gain), _range(decision.cost), "; ".join(decision.reasons)]


def _range(value: Range | None) -> str:
    if value is None:
        return "-"
    if value.low == value.high:
        return duration(value.estimate) if value.unit == "hours" else f"{number(value.estimate)} {value.unit}"
    low, middle, high = (number(v) for v in (value.low, value.estimate, value.high))
    return f"{middle} ({low} to {high})"
