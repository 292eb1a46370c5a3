"""Options that several commands share, and how flags override ``forerun.toml``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.cli import output
from forerun.core import Run, Runs, Skipped, UnknownName
from forerun.forecast.calibration import Calibration
from forerun.runs.convert import on_axis
from forerun.runs.settings import Settings
from forerun.runs.store import Store, is_store

LogPath = Annotated[
    Path, typer.Argument(metavar="PATH", help="A log file, a folder of logs, a tidy table, or a store.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]
Format = Annotated[str | None, typer.Option("--format", help="Force a reader instead of detecting formats by content.")]
Metric = Annotated[
    str | None, typer.Option("--metric", help="The metric; default validation loss, validation score, train loss.")
]
Metrics = Annotated[
    list[str] | None,
    typer.Option("--metric", help="A metric, several times for several, or 'all' that measure quality."),
]
At = Annotated[
    float | None, typer.Option("--at", help="The x to forecast; default the planned end, else 1.25 x the last.")
]
Target = Annotated[
    float | None, typer.Option("--target", help="A value aimed at: adds the chance to reach it, and when.")
]
Method = Annotated[str, typer.Option("--method", help="A forecaster; forerun methods lists them.")]
CalibrationName = Annotated[
    str | None, typer.Option("--calibration", help="A calibration made by forerun calibrate; see --store.")
]
CalibrationStore = Annotated[Path, typer.Option("--store", help="The store that keeps the calibration.")]
FailOn = Annotated[list[str] | None, typer.Option("--fail-on", metavar="KIND", help="Exit with 3 if this occurs.")]
Axis = Annotated[str | None, typer.Option("--axis", help="Count x in these: tokens, seconds, epoch, step ...")]


def load(
    path: Path, format: str | None = None, *, store: Path | None = None, axis: str | None = None
) -> tuple[Runs, Settings]:
    """The runs at a path as they are now and the project's settings, with a progress bar."""
    settings = api.settings_of(path)
    runs = api.read(path, format=format, settings=settings, store=store, progress=output.progress)
    return (runs if axis is None else _on_axis(runs, axis)), settings


def _on_axis(runs: Runs, axis: str) -> Runs:
    """The runs that were logged on the axis, on it; the others are left out, with why."""
    moved: list[Run] = []
    left: list[Skipped] = []
    for run in runs:
        try:
            moved.append(on_axis(run, axis))
        except UnknownName as error:
            if len(runs) == 1:
                raise
            left.append(Skipped(run.path, error.message))
    if not moved:
        raise UnknownName("axis", axis, dict.fromkeys(curve.axis for run in runs for curve in run.curves.values()))
    return Runs(tuple(moved), (*runs.skipped, *left))


def calibration_of(name: str | None, path: Path, store: Path) -> Calibration | None:
    """The calibration of that name, kept in the store that is read, else in the store named."""
    if name is None:
        return None
    with Store(path if is_store(path) else store, create=False) as held:
        return Calibration.of_json(held.calibrations.get(name))


def chosen_metrics(asked: list[str] | None, settings: Settings, runs: Runs) -> list[str]:
    """The metrics asked for; else the project's where a run has it."""
    return asked or api.known_metric(settings.metric, runs)


def overridden(settings: Settings, *, target: float | None, cost_per_hour: float | None = None) -> Settings:
    """The settings with the flags that were given."""
    return replace(
        settings,
        target=settings.target if target is None else target,
        cost_per_hour=settings.cost_per_hour if cost_per_hour is None else cost_per_hour,
    )


def check_fail_on(fail_on: list[str] | None, known: Iterable[str]) -> None:
    """Raise ``UnknownName`` for a kind to fail on that cannot occur, before any work is done."""
    for kind in fail_on or ():
        if kind not in set(known):
            raise UnknownName("kind", kind, known, where="--fail-on")


def exit_code(kinds: Iterable[str], fail_on: list[str] | None) -> int:
    """3 when one of the kinds was to fail on, else 0."""
    return 3 if set(kinds) & set(fail_on or ()) else 0
