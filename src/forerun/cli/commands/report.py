"""``forerun report``: one page of all runs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, output
from forerun.core import BadInput
from forerun.core.display import counted
from forerun.documents.report import report_document

NAME = "report"
EXAMPLE = "forerun report logs/ -o report.html"


def command(
    path: options.LogPath,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The page to write.")] = Path("report.html"),
    metric: options.Metric = None,
    at: options.At = None,
    target: options.Target = None,
    method: options.Method = api.METHOD,
    policy: options.Policy = "auto",
    cost_per_hour: options.Cost = None,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="The page's title; default the folder's name.")
    ] = None,
    budget: options.BudgetLeft = None,
    alone: options.Alone = False,
    calibration: options.CalibrationName = None,
    store: options.CalibrationStore = Path("runs.forerun"),
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", metavar="N", min=1, help="Processes; default all cores for more than 100 runs, else one."
        ),
    ] = None,
    format: options.Format = None,
    json: options.Json = False,
) -> int:
    """Write one self-contained page: runs, forecasts, findings, advice, pictures. It works without a network."""
    from forerun.figures import report

    runs = options.load(path, format)
    page = report(
        runs,
        metric=metric,
        at=at,
        target=target,
        method=method,
        policy=policy,
        cost_per_hour=cost_per_hour,
        alone=alone,
        calibration=options.calibration_of(calibration, path, store),
        budget=options.budget_of(budget),
        title=title or path.resolve().name,
        jobs=jobs,
        progress=lambda runs: output.progress(runs, "forecasting"),
        now=dt.datetime.now().astimezone(),
    )
    _write(out, page)
    unread = f", {counted(len(runs.skipped), 'file')} not read" if runs.skipped else ""
    options.answer(
        runs, json,
        document=lambda: report_document(out, runs, page),
        shown=lambda: output.say(f"{out}: {counted(len(runs), 'run')}{unread}"),
    )  # fmt: skip
    return 0


def _write(out: Path, page: str) -> None:
    try:
        out.write_text(page, "utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(out)) from error
