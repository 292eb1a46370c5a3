"""``forerun scan``: what is happening in each run."""

from __future__ import annotations

from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, output
from forerun.core import Finding
from forerun.core.display import number
from forerun.documents import scan_document
from forerun.monitor import DETECTORS

NAME = "scan"
EXAMPLE = "forerun scan logs/ --detector spike --fail-on non_finite"


def command(
    path: options.LogPath,
    detector: Annotated[
        list[str] | None, typer.Option("--detector", help="A detector, several times for several; default all.")
    ] = None,
    horizon: Annotated[float | None, typer.Option("--horizon", help="Look only at points up to this x.")] = None,
    format: options.Format = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
) -> int:
    """Findings in each run: non-finite values, spikes, plateaus.

    --fail-on takes a finding's kind.
    """
    options.check_fail_on(fail_on, DETECTORS.names())
    runs, _ = options.load(path, format)
    found = api.scan(runs, detectors=detector or (), horizon=horizon)
    if json:
        output.emit(scan_document(found))
    else:
        _print(found)
    kinds = (finding.kind for findings in found.values() for finding in findings)
    return options.exit_code(kinds, fail_on)


def _print(found: dict[str, list[Finding]]) -> None:
    rows = [(run, f.kind, f.metric, number(f.alarm), f.message) for run, findings in found.items() for f in findings]
    if rows:
        output.table(["run", "kind", "metric", ">alarm", "what"], rows)
    else:
        output.say(f"nothing found in {len(found)} runs")
