"""``forerun read``: what is in the logs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from forerun.cli import options, order, output
from forerun.cli.nothing import reasons, some
from forerun.core import Curve, Event, Run, Runs
from forerun.core.display import counted
from forerun.documents.read import gaps, read_document
from forerun.figures.logged import NOTHING, CurveView, at, happened, label

NAME = "read"
EXAMPLE = "forerun read logs/ --sort best --top 10"
Sort = order.sort_option(*order.RUN_KEYS)
_COLUMNS = ["run", "format", "status", "metric", ">more", ">points", ">x", ">now", ">best", ">at", "~"]
_EACH = 3  # events of one kind that are told one by one


def command(
    path: options.LogPath,
    store: Annotated[
        Path | None, typer.Option("--store", metavar="S", help="Keep what is read in this file; read only what grew.")
    ] = None,
    all: Annotated[
        bool, typer.Option("--all", help="Every metric, and every file that was not read, instead of the main ones.")
    ] = False,
    sort: Sort = None,
    top: order.Top = None,
    format: options.Format = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
) -> int:
    """List runs: formats, metrics, points, best values, damage, and the files that were not read, with why.

    Of each run the metric that is judged is shown; --all shows every one.

    With --store they are kept in a file that every command takes as PATH; reading again costs what the logs grew.

    --fail-on damage or skipped.
    """
    options.check_fail_on(fail_on, ("damage", "skipped"))
    runs = options.load(path, format, store=store)
    curves = {run.id: options.judged(run) for run in runs}
    keys = order.run_keys(lambda run: (run, curves[run.id]))
    shown = Runs(tuple(order.ordered(runs, sort, keys, top)), runs.skipped)
    options.answer(
        runs, json, document=lambda: read_document(shown), shown=lambda: _print(shown, curves, len(runs), top, all)
    )
    kinds = ["damage"] * any(run.damage for run in runs) + ["skipped"] * bool(runs.skipped)
    return options.exit_code(kinds, fail_on)


def _print(runs: Runs, curves: dict[str, Curve | None], n: int, top: int | None, all: bool) -> None:
    output.table(_COLUMNS, [row for run in runs for row in _rows(run, curves[run.id], all)])
    for line in _remarks(runs):
        output.say(line)
    output.left_out(n, top)
    if runs.skipped and all:
        output.say()
        output.table(["not read", "why"], [(skipped.path, skipped.why) for skipped in runs.skipped])
    elif runs.skipped:
        output.say(f"\nnot read: {len(runs.skipped)}")
        for line in reasons(runs.skipped):
            output.say(line)


def _rows(run: Run, judged: Curve | None, all: bool) -> Iterator[list[str]]:
    """The metric that is judged and the count of the others, or a row a metric; the run is named in the first."""
    head = [label(run), run.format, run.status]
    curves = list(run.curves.values())
    main = judged or next(iter(curves), None)
    if main is None:
        scores = f"{run.items.n_rows:,} single scores" if run.items.n_rows else "no metric"
        yield [*head, scores, "", *[NOTHING] * 5, ""]
        return
    for curve in curves if all else [main]:
        more = "" if all or len(curves) == 1 else f"+{len(curves) - 1}"
        yield [*head, curve.metric, more, *_numbers(curve)]
        head = ["", "", ""]


def _numbers(curve: Curve) -> list[str]:
    shown, holes = CurveView.of(curve), gaps(curve)
    notes = [f"{shown.lost:,} nan or inf"] * bool(shown.lost) + [counted(holes, "gap")] * bool(holes)
    return [shown.points, shown.x, shown.now, shown.best.text, shown.best_place, ", ".join(notes)]


def _remarks(runs: Runs) -> Iterator[str]:
    """What happened to runs and what of them was lost; what is the same of several, or warned of, is told once."""
    warned = "\n".join(options.warnings_of(runs))
    ids: dict[str, list[str]] = {}
    for run in runs:
        for remark in (*_events(run, warned), *_damage(run)):
            ids.setdefault(remark, []).append(run.id)
    for remark, named in ids.items():
        yield f"{some(named)}: {remark}"


def _events(run: Run, warned: str) -> Iterator[str]:
    """A line an event; many of one kind on one line."""
    kinds: dict[str, list[Event]] = {}
    for event in run.events:
        if event.message not in warned:
            kinds.setdefault(event.kind, []).append(event)
    for kind, events in kinds.items():
        if len(events) > _EACH:
            places = [at(event.axis, event.x) for event in events if event.x is not None]
            where = f", {places[0]} to {places[-1]}" if places else ""
            yield f"{kind} {len(events)} times{where}: {events[-1].message}"
        else:
            yield from map(happened, events)


def _damage(run: Run) -> Iterator[str]:
    yield from (f"damaged: {one.path}, {one.where}: {one.why}" for one in run.damage[:_EACH])
    if len(run.damage) > _EACH:
        yield f"damaged: {counted(len(run.damage) - _EACH, 'more place')}; forerun doctor lists them"
