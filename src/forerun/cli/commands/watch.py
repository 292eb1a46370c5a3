"""``forerun watch``: the logs while they are written."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from forerun import live
from forerun.cli import options, output
from forerun.cli.nothing import nothing_read
from forerun.core.display import counted
from forerun.documents.watch import watch_document
from forerun.figures.view import NOTHING, RunView

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
            rows = (_row(RunView.of(one)) for one in look.looks)
            shown.update(Text.from_ansi(output.table_text(_COLUMNS, rows)), refresh=True)
            yield look


def _say(poll: live.Poll) -> None:
    for look in poll.looks:
        if look.run.id in poll.changed:
            run, status, metric, x, now, at, median, low, high, advice, findings = _row(RunView.of(look))
            ahead = "no forecast" if median == NOTHING else f"{median} ({low} to {high}) at {at}"
            output.say(f"{run}: {status}, {metric} {now} at {x}; {ahead}; {advice}; {findings or 'nothing found'}")
    sys.stdout.flush()


def _row(shown: RunView) -> list[str]:
    now, ahead = shown.now, shown.ahead
    numbers = [now.at or NOTHING, now.text, ahead.at, ahead.median.text, ahead.low, ahead.high]
    return [shown.id, shown.status, shown.metric or NOTHING, *numbers, shown.advice.verdict, shown.lasting]
