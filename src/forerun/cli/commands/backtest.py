"""``forerun backtest``: forecasts made within finished runs, scored."""

from __future__ import annotations

import io
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.adapters.cluster import on_backend
from forerun.cli import options, output
from forerun.core import BadInput
from forerun.documents.backtest import backtest_document
from forerun.evaluate.forecasts.backtest import Score
from forerun.evaluate.forecasts.outcomes import outcomes_in

NAME = "backtest"
EXAMPLE = "forerun backtest tables/taskset tables/pythia --leave-out each --cases cases.jsonl"


def command(
    tables: Annotated[list[Path], typer.Argument(metavar="TABLE...", help="Tidy tables, or folders of logs.")],
    method: Annotated[
        list[str] | None,
        typer.Option("--method", metavar="NAME", help="A forecaster, several times for several; default all."),
    ] = None,
    max_curves: Annotated[int, typer.Option("--max-curves", metavar="N", min=1, help="Most curves a source.")] = 400,
    learn_curves: Annotated[
        int,
        typer.Option(
            "--learn-curves", metavar="N", min=1, help="Most curves a source that anything refitted learns from."
        ),
    ] = 2000,
    leave_out: Annotated[
        str | None,
        typer.Option(
            "--leave-out",
            metavar="SOURCE",
            help="Refit what is learned without this source and score it; or 'each', 'task' (5 folds), 'half' (2).",
        ),
    ] = None,
    beside: Annotated[
        int | None,
        typer.Option("--beside", min=0, metavar="K", help="Show each case up to K finished runs of its task, whole."),
    ] = None,
    no_twins: Annotated[
        bool, typer.Option("--no-twins", help="Of those beside, leave out runs of the same settings and another seed.")
    ] = False,
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="FILE", help="Write every scored case as a line of JSON.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE.html", help="Draw how well each method was calibrated.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, metavar="N", help="Methods and folds at once.")] = 1,
    backend: Annotated[
        str, typer.Option("--backend", metavar="NAME", help="Where: loky (processes of this machine), ray or dask.")
    ] = "loky",
    journal: Annotated[
        Path | None,
        typer.Option("--journal", metavar="FILE", help="Keep what is answered; after a kill, only the rest is made."),
    ] = None,
    json: options.Json = False,
) -> int:
    """Forecast finished runs at past origins and score the forecasts against what happened."""
    try:
        opened = nullcontext(None) if cases is None else cases.open("w", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(cases)) from error
    memory = io.StringIO() if picture is not None else None
    with opened as file, on_backend(backend, jobs):
        scores = api.backtest(
            tables,
            method=method or (),
            max_curves=max_curves,
            learn_curves=learn_curves,
            leave_out=leave_out,
            beside=beside,
            twins=not no_twins,
            cases_file=memory or file,
            progress=output.progress,
            journal=journal,
        )
        if memory is not None and file is not None:
            file.write(memory.getvalue())
    if picture is not None and memory is not None:
        _draw(picture, memory.getvalue(), scores)
    if json:
        output.emit(backtest_document(scores))
    else:
        output.table(_COLUMNS, (_row(score) for score in scores))
    return 0


def _draw(path: Path, cases: str, scores: list[Score]) -> None:
    """Of more methods than a picture holds those that did best."""
    from forerun.figures.calibration import MOST, calibration_page

    ranked = sorted((one for one in scores if one.source == "ALL"), key=lambda one: one.crps)
    drawn = {one.method for one in ranked[:MOST]}
    page = calibration_page([one for one in outcomes_in(cases) if one.method in drawn])
    try:
        path.write_text(page, "utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(path)) from error


_COLUMNS = [
    "source",
    "method",
    ">cases",
    ">undecided",
    ">CRPS",
    ">MAE",
    ">skill",
    ">cover 50",
    ">80",
    ">90",
    ">width 80",
    ">us each",
]


def _row(score: Score) -> list[str]:
    shares = [f"{value:.2f}" for value in (score.coverage_50, score.coverage_80, score.coverage_90, score.width_80)]
    numbers = [f"{score.crps:.4f}", f"{score.mae:.4f}", f"{score.skill:+.3f}", *shares, f"{score.us_per_forecast:.0f}"]
    return [score.source, score.method, str(score.n), str(score.n_undecided), *numbers]
