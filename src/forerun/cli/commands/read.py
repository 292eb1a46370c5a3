"""``forerun read``: what is in the logs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from forerun.cli import options, output
from forerun.core.display import number
from forerun.documents import read_document

NAME = "read"
EXAMPLE = "forerun read logs/ --store runs.forerun"


def command(
    path: options.LogPath,
    store: Annotated[
        Path | None, typer.Option("--store", metavar="S", help="Keep what is read in this file; read only what grew.")
    ] = None,
    format: options.Format = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
) -> int:
    """List runs: formats, metrics, axes, points, gaps, damage, and the files that were not read, with why.

    With --store they are kept in a file that every command takes as PATH; reading again costs what the logs grew.

    --fail-on damage or skipped.
    """
    options.check_fail_on(fail_on, ("damage", "skipped"))
    runs, _ = options.load(path, format, store=store)
    document = read_document(runs)
    if json:
        output.emit(document)
    else:
        _print(document)
    kinds = ["damage"] * any(run.damage for run in runs) + ["skipped"] * bool(runs.skipped)
    return options.exit_code(kinds, fail_on)


_COLUMNS = ["run", "format", "status", "metric", "axis", ">points", ">first", ">last", ">value", ">nan/inf", ">gaps"]


def _print(document: dict[str, Any]) -> None:
    output.table(_COLUMNS, [row for run in document["runs"] for row in _rows(run)])
    for run in document["runs"]:
        for event in run["events"]:
            output.say(f"{run['run']}: {event['kind']}{_at(event['x'])}: {event['message']}")
        for damage in run["damage"]:
            output.say(f"{run['run']}: damaged: {damage['path']}, {damage['where']}: {damage['why']}")
    if document["skipped"]:
        output.say()
        output.table(["not read", "why"], [(skipped["path"], skipped["why"]) for skipped in document["skipped"]])


def _at(x: Any) -> str:
    return f" at {number(x)}" if isinstance(x, float) else ""


def _rows(run: dict[str, Any]) -> list[list[str]]:
    """A row a metric; the run is named in its first."""
    rows: list[list[str]] = []
    for m in run["metrics"]:
        value = m["last_y"]["number"] if isinstance(m["last_y"], dict) else number(m["last_y"])
        head = ["", "", ""] if rows else [run["run"], run["format"], run["status"]]
        ends = [number(m["first_x"]), number(m["last_x"]), value]
        rows.append([*head, m["metric"], m["axis"], str(m["n"]), *ends, str(m["non_finite"]), str(m["gaps"])])
    return rows
