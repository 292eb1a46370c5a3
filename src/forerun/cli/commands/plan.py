"""``forerun plan``: how many questions, tries and seeds it takes to show a difference."""

from __future__ import annotations

from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, output, scored
from forerun.core import BadInput, Undecided
from forerun.core.display import number
from forerun.documents.plan import plan_document
from forerun.evaluate.items.design import Costs
from forerun.evaluate.items.plan import ItemVariance

NAME = "plan"
EXAMPLE = "forerun plan results/ --effect 0.02"


def command(
    effect: Annotated[float, typer.Option("--effect", metavar="D", help="The difference to be found.")],
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[[NAME=]PATH ...]", help="Scores of a pilot, of two systems; else give --variance."),
    ] = None,
    variance: Annotated[
        str | None,
        typer.Option(
            "--variance",
            metavar="QUESTIONS[,TRIES[,SEEDS]]",
            help="Variances in place of a pilot: of the difference over questions, of one system over tries of a "
            "question, of the difference over seeds.",
        ),
    ] = None,
    system: Annotated[
        list[str] | None, typer.Option("--system", metavar="NAME", help="Twice: the two systems of the pilot.")
    ] = None,
    benchmark: scored.Benchmark = None,
    metric: scored.ScoreMetric = None,
    tries: Annotated[list[int] | None, typer.Option("--tries", metavar="K", help="Tries of a question.")] = None,
    seeds: Annotated[list[int] | None, typer.Option("--seeds", metavar="S", help="Trainings of each system.")] = None,
    cost: Annotated[
        str, typer.Option("--cost", metavar="QUESTION,TRY,SEED", help="What each costs; a try is of one system.")
    ] = "0,1,0",
    level: scored.Level = 0.95,
    power: Annotated[
        float,
        typer.Option("--power", metavar="P", min=0.01, max=0.999, help="How often the difference is to be found."),
    ] = 0.8,
    format: scored.ScoreFormat = None,
    json: options.Json = False,
) -> int:
    """How many questions, tries and seeds it takes to show a difference.

    Variances come from a pilot, or are given; the cheapest way comes first.
    """
    if (paths is None) == (variance is None):
        raise BadInput("give the path of a pilot, or --variance, one of them")
    given, of_seeds = _variance(variance) if variance is not None else (scored.load(paths or (), format), None)
    made = api.plan(
        given, effect, systems=None if not system else (system[0], system[-1]), benchmark=benchmark, metric=metric,
        seed_variance=of_seeds, tries=tries or (1, 2, 4, 8, 16), seeds=seeds or (1, 2, 3, 5, 10),
        costs=Costs(*_numbers(cost, "--cost", 3)), level=level, power=power,
    )  # fmt: skip
    if json:
        output.emit(plan_document(made))
        return 0
    rows = [["none", one.tries, one.seeds, "", "", one.questions.why] if isinstance(one.questions, Undecided)
            else [one.questions, one.tries, one.seeds, number(one.cost), number(one.detectable), ""]
            for one in made.designs]  # fmt: skip
    output.table([">questions", ">tries", ">seeds", ">cost", ">shows", "~"], rows)
    v = made.variance
    output.say(f"\nvariance: questions {number(v.questions)}, tries {number(v.first)} and {number(v.second)}, "
               f"seeds {number(made.seed_variance)}")  # fmt: skip
    if made.pilot is not None:
        output.say(f"the pilot's {made.pilot.questions} questions show a difference of {number(made.detectable)}")
        for warning in made.pilot.warnings:
            output.complain(warning, kind="warning")
    return 0


def _variance(text: str) -> tuple[ItemVariance, float]:
    questions, tries, seeds = _numbers(text, "--variance", 3)
    return ItemVariance(questions, tries, tries), seeds


def _numbers(text: str, where: str, most: int) -> list[float]:
    """Numbers between commas, those that lack 0."""
    try:
        values = [float(word) for word in text.split(",")]
    except ValueError as error:
        raise BadInput(f"is up to {most} numbers between commas, not {text!r}", where=where) from error
    if len(values) > most:
        raise BadInput(f"is up to {most} numbers, not {len(values)}", where=where)
    return values + [0.0] * (most - len(values))
