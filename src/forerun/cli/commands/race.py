"""``forerun race``: which training algorithm reaches its targets sooner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, output
from forerun.core import BadInput, Undecided
from forerun.core.display import number
from forerun.documents.race import data_race_document, race_document
from forerun.evaluate.races.race import RaceResult
from forerun.evaluate.races.rules import RULES

NAME = "race"
EXAMPLE = "forerun race logs/ --targets workload_targets.json --rules v0.5"


def command(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="TREE|TABLE",
            help="AlgoPerf's tree of logs, a table of evaluations or of times to targets; or one of losses.",
        ),
    ],
    targets: Annotated[
        Path | None, typer.Option("--targets", metavar="FILE", help="What is to be reached, as AlgoPerf's JSON.")
    ] = None,
    rules: Annotated[
        str, typer.Option("--rules", metavar="ROUND", help=f"Of the round: {' or '.join(RULES)}.")
    ] = "v0.5",
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="index|time", help="The trial that stands for its study: as published, or as documented."
        ),
    ] = "index",
    exact: Annotated[bool, typer.Option("--exact", help="The integral under the profiles, not 100 points.")] = False,
    budget: Annotated[
        float,
        typer.Option(
            "--budget",
            metavar="F",
            help="Times the longest allowed that a run counts, in speed-ups, which never arrived: 3 for self-tuning.",
        ),
    ] = 1.0,
    baseline: Annotated[
        str | None,
        typer.Option("--baseline", metavar="NAME", help="How many times the data NAME needs to end at others' losses."),
    ] = None,
    noise: Annotated[
        float, typer.Option("--noise", metavar="SD", help="Of a final loss between seeds; gives speed-ups intervals.")
    ] = 0.0,
    draws: Annotated[int, typer.Option("--draws", metavar="N", min=100, help="Of studies, for the intervals.")] = 2000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the draws.")] = 0,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE.html", help="Draw the performance profiles.")
    ] = None,
    json: options.Json = False,
) -> int:
    """Which training algorithm reaches its targets sooner: scores of a field, and how sure they are.

    Scores are AlgoPerf's. With --baseline, speed-ups in data of a table with the columns system, data, loss and size.
    """
    if baseline is not None:
        return _in_data(path, baseline, noise, seed, json)
    if targets is None:
        raise BadInput("a race needs --targets FILE, or --baseline NAME")
    if by not in ("index", "time"):
        raise BadInput(f"is index or time, not {by!r}", where="--by")
    result = api.race(path, targets, rules=rules, by=by, exact=exact, budget=budget, draws=draws, seed=seed)
    if picture is not None:
        _draw(picture, result)
    if json:
        output.emit(race_document(result))
        return 0
    rows = [[one.submission, f"{one.score:.4f}", f"{one.low:.3f} to {one.high:.3f}", f"{one.p_first:.0%}",
             f"{one.reached} of {one.n}"] for one in result.scores]  # fmt: skip
    output.table(["submission", ">score", ">95%", ">first", ">reached"], rows, title=result.method)
    output.say()
    pairs = [[pair.a, pair.b, pair.verdict, f"{pair.difference:+.3f}", f"{pair.low:+.3f} to {pair.high:+.3f}",
              f"{pair.wins} to {pair.losses}", f"{pair.p_value:.2g}",
              "" if pair.speedup is None else f"{pair.speedup:+.0%}"] for pair in result.pairs]  # fmt: skip
    output.table(["a", "b", "verdict", ">difference", ">95%", ">faster studies", ">p (sign)", ">time saved"], pairs)
    for warning in result.warnings:
        output.complain(warning, kind="warning")
    return 0


def _draw(path: Path, result: RaceResult) -> None:
    from forerun.figures.profiles import race_page

    try:
        path.write_text(race_page(result), "utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(path)) from error


def _in_data(path: Path, baseline: str, noise: float, seed: int, json: bool) -> int:
    races = api.race_in_data(path, baseline, noise=noise, seed=seed)
    if json:
        output.emit(data_race_document(races))
        return 0
    rows = [[one.system, one.size, number(one.data), "", "", one.speedup.why] if isinstance(one.speedup, Undecided) else
            [one.system, one.size, number(one.data), f"{one.speedup.estimate:.3f}",
             f"{one.speedup.low:.3f} to {one.speedup.high:.3f}" if noise else "", ""] for one in races]  # fmt: skip
    output.table(["system", "size", ">data", ">speed-up", ">95%", "~"], rows, title=f"in data, over {baseline}")
    return 0
