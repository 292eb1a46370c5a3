"""``forerun law``: loss laws and scaling laws, fitted, asked and compared."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from typer.core import TyperCommand

from forerun import api
from forerun.cli import options, output
from forerun.core import Answer, BadInput, Range, Table, Undecided
from forerun.core.display import number
from forerun.documents.law import (
    law_ask_document,
    law_compare_document,
    law_fit_document,
    law_predict_document,
    law_undecided_document,
)
from forerun.laws import LAWS, fitter
from forerun.laws.questions import QUESTIONS, Question

NAME = "law"
app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Laws of losses and scores: fit them to runs, ask what another schedule or size would give.",
)
Law = Annotated[str, typer.Argument(metavar="LAW", help="A law that forerun methods law lists, or ensemble.")]
Data = Annotated[Path, typer.Argument(metavar="TABLE", help="A table with the law's columns, or logs of runs.")]
Task = Annotated[str | None, typer.Option("--task", metavar="NAME", help="Only runs of this task.")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="NAME=COLUMN", help="Where the law's NAME stands, such as params=N or y=loss."),
]
Above = Annotated[
    list[str] | None, typer.Option("--above", metavar="COLUMN=VALUE", help="Only rows in which COLUMN is above VALUE.")
]
Fitted = Annotated[list[str] | None, typer.Option("--fit", metavar="RUN ...", help="Fit to these runs alone.")]
On = Annotated[list[str] | None, typer.Option("--on", metavar="RUN ...", help="Ask about these runs alone.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Of the draws that intervals rest on.")]
Picture = Annotated[Path | None, typer.Option("--picture", metavar="FILE.html", help="Draw it.")]


class _Spread(TyperCommand):
    """A command whose ``--fit`` and ``--on`` take several runs: ``--fit A B`` is ``--fit A --fit B``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        spread, option = list[str](), ""
        for i, arg in enumerate(args):
            before = args[i - 1] if i else ""
            option = arg if arg.startswith("-") else option
            more = option in ("--fit", "--on") and not arg.startswith("-") and before != option
            spread += [option, arg] if more else [arg]
        return super().parse_args(ctx, spread)


@app.command(
    "fit",
    cls=_Spread,
    short_help="Fit a law: parameters with intervals.",
    epilog="Example: forerun law fit chinchilla runs.csv --column y=loss",
)
def fit(
    law: Law, table: Data, task: Task = None, metric: options.Metric = None, column: Columns = None,
    above: Above = None, runs: Fitted = None, seed: Seed = 0, picture: Picture = None, json: options.Json = False,
) -> int:  # fmt: skip
    """Fit a law: its parameters with intervals, how well the search went, and what the data do not tell."""
    made, whole, seconds = _made(law, table, task, metric, column, above, runs, seed)
    if isinstance(made, Undecided):
        return _undecided(made, law, json)
    if picture is not None:
        _draw(picture, made, whole if runs is None else api.rows_of(whole, runs), None)
    if json:
        output.emit(law_fit_document(law, made, seconds))
        return 0
    for one in made.fits if isinstance(made, fitter.Ensemble) else (made,):
        rows = [[name, number(v), f"{number(one.intervals[name][0])} to {number(one.intervals[name][1])}"]
                for name, v in one.params.items()]  # fmt: skip
        output.table([one.law, ">value", ">95%"], rows)
        report = one.report
        output.say(
            f"{one.n} points of {one.groups} runs; {report.reached} of {report.starts} starts reached the optimum"
        )
        _warn(one.warnings)
    return 0


@app.command(
    "predict",
    cls=_Spread,
    short_help="Fit a law to some runs and foretell others.",
    epilog="Example: forerun law predict multi_power logs/ --fit cosine constant --on wsd",
)
def predict(
    law: Law, table: Data, task: Task = None, metric: options.Metric = None, column: Columns = None,
    above: Above = None, runs: Fitted = None,
    on: On = None,
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="NAME=VALUE,...", help="Foretell these values of its columns.")
    ] = None,
    transfer: Annotated[
        bool, typer.Option("--transfer", help="Answer where the law is known not to hold, such as another peak rate.")
    ] = False,
    seed: Seed = 0, picture: Picture = None, json: options.Json = False,
) -> int:  # fmt: skip
    """Fit a law to some runs and foretell others, or values that no run has had yet."""
    made, whole, seconds = _made(law, table, task, metric, column, above, runs, seed)
    if isinstance(made, Undecided):
        return _undecided(made, law, json)
    fitted = whole if runs is None else api.rows_of(whole, runs)
    rows_asked = _rows_asked(law, whole, on, at)
    answers = api.foretell(made, fitted, rows_asked, transfer=transfer)
    predictions = {_name(id, on, task): one for id, one in answers.items()}
    if picture is not None:
        _draw(picture, made, fitted, rows_asked)
    if json:
        output.emit(law_predict_document(law, made, predictions, seconds))
        return 0
    rows = [
        [run, "cannot say", one.why, "", ""]
        if isinstance(one, Undecided)
        else [run, number(one.final_predicted), f"{number(one.final_low)} to {number(one.final_high)}",
              "" if one.final is None else number(one.final), "" if one.mae is None else number(one.mae)]
        for run, one in predictions.items()
    ]  # fmt: skip
    output.table(["run", ">final", ">80%", ">measured", ">mean error"], rows)
    _warn(dict.fromkeys(w for one in predictions.values() if isinstance(one, api.Foretold) for w in one.warnings))
    return 0


@app.command(
    "compare",
    cls=_Spread,
    short_help="Fit several laws and judge them on the largest runs.",
    epilog="Example: forerun law compare runs.csv --law chinchilla --law broken --column x=flops",
)
def compare(
    table: Data,
    law: Annotated[list[str], typer.Option("--law", metavar="NAME", help="A law to compare; twice or more.")],
    task: Task = None, metric: options.Metric = None, column: Columns = None, above: Above = None,
    on: On = None,
    share: Annotated[
        float, typer.Option("--share", metavar="S", min=0.01, max=0.9, help="Judge on so much, largest first.")
    ] = 0.2,
    seed: Seed = 0, json: options.Json = False,
) -> int:  # fmt: skip
    """Fit several laws to the smaller part of the data and judge them on the larger."""
    whole = api.law_table(law[0], table, metric=metric, task=task, columns=_columns(column), above=_least(above))
    out = None
    if on is not None:
        chosen = set(map(str, api.rows_of(whole, on).columns["run"]))
        out = [str(run) in chosen for run in whole.columns["run"]]
    standings = fitter.compare(law, whole, held_out=out, share=share, seed=seed)
    if json:
        output.emit(law_compare_document(standings))
        return 0
    rows = [
        [one.law, "cannot say", one.why or "", ""]
        if one.why is not None
        else [one.law, f"{one.errors.mean():.2%}", f"{one.covered:.0%}",
              "best" if i == 0 else f"{one.behind[0]:.2%} ({one.behind[1]:.2%} to {one.behind[2]:.2%})"]
        for i, one in enumerate(standings)
    ]  # fmt: skip
    output.table(["law", ">mean error", ">within 80%", ">behind the best"], rows)
    return 0


@app.command(
    "ask",
    short_help="Ask a question of a table.",
    epilog="Example: forerun law ask asymptote sweep.csv --column params=N --column y=loss",
)
def ask(
    question: Annotated[str, typer.Argument(metavar="NAME", help="A question that forerun methods question lists.")],
    table: Data, task: Task = None, metric: options.Metric = None, column: Columns = None, above: Above = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the question.")
    ] = None,
    picture: Picture = None, json: options.Json = False,
) -> int:  # fmt: skip
    """Ask a question of a table: the best size, an asymptote, a benchmark's score, which mixture of data is best."""
    settings = _settings(QUESTIONS.load(question), setting)
    answer = api.ask(
        question, table, metric=metric, task=task, columns=_columns(column), above=_least(above), **settings
    )
    if picture is not None and isinstance(answer, Answer):
        _write(picture, answer)
    if json:
        output.emit(law_ask_document(answer, question))
        return 0
    if isinstance(answer, Undecided):
        output.say(str(answer))
        return 0
    output.say(f"{answer.question}: {answer.says}")
    rows = [[name, *_in_cells(value)] for name, value in answer.values.items()]
    output.table(["", ">value", ">range", "unit"], rows)
    _warn(answer.warnings)
    return 0


def _settings(question: Question, pairs: list[str] | None) -> dict[str, Any]:
    """Settings of a question from KEY=VALUE words."""
    known, settings = question.settings, dict[str, Any]()
    for pair in pairs or []:
        name, sign, text = pair.partition("=")
        if not sign:
            raise BadInput(f"--set is KEY=VALUE, not {pair!r}")
        question.check_name(name)
        settings[name] = known[name].parse(text)
    return settings


def _in_cells(value: Range | float | str) -> tuple[str, str, str]:
    if isinstance(value, Range):
        return number(value.estimate), f"{number(value.low)} to {number(value.high)}", value.unit
    return (value if isinstance(value, str) else number(value)), "", ""


def _made(
    law: str,
    path: Path,
    task: str | None,
    metric: str | None,
    column: list[str] | None,
    above: list[str] | None,
    runs: list[str] | None,
    seed: int,
) -> tuple[fitter.Fit | fitter.Ensemble | Undecided, Table, float]:
    """The fit, the whole table, and the seconds that fitting took."""
    if law != api.ENSEMBLE:
        LAWS.load(law)
    whole = api.law_table(law, path, metric=metric, task=task, columns=_columns(column), above=_least(above))
    began = time.perf_counter()
    made = api.fit(law, whole, runs=runs, seed=seed)
    return made, whole, time.perf_counter() - began


def _columns(words: list[str] | None) -> dict[str, str]:
    pairs = [one.partition("=") for one in words or []]
    wrong = next((name for name, sign, column in pairs if not (name and sign and column)), None)
    if wrong is not None:
        raise BadInput(f"--column is NAME=COLUMN, not {wrong!r}")
    return {name: column for name, _, column in pairs}


def _least(words: list[str] | None) -> dict[str, float]:
    try:
        return {name: float(value) for name, _, value in (one.partition("=") for one in words or [])}
    except ValueError as error:
        raise BadInput(f"--above is COLUMN=VALUE with a number: {error}") from error


def _rows_asked(law: str, whole: Table, on: list[str] | None, at: list[str] | None) -> Table:
    if at is None:
        return whole if on is None else api.rows_of(whole, on)
    if on is not None or api.along_a_path(law):
        raise BadInput("--at is for laws that read a row a run, and stands without --on")
    rows = [dict(pair.partition("=")[::2] for pair in one.split(",")) for one in at]
    inputs = LAWS.load(law).inputs
    for row in rows:
        if missing := [name for name in inputs if name not in row]:
            wanted = ",".join(f"{name}=VALUE" for name in inputs)
            raise BadInput(f"--at is {wanted}; {missing[0]!r} is missing")
    try:
        values = {name: np.array([float(row[name]) for row in rows]) for name in inputs}
    except ValueError as error:
        raise BadInput(f"--at takes numbers: {error}") from error
    return Table({"run": list(at), **values})


def _undecided(made: Undecided, law: str, json: bool) -> int:
    if json:
        output.emit(law_undecided_document(law, made))
    else:
        output.say(str(made))
    return 0


def _warn(warnings: Iterable[str]) -> None:
    for one in warnings:
        output.say(f"note: {one}")


def _name(id: str, on: list[str] | None, task: str | None) -> str:
    """A run as it was asked for, else its name within the task."""
    name = next((name for name in on or () if id == name or id.endswith("/" + name)), None)
    return name or (id.partition(f"{task}/")[2] if task and f"{task}/" in id else id)


def _draw(path: Path, made: fitter.Fit | fitter.Ensemble, fitted: Table, table: Table | None) -> None:
    from forerun.figures.law import law_page

    path.write_text(law_page(made, fitted, table), encoding="utf-8")


def _write(path: Path, answer: Answer) -> None:
    from forerun.figures.question import answer_page

    path.write_text(answer_page(answer), encoding="utf-8")
