"""``forerun scan``: what is happening in each run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, order, output, remedying
from forerun.cli.nothing import no_quality
from forerun.core import RunFindings, Runs, Undecided
from forerun.core.display import counted
from forerun.documents.scan import scan_document
from forerun.figures.logged import at, label
from forerun.monitor import DETECTORS

NAME = "scan"
EXAMPLE = "forerun scan logs/ --detector spike --sort status --fail-on non_finite"
_FEW = 5  # runs that were not looked at that are named (ours)
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
    """What is happening in each run, in a sentence, and the findings behind it.

    What matters most comes first: values that are not finite, divergences, over-fits, plateaus, spikes and more;
    `forerun methods detector` lists them. What was not looked at is said. --fail-on takes a finding's kind, such as
    spike.
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
        document=lambda: scan_document([*shown, *(one for one in scans if isinstance(one.answer, Undecided))]),
        shown=lambda: _print(shown, scans, runs, top),
    )  # fmt: skip
    kinds = (finding.kind for scan in scans for finding in scan.findings)
    return options.exit_code(kinds, fail_on)


def _print(shown: Sequence[RunFindings], scans: Sequence[RunFindings], runs: Runs, top: int | None) -> None:
    names = {run.id: label(run) for run in runs}
    if shown:
        output.table(["run", "findings", "~diagnosis"], [[names[one.run], _kinds(one), one] for one in shown])
    _print_findings(names, [one for one in shown if len(one.findings) > 1])
    remedying.say(one.findings for one in shown)
    output.left_out(sum(bool(one.findings) for one in scans), top)
    _print_rest(names, scans)


def _print_findings(names: Mapping[str, str], several: Sequence[RunFindings]) -> None:
    """Every finding of the runs that have several, what matters most first."""
    rows = [
        [names[scan.run], one.kind, one.metric, at(one.axis, one.alarm), one.message]
        for scan in several
        for one in (scan.diagnosis.every if scan.diagnosis else scan.findings)
    ]
    if rows:
        output.say()
        output.table(["run", "kind", "metric", ">alarm", "~what"], rows)


def _print_rest(names: Mapping[str, str], scans: Sequence[RunFindings]) -> None:
    """Of how many runs nothing stands out, and what was not looked at."""
    quiet = [one for one in scans if not one.findings and not isinstance(one.answer, Undecided)]
    blind = [one for one in scans if isinstance(one.answer, Undecided)]
    lines = [f"nothing stands out in {counted(len(quiet), 'run')}"] * bool(quiet)
    if len(scans) == len(quiet) == 1:
        lines = [str(quiet[0].diagnosis)]
    lines += [f"{names[one.run]}: {one.diagnosis}" for one in blind[:_FEW]]
    lines += [f"and {len(blind) - _FEW} more"] * (len(blind) > _FEW)
    if lines and len(quiet) + len(blind) < len(scans):
        output.say()
    for line in lines:
        output.say(line)


def _kinds(scan: RunFindings) -> str:
    counts = Counter(one.kind for one in (scan.diagnosis.every if scan.diagnosis else scan.findings))
    return ", ".join(f"{kind} × {n}" if n > 1 else kind for kind, n in counts.items())
