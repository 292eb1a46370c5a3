"""Options that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forerun import api
from forerun.cli import output
from forerun.cli.complete import calibrations, detectors, formats, methods, metrics, policies
from forerun.cli.nothing import nothing_read
from forerun.core import BadInput, Budget, Curve, NothingToRead, Run, Runs, Skipped, UnknownName, UnreadableLog
from forerun.core.choosing import present
from forerun.core.display import counted
from forerun.runs.convert import on_axis
from forerun.runs.store import Store, is_store
from forerun.runs.warn import warnings_of

if TYPE_CHECKING:
    from forerun.forecast.postprocess.calibration import Calibration

LogPath = Annotated[
    Path, typer.Argument(metavar="PATH", help="A log file, a folder of logs, a tidy table, or a store.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        autocompletion=formats,
        help="Force a reader instead of detecting formats by content; forerun methods format lists them.",
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        "--metric",
        metavar="NAME",
        autocompletion=metrics,
        help="The metric runs are judged by; default that of forerun.toml, else the first of return, average "
        "precision, validation, test, train; of each a loss before a score.",
    ),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        metavar="NAME",
        autocompletion=metrics,
        help="A metric, several times for several, or 'all' that measure quality; default the one runs are judged by.",
    ),
]
At = Annotated[
    float | None,
    typer.Option(
        "--at",
        metavar="X",
        help="The x to forecast; default the planned end, else where runs beside it ended, else 1.25 x the last.",
    ),
]
Target = Annotated[
    float | None,
    typer.Option("--target", metavar="VALUE", help="A value aimed at: adds the chance to reach it, and when."),
]
Method = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="NAME",
        autocompletion=methods,
        help="A forecaster; forerun methods forecaster lists them.",
    ),
]
Alone = Annotated[
    bool, typer.Option("--alone", help="Forecast each run by itself, leaning on none of those beside it that are over.")
]
CalibrationName = Annotated[
    str | None,
    typer.Option(
        "--calibration",
        metavar="NAME",
        autocompletion=calibrations,
        help="A calibration made by forerun calibrate; see --store.",
    ),
]
CalibrationStore = Annotated[Path, typer.Option("--store", metavar="S", help="The store that keeps the calibration.")]
Policy = Annotated[
    str,
    typer.Option(
        "--policy", metavar="NAME", autocompletion=policies, help="A policy; forerun methods policy lists them."
    ),
]
Cost = Annotated[float | None, typer.Option("--cost-per-hour", metavar="COST", help="What an hour of a run costs.")]
BudgetLeft = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="UNIT=AMOUNT",
        help="What may still be spent on all runs together, for policies that heed it: hours=20, cost=300, step=1e6.",
    ),
]
Detectors = Annotated[
    list[str] | None,
    typer.Option(
        "--detector",
        metavar="NAME",
        autocompletion=detectors,
        help="A detector, several times for several; default all but change_point and drift.",
    ),
]
FailOn = Annotated[
    list[str] | None,
    typer.Option("--fail-on", metavar="KIND", help="Exit with 3 if this occurs; several times for several."),
]
Axis = Annotated[
    str | None, typer.Option("--axis", metavar="NAME", help="Count x in these: tokens, seconds, epoch, step ...")
]


def load(path: Path, format: str | None = None, *, store: Path | None = None, axis: str | None = None) -> Runs:
    """The runs at a path as they are now, with a progress bar.

    Raises:
        NothingRead: there is none; the message has the line that came nearest.
    """
    try:
        runs = load_any(path, format, store=store)
    except (NothingToRead, UnreadableLog) as error:
        raise nothing_read(path, error.message) if path.is_file() and not is_store(path) else error from error
    if not runs:
        raise nothing_read(path, f"no run in {counted(len(runs.skipped), 'file')}", runs.skipped)
    return runs if axis is None else _on_axis(runs, axis)


def load_any(path: Path, format: str | None = None, *, store: Path | None = None) -> Runs:
    """The runs at a path, be there none."""
    return api.read(path, format=format, store=store, progress=output.progress)


def answer(runs: Runs, json: bool, *, document: Callable[[], dict[str, Any]], shown: Callable[[], None]) -> None:
    """Print a document, or what is for people; with either, what is wrong with the runs as a whole."""
    warnings = warnings_of(runs)
    if json:
        output.emit(document() | ({"warnings": warnings} if warnings else {}))
        return
    shown()
    sys.stdout.flush()
    for warning in warnings:
        output.complain(warning, kind="warning")


def judged(run: Run, metrics: Sequence[str] = ()) -> Curve | None:
    """The curve spoken of: of the metrics asked for, else the preferred one; None where none measures quality."""
    name = next(iter(present(run, metrics) or present(run, ())), None)
    return None if name is None else run.curves[name]


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
    from forerun.forecast.postprocess.calibration import Calibration

    with Store(path if is_store(path) else store, create=False) as opened:
        return Calibration.of_json(opened.calibrations.get(name))


def pairs(words: list[str] | None, option: str) -> dict[str, str]:
    """``--set KEY=VALUE``, given several times, as a mapping.

    Raises:
        BadInput: a word that is not of that form.
    """
    parted = [word.partition("=") for word in words or []]
    if wrong := [word for word, (name, sign, value) in zip(words or [], parted, strict=True) if not (name and sign)]:
        raise BadInput(f"is NAME=VALUE, not {wrong[0]!r}", where=option)
    return {name: value for name, _, value in parted}


def budget_of(words: str | None) -> Budget | None:
    """What ``--budget`` says."""
    return None if words is None else Budget.of(words, "--budget")


def check_fail_on(fail_on: list[str] | None, known: Iterable[str]) -> None:
    """Raise ``UnknownName`` for a kind to fail on that cannot occur, before any work is done."""
    for kind in fail_on or ():
        if kind not in set(known):
            raise UnknownName("kind", kind, known, where="--fail-on")


def exit_code(kinds: Iterable[str], fail_on: list[str] | None) -> int:
    """3 when one of the kinds was to fail on, else 0."""
    return 3 if set(kinds) & set(fail_on or ()) else 0
