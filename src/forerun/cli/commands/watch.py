"""``forerun watch``: the logs while they are written."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from forerun import api, live
from forerun.cli import alerting, options, output
from forerun.cli.nothing import nothing_read
from forerun.core.display import counted
from forerun.documents.watch import watch_document
from forerun.figures.logged import NOTHING
from forerun.figures.view import RunView
from forerun.session import SessionSettings

NAME = "watch"
EXAMPLE = """forerun watch logs/ --store runs.forerun --bell --command '["notify-send", "Forerun"]'"""
_COLUMNS = ["run", "status", "metric", ">x", ">now", ">at", ">median", ">80% low", ">80% high", "advice", "~diagnosis"]


def command(
    path: options.LogPath,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", min=0.05, help="Time between polls.")] = 2.0,
    polls: Annotated[int | None, typer.Option("--polls", metavar="N", min=1, help="Stop after so many polls.")] = None,
    store: Annotated[
        Path | None,
        typer.Option("--store", metavar="S", help="Keep what is read, and a journal of what is said, in this file."),
    ] = None,
    detector: options.Detectors = None,
    bell: alerting.Bells = False,
    program: alerting.Program = None,
    webhook: alerting.WebhookUrl = None,
    pause: alerting.Pause = 30.0,
    metric: options.Metric = None,
    target: options.Target = None,
    method: options.Method = api.METHOD,
    policy: options.Policy = "auto",
    cost_per_hour: options.Cost = None,
    budget: options.BudgetLeft = None,
    alone: options.Alone = False,
    calibration: options.CalibrationName = None,
    format: options.Format = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON document a line, for each poll at which something changed.")
    ] = False,
) -> int:
    """Follow logs that grow: newest value, forecast, advice and diagnosis of every run, until interrupted.

    A table that is kept up to date in a terminal, a line a change elsewhere. Ctrl-C ends it. Alerts go out only where
    --bell, --command or --webhook asks for them: each event once, and none of those that are there at the first look;
    with --store also after a restart, when those that came meanwhile are sent.
    """
    alerts = alerting.alerts_of(store, pause, bell=bell, program=program, webhook=webhook)
    settings = SessionSettings(
        detector=detector or (), method=method, policy=policy, metric=metric, target=target, alone=alone,
        cost_per_hour=cost_per_hour, budget=options.budget_of(budget),
        calibration=options.calibration_of(calibration, path, store or Path("runs.forerun")),
    )  # fmt: skip
    watched = live.watch(
        path,
        store=store,
        every=every,
        polls=polls,
        format=format,
        session=settings.session(),
        wait=alerting.waiting(alerts),
    )
    last = None
    with contextlib.suppress(KeyboardInterrupt):
        for poll in _shown(watched, json):
            last = poll
            alerting.complain(alerts.take(poll))
    alerting.complain(alerts.flush(time.time(), whole=True))
    if last is None or not last.looks:
        skipped = () if last is None else last.skipped
        raise nothing_read(path, f"no run in {counted(len(skipped), 'file')} by now", skipped)
    return 0


def _shown(polls: Iterator[live.Poll], json: bool) -> Iterator[live.Poll]:
    """The polls, each printed."""
    if json:
        for poll in polls:
            if poll.looks:
                output.emit(watch_document(poll))
            yield poll
    elif sys.stdout.isatty():
        yield from _kept_up(polls)
    else:
        for poll in polls:
            _say(poll)
            yield poll


def _kept_up(polls: Iterator[live.Poll]) -> Iterator[live.Poll]:
    """The polls, shown as a table that changes in place."""
    from rich.live import Live
    from rich.text import Text

    with Live(auto_refresh=False, vertical_overflow="visible") as shown:
        for poll in polls:
            rows = (_row(RunView.of(look)) for look in poll.looks)
            shown.update(Text.from_ansi(output.table_text(_COLUMNS, rows)), refresh=True)
            yield poll


def _say(poll: live.Poll) -> None:
    for look in poll.looks:
        if look.run.id in poll.changed:
            output.say(_sentence(RunView.of(look)))
    sys.stdout.flush()


def _sentence(shown: RunView) -> str:
    now, ahead = "no metric that measures quality", "no forecast"
    if shown.metric:
        now = f"{shown.metric} {shown.now.text} at {shown.now.at}"
    if not shown.ahead.without:
        ahead = f"{shown.ahead.median.text} ({shown.ahead.low} to {shown.ahead.high}) at {shown.ahead.at}"
    return f"{shown.id}: {shown.status}, {now}; {ahead}; {shown.advice.verdict}; {_diagnosis(shown)}"


def _row(shown: RunView) -> list[str]:
    now, ahead = shown.now, shown.ahead
    numbers = [now.at or NOTHING, now.text, ahead.at, ahead.median.text, ahead.low, ahead.high]
    return [shown.id, shown.status, shown.metric or NOTHING, *numbers, shown.advice.verdict, _diagnosis(shown)]


def _diagnosis(shown: RunView) -> str:
    return "; ".join([shown.diagnosis, *(remedy.brief for remedy in shown.remedies)])
