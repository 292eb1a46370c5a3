"""``forerun watch``: the logs while they are written."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from forerun import live
from forerun.api import Look
from forerun.cli import options, output
from forerun.cli.nothing import nothing_read
from forerun.core import Decision, Forecast
from forerun.core.display import counted, number, place
from forerun.documents.watch import watch_document

NAME = "watch"
EXAMPLE = "forerun watch logs/ --store runs.forerun"
_COLUMNS = ["run", "status", "metric", ">x", ">now", ">at", ">median", ">80% low", ">80% high", "advice", "~findings"]


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
    looks = live.watch(path, store=store, every=every, polls=polls, format=format)
    last = None
    with contextlib.suppress(KeyboardInterrupt):
        for look in _shown(looks, json):
            last = look
    if last is None or not last.looks:
        skipped = () if last is None else last.skipped
        raise nothing_read(path, f"no run in {counted(len(skipped), 'file')} by now", skipped)
    return 0


def _shown(looks: Iterator[live.Poll], json: bool) -> Iterator[live.Poll]:
    """The looks, each printed."""
    if json:
        for look in looks:
            if look.looks:
                output.emit(watch_document(look))
            yield look
    elif sys.stdout.isatty():
        yield from _kept_up(looks)
    else:
        for look in looks:
            _say(look)
            yield look


def _kept_up(looks: Iterator[live.Poll]) -> Iterator[live.Poll]:
    """The looks, shown as a table that changes in place."""
    from rich.live import Live
    from rich.text import Text

    with Live(auto_refresh=False, vertical_overflow="visible") as shown:
        for look in looks:
            shown.update(Text.from_ansi(output.table_text(_COLUMNS, map(_row, look.looks))), refresh=True)
            yield look


def _say(poll: live.Poll) -> None:
    for look in poll.looks:
        if look.run.id in poll.changed:
            run, status, metric, x, now, at, median, low, high, advice, findings = _row(look)
            ahead = f"{median} ({low} to {high}) at {at}" if median != "-" else "no forecast"
            said = [f"{status}, {metric} {now} at {x}", ahead, advice or "no advice", findings or "nothing found"]
            output.say(f"{run}: {'; '.join(said)}")
    sys.stdout.flush()


def _row(look: Look) -> list[str]:
    head = [look.run.id, look.run.status]
    forecast = look.forecast
    if forecast is None:
        return [*head, *["-"] * 7, "", ""]
    ahead = ["-"] * 4
    if isinstance(forecast.answer, Forecast):
        ends = (forecast.answer.median, forecast.answer.low, forecast.answer.high)
        ahead = [place(forecast.at, forecast.axis), *map(number, ends)]
    advice = look.decision.action if isinstance(look.decision, Decision) else ""
    lasting = [finding for finding in look.findings if finding.end is None] or look.findings[-1:]
    findings = ", ".join(dict.fromkeys(f"{f.kind} ({f.metric}) at {place(f.alarm, f.axis)}" for f in lasting[-3:]))
    now = [forecast.metric, place(forecast.origin, forecast.axis), number(forecast.last)]
    return [*head, *now, *ahead, advice, findings]
