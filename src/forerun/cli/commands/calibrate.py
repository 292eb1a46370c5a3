"""``forerun calibrate``: learn from one's own finished runs how wide intervals must be."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, output
from forerun.documents.calibrate import calibrate_document
from forerun.runs.store import Store, is_store

NAME = "calibrate"
EXAMPLE = "forerun calibrate finished-runs/ --name mine --store runs.forerun"


def command(
    path: options.LogPath,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What the calibration is to be called.")],
    store: Annotated[
        Path | None,
        typer.Option(
            "--store",
            metavar="S",
            help="The store that keeps it; default PATH itself where it is a store, else runs.forerun.",
        ),
    ] = None,
    metric: options.Metrics = None,
    method: options.Method = api.METHOD,
    axis: options.Axis = None,
    format: options.Format = None,
    json: options.Json = False,
) -> int:
    """Learn from your own finished runs how intervals must be moved to hold, and keep that under a name.

    They are forecast from within and held against their ends. `forerun predict --calibration NAME --store S` uses it.
    """
    home = store or (path if is_store(path) else Path("runs.forerun"))
    runs = options.load(path, format, axis=axis)
    made = api.calibrate(runs, name, metric=metric, method=method)
    with Store(home) as opened:
        opened.calibrations.keep(name, made.as_json(), at=time.time())
    if json:
        output.emit(calibrate_document(made, str(home)))
        return 0
    rows = [[f"{float(mass):.0%}", f"{made.before[mass]:.1%}", f"{made.coverage[mass]:.1%}"] for mass in made.coverage]
    output.table(["interval", ">held before", ">held after"], rows)
    output.say(f"\n{made.cases} forecasts of {made.groups} tasks or runs, each judged by the others; kept in {home}")
    return 0
