"""``forerun read``: what is in the logs."""

from __future__ import annotations

from forerun.cli import options, output
from forerun.core import Run, Runs
from forerun.core.display import number
from forerun.documents import gaps, read_document

NAME = "read"
EXAMPLE = "forerun read logs/"


def command(
    path: options.LogPath, format: options.Format = None, json: options.Json = False, fail_on: options.FailOn = None
) -> int:
    """List runs: formats, metrics, axes, points, gaps, damage, and the files that were not read, with why.

    --fail-on damage or skipped.
    """
    runs, _ = options.load(path, format)
    if json:
        output.emit(read_document(runs))
    else:
        _print(runs)
    kinds = ["damage"] * any(run.damage for run in runs) + ["skipped"] * bool(runs.skipped)
    return options.exit_code(kinds, fail_on)


def _print(runs: Runs) -> None:
    rows = [row for run in runs for row in _rows(run)]
    output.table(
        ["run", "format", "status", "metric", "axis", ">points", ">first", ">last", ">value", ">nan/inf", ">gaps"], rows
    )
    for run in runs:
        for event in run.events:
            output.say(
                f"{run.id}: {event.kind} at {event.axis} {number(event.x)}: {event.message}"
                if event.x is not None
                else f"{run.id}: {event.message}"
            )
        for damage in run.damage:
            output.say(f"{run.id}: damaged: {damage.path}, {damage.where}: {damage.why}")
    if runs.skipped:
        output.say()
        output.table(["not read", "why"], [(skipped.path, skipped.why) for skipped in runs.skipped])


def _rows(run: Run) -> list[list[str]]:
    rows: list[list[str]] = []
    for curve in run.curves.values():
        ends = [number(float(value)) for value in (curve.x[0], curve.x[-1], curve.y[-1])]
        lost = int((curve.y != curve.y).sum() + (abs(curve.y) == float("inf")).sum())
        head = ["", "", ""] if rows else [run.id, run.format, run.status]
        rows.append([*head, curve.metric, curve.axis, str(len(curve)), *ends, str(lost), str(gaps(curve))])
    return rows
