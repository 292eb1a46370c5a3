"""``forerun advise``: what to do with each run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, get_args

import typer

from forerun import api
from forerun.cli import options, order, output
from forerun.core import Decision, Undecided
from forerun.core.axes import UNITS
from forerun.core.decision import Action, Range
from forerun.core.display import duration, number, place
from forerun.documents import advise_document

NAME = "advise"
EXAMPLE = "forerun advise logs/ --target 3.2 --top 10 --fail-on stop"
Sort = order.sort_option("urgency", *order.RUN_KEYS, "forecast")


def command(
    path: options.LogPath,
    policy: options.Policy = "auto",
    metric: options.Metric = None,
    at: options.At = None,
    target: options.Target = None,
    method: options.Method = api.METHOD,
    cost_per_hour: Annotated[float | None, typer.Option("--cost-per-hour", help="What an hour of a run costs.")] = None,
    calibration: options.CalibrationName = None,
    store: options.CalibrationStore = Path("runs.forerun"),
    sort: Sort = "urgency",
    top: order.Top = None,
    format: options.Format = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
) -> int:
    """Propose what to do with each run, with reasons, expected gain and cost. Nothing is done to any run.

    Runs that go on: continue, stop or ask. Others: resume them, or leave them, and where their best value lies.
    What wants a person comes first.

    --fail-on takes an action.
    """
    options.check_fail_on(fail_on, get_args(Action))
    runs = options.load(path, format)
    api.check_metrics(runs, [metric] if metric else [])
    way = api.Way(method, runs, options.calibration_of(calibration, path, store), target=target)
    looks = api.looks(runs, way, policy=policy, metric=metric, at=at, cost_per_hour=cost_per_hour)
    shown = order.ordered(looks, sort, _KEYS, top)
    finished = frozenset(run.id for run in runs if run.status == "finished")
    options.answer(
        runs, json,
        document=lambda: advise_document({look.run.id: look.decision for look in shown}, finished),
        shown=lambda: _print(shown, len(looks), top),
    )  # fmt: skip
    actions = (look.decision.action for look in looks if isinstance(look.decision, Decision))
    return options.exit_code(actions, fail_on)


_KEYS = order.run_keys(
    lambda look: (look.run, None if look.outlook is None else look.run.curves[look.outlook.metric])
) | {
    "urgency": lambda look: api.urgency(look.decision),
    "forecast": lambda look: None if look.outlook is None else order.forecast_key(look.outlook.answer),
}  # fmt: skip


def _print(looks: Sequence[api.Look], n: int, top: int | None) -> None:
    names = options.labels(look.run for look in looks)
    output.table(_COLUMNS, [_row(names[look.run.id], look) for look in looks])
    output.left_out(n, top)


_COLUMNS = ["run", "status", "action", ">gain (80%)", ">cost", "~why"]


def _row(run: str, look: api.Look) -> list[str]:
    decision = look.decision
    if isinstance(decision, Undecided):
        return [run, look.run.status, "cannot say", "-", "-", f"{decision.why}; needs {decision.needs}"]
    spans = [_range(decision.gain), _range(decision.cost)]
    return [run, look.run.status, decision.action, *spans, "; ".join(decision.reasons)]


def _range(value: Range | None) -> str:
    if value is None:
        return "-"
    if value.low == value.high:
        return _amount(value.estimate, value.unit)
    low, middle, high = (number(v) for v in (value.low, value.estimate, value.high))
    return f"{middle} ({low} to {high})"


def _amount(value: float, unit: str) -> str:
    """So much of something, in the plural that is right."""
    if unit == "hours":
        return duration(value)
    amount = place(value, unit)
    return f"{amount} {unit}{'s' * (unit in UNITS and not unit.endswith('s') and amount != '1')}"
