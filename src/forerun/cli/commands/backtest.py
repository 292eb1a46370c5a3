"""``forerun backtest``: forecasts made within finished runs, scored."""

from __future__ import annotations

import io
import json as json_text
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.adapters.cluster import on_backend
from forerun.cli import complete, options, output
from forerun.cli.replaying import Replay, answer
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
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            metavar="NAME",
            autocompletion=complete.policies,
            help="Judge decisions instead: a policy, several times for several; with no stopping and asha.",
        ),
    ] = None,
    orderings: Annotated[
        int, typer.Option("--orderings", metavar="N", min=1, help="For policies: orders in which runs start.")
    ] = 20,
    no_resume: Annotated[
        bool, typer.Option("--no-resume", help="For policies: what was stopped cannot go on later.")
    ] = False,
    seconds: Annotated[
        bool, typer.Option("--seconds", help="For policies: pay in logged seconds, not in evaluations.")
    ] = False,
    max_runs: Annotated[
        int | None, typer.Option("--max-runs", metavar="N", min=10, help="For policies: most runs a task.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", metavar="FILE.html", help="Draw how well each method was calibrated, or what policies spent."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, metavar="N", help="Methods and folds at once.")] = 1,
    backend: Annotated[
        str, typer.Option("--backend", metavar="NAME", help="Where: loky (processes of this machine), ray or dask.")
    ] = "loky",
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            metavar="FILE",
            help="Keep what is answered (of policies: a folder); go on from it.",
        ),
    ] = None,
    json: options.Json = False,
) -> int:
    """Forecast finished runs at past origins and score the forecasts against what happened.

    With --policy: a policy spends the cost of 20 full runs on the runs of each task, shown only what it has paid for.
    """
    if policy and (method or leave_out or beside is not None):
        others = "--method, --leave-out and --beside"
        raise BadInput(f"judges policies, not forecasts; leave out {others}", where="--policy")
    try:
        opened = nullcontext(None) if cases is None else cases.open("w", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(cases)) from error
    memory = io.StringIO() if picture is not None else None
    if policy:
        replay = Replay(policy, orderings, not no_resume, seconds, max_runs, journal, jobs)
        with opened as file, on_backend(backend, jobs):
            answer(replay, tables, memory or file, json)
            if memory is not None and file is not None:
                file.write(memory.getvalue())
        if picture is not None and memory is not None:
            _draw_spending(picture, memory.getvalue())
        return 0
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
    _write(path, calibration_page([one for one in outcomes_in(cases) if one.method in drawn]))


def _draw_spending(path: Path, cases: str) -> None:
    from forerun.figures.allocation import allocation_page

    _write(path, allocation_page([json_text.loads(line) for line in cases.splitlines()]))


def _write(path: Path, page: str) -> None:
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
