"""``forerun scan``: what is happening in each run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, order, output
from forerun.cli.complete import detectors
from forerun.cli.nothing import no_quality
from forerun.core import Finding, Run
from forerun.core.display import counted, place
from forerun.documents import scan_document
from forerun.monitor import DETECTORS

NAME = "scan"
EXAMPLE = "forerun scan logs/ --detector spike --sort status --fail-on non_finite"
Sort = order.sort_option(*order.RUN_KEYS)


def command(
    path: options.LogPath,
    detector: Annotated[
        list[str] | None,
        typer.Option(
            "--detector", autocompletion=detectors, help="A detector, several times for several; default all."
        ),
    ] = None,
    horizon: Annotated[float | None, typer.Option("--horizon", help="Look only at points up to this x.")] = None,
    sort: Sort = None,
    top: order.Top = None,
    format: options.Format = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
) -> int:
    """Findings in each run: non-finite values, spikes, plateaus, and metrics rising since their best.

    --fail-on takes a finding's kind.
    """
    options.check_fail_on(fail_on, DETECTORS.names())
    runs = options.load(path, format)
    if all(options.judged(run) is None for run in runs):
        raise no_quality(runs)
    found = api.scan(runs, detectors=detector or (), horizon=horizon)
    concerned = [run for run in runs if found[run.id]]
    keys = order.run_keys(lambda run: (run, options.judged(run)))
    shown = order.ordered(concerned, sort, keys, top)
    options.answer(
        runs, json,
        document=lambda: scan_document({run.id: found[run.id] for run in shown}),
        shown=lambda: _print(shown, found, len(concerned), top),
    )  # fmt: skip
    kinds = (finding.kind for findings in found.values() for finding in findings)
    return options.exit_code(kinds, fail_on)


def _print(runs: Sequence[Run], found: dict[str, list[Finding]], n: int, top: int | None) -> None:
    names = options.labels(runs)
    rows = [
        [names[run.id], f.kind, f.metric, f"{f.axis} {place(f.alarm, f.axis)}", f.message]
        for run in runs
        for f in found[run.id]
    ]
    if not rows:
        output.say(f"nothing found in {counted(len(found), 'run')}")
        return
    output.table(["run", "kind", "metric", ">alarm", "~what"], rows)
    output.left_out(n, top)
