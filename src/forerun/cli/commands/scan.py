"""``forerun scan``: what is happening in each run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, order, output
from forerun.cli.nothing import no_quality
from forerun.core import RunFindings, Runs, Undecided
from forerun.core.display import counted
from forerun.documents.scan import scan_document
from forerun.figures.logged import at, label
from forerun.monitor import DETECTORS

NAME = "scan"
EXAMPLE = "forerun scan logs/ --detector spike --sort status --fail-on non_finite"
Sort = order.sort_option(*order.RUN_KEYS)


def command(
    path: options.LogPath,
    detector: options.Detectors = None,
    metric: options.Metric = None,
    until: Annotated[
        float | None,
        typer.Option("--until", "--horizon", metavar="X", help="Look only at points up to this x."),
    ] = None,
    sort: Sort = None,
    top: order.Top = None,
    format: options.Format = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
) -> int:
    """Findings in each run: non-finite values, spikes, plateaus, and metrics rising since their best.

    --fail-on takes a finding's kind, such as spike.
    """
    options.check_fail_on(fail_on, DETECTORS.names())
    runs = options.load(path, format)
    scans = api.scan(runs, detector=detector or (), until=until, metric=metric)
    if all(isinstance(scan.answer, Undecided) for scan in scans):
        raise no_quality(runs)
    by_id = {run.id: run for run in runs}
    keys = order.run_keys(lambda scan: (by_id[scan.run], options.judged(by_id[scan.run], [metric] if metric else [])))
    concerned = [scan for scan in scans if scan.findings]
    shown = order.ordered(concerned, sort, keys, top)
    options.answer(
        runs, json,
        document=lambda: scan_document(shown),
        shown=lambda: _print(shown, runs, len(concerned), top),
    )  # fmt: skip
    kinds = (finding.kind for scan in scans for finding in scan.findings)
    return options.exit_code(kinds, fail_on)


def _print(scans: Sequence[RunFindings], runs: Runs, n: int, top: int | None) -> None:
    names = {run.id: label(run) for run in runs}
    rows = [
        [names[scan.run], f.kind, f.metric, at(f.axis, f.alarm), f.message] for scan in scans for f in scan.findings
    ]
    if not rows:
        output.say(f"nothing found in {counted(len(runs), 'run')}")
        return
    output.table(["run", "kind", "metric", ">alarm", "~what"], rows)
    output.left_out(n, top)
