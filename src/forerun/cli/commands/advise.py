"""``forerun advise``: what to do with each run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, get_args

import typer

from forerun import api
from forerun.cli import applying, journalling, options, order, output, remedying
from forerun.core import Decision, RunDecision, Runs
from forerun.core.decision import Action
from forerun.documents.advise import advise_document
from forerun.documents.orders import orders_document
from forerun.figures.view import RunView

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
    detector: options.Detectors = None,
    cost_per_hour: options.Cost = None,
    budget: options.BudgetLeft = None,
    alone: options.Alone = False,
    calibration: options.CalibrationName = None,
    store: options.CalibrationStore = Path("runs.forerun"),
    sort: Sort = "urgency",
    top: order.Top = None,
    format: options.Format = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
    apply: Annotated[
        bool,
        typer.Option("--apply", help="Order what is shown of trainings that run, write to this store and allow it."),
    ] = False,
    journal: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Append what is advised to this journal, and say what came of what it holds."
        ),
    ] = None,
) -> int:
    """Propose what to do with each run, with reasons, expected gain and cost. Nothing is done to any run.

    Runs that go on: continue, stop or ask. Others: resume them, or leave them, and where their best value lies.
    What wants a person comes first.

    --fail-on takes an action, such as stop. --apply orders stop and roll back, where that is advised, of the runs that
    are shown: their training must be watched by forerun.Watcher(PATH, ..., allow=["stop"], dry=False).

    Runs side by side are judged as one sweep, unless --alone. --journal keeps what is advised of all of them on what
    evidence, as JSON lines; asked again when runs have gone on, it says what came of it.
    """
    options.check_fail_on(fail_on, get_args(Action))
    runs = options.load(path, format)
    decisions = api.advise(
        runs,
        policy=policy,
        metric=metric,
        at=at,
        target=target,
        method=method,
        detector=detector or (),
        cost_per_hour=cost_per_hour,
        alone=alone,
        calibration=options.calibration_of(calibration, path, store),
        budget=options.budget_of(budget),
    )
    shown = order.ordered(decisions, sort, _keys(runs), top)
    orders = applying.apply(shown, path) if apply else None
    kept = None if journal is None else journalling.keep(decisions, runs, journal)
    options.answer(
        runs, json,
        document=lambda: (
            advise_document(shown)
            | ({} if orders is None else orders_document(orders))
            | ({} if kept is None else {"journal": kept})
        ),
        shown=lambda: _print(shown, runs, len(decisions), top),
    )  # fmt: skip
    if orders is not None and not json:
        applying.show(orders)
    if kept is not None and not json:
        journalling.show(kept)
    actions = (one.answer.action for one in decisions if isinstance(one.answer, Decision))
    return options.exit_code(actions, fail_on)


def _keys(runs: Runs) -> dict[str, order.Key[RunDecision]]:
    by_id = {run.id: run for run in runs}
    return order.run_keys(
        lambda one: (by_id[one.run], None if one.metric is None else by_id[one.run].curves[one.metric])
    ) | {
        "urgency": lambda one: api.urgency(one.answer),
        "forecast": lambda one: None if one.forecast is None else order.forecast_key(one.forecast.answer),
    }


def _print(decisions: Sequence[RunDecision], runs: Runs, n: int, top: int | None) -> None:
    by_id = {run.id: run for run in runs}
    looks = (api.Look(by_id[d.run], d.forecast, d.findings, d.answer, d.standing) for d in decisions)
    output.table(_COLUMNS, (_row(RunView.of(look)) for look in looks))
    remedying.say([finding for finding in one.findings if finding.end is None] for one in decisions)
    output.left_out(n, top)


_COLUMNS = ["run", "status", "advice", ">gain (80%)", ">cost", "~why"]


def _row(shown: RunView) -> list[str]:
    advice = shown.advice
    why = "; ".join(filter(None, [*advice.reasons, shown.ahead.leaned]))
    return [shown.label, shown.status, advice.verdict, advice.gain, advice.cost, why]
