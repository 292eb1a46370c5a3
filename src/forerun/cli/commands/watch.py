"""``forerun watch``: the logs while they are written."""

from __future__ import annotations

import contextlib
import json as json_
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live

from forerun import live
from forerun.api import Look
from forerun.cli import options, output
from forerun.core import Decision, Forecast
from forerun.core.display import number
from forerun.documents import watch_document

NAME = "watch"
EXAMPLE = "forerun watch logs/ --store runs.forerun"
_COLUMNS = ["run", "status", "metric", ">x", ">now", ">at", ">median", ">80% low", ">80% high", "advice", "findings"]


def command(
    path: options.LogPath,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", min=0.05, help="Time between looks.")] = 2.0,
    polls: Annotated[int | None, typer.Option("--polls", min=1, help="Stop after so many looks.")] = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="Keep what is read, and a journal of what is said, in this file.")
    ] = None,
    format: options.Format = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document a line for each look that changed.")] = False,
) -> int:
    """Follow logs that grow: newest value, forecast, advice and findings of every run, until interrupted.

    A table that is kept up to date in a terminal, a line a change elsewhere. Ctrl-C ends it.
    """
    seen = live.watch(path, store=store, every=every, polls=polls, format=format)
    with contextlib.suppress(KeyboardInterrupt):
        _show(seen, json)
    return 0


def _show(seen: Iterator[live.Seen], json: bool) -> None:
    if json:
        for look in seen:
            print(json_.dumps(watch_document(look), allow_nan=False), flush=True)
    elif sys.stdout.isatty():
        with Live(console=output.console(), auto_refresh=False) as table:
            for look in seen:
                table.update(output.table_of(_COLUMNS, map(_row, look.looks)), refresh=True)
    else:
        for look in seen:
            _say(look)


def _say(seen: live.Seen) -> None:
    for look in seen.looks:
        if look.run.id in seen.changed:
            run, status, metric, x, now, at, median, low, high, advice, findings = _row(look)
            told = f"{median} ({low} to {high}) at {at}" if median != "-" else "no forecast"
            said = [f"{status}, {metric} {now} at {x}", told, advice or "no advice", findings or "nothing found"]
            output.say(f"{run}: {'; '.join(said)}")
    sys.stdout.flush()


def _row(look: Look) -> list[str]:
    head = [look.run.id, look.run.status]
    outlook = look.outlook
    if outlook is None:
        return [*head, *["-"] * 7, "", ""]
    forecast = outlook.answer
    ahead = ["-"] * 4
    if isinstance(forecast, Forecast):
        ahead = [number(round(outlook.at, 2)), *(number(v) for v in (forecast.median, forecast.low, forecast.high))]
    advice = look.decision.action if isinstance(look.decision, Decision) else ""
    lasting = [finding for finding in look.findings if finding.end is None] or look.findings[-1:]
    told = ", ".join(dict.fromkeys(f"{f.kind} ({f.metric}) at {number(f.alarm)}" for f in lasting[-3:]))
    return [*head, outlook.metric, number(outlook.origin), number(outlook.last), *ahead, advice, told]
