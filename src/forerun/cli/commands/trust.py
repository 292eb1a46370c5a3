"""``forerun trust``: which benchmarks can decide at a small scale."""

from __future__ import annotations

from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, output
from forerun.core import BadInput, Undecided
from forerun.core.display import number
from forerun.documents.trust import trust_document
from forerun.evaluate.audits import Measurement
from forerun.evaluate.trust.benchmark import LAST, Trust

NAME = "trust"
EXAMPLE = "forerun trust ladder/ --by mixture --small 190M"


def command(
    path: options.LogPath,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="SETTING", help="Tells recipes apart; several times for several."),
    ] = None,
    size: Annotated[str, typer.Option("--size", metavar="SETTING", help="Says how large a model is.")] = "params",
    metric: Annotated[
        list[str] | None, typer.Option("--metric", metavar="NAME", help="Only this metric; several times for several.")
    ] = None,
    small: Annotated[
        str | None, typer.Option("--small", metavar="SIZE", help="Where is decided; the smallest.")
    ] = None,
    target: Annotated[str | None, typer.Option("--target", metavar="SIZE", help="What counts; the largest.")] = None,
    last: Annotated[
        int, typer.Option("--last", metavar="N", min=2, help="Checkpoints that noise is taken from.")
    ] = LAST,
    chance: Annotated[
        list[str] | None, typer.Option("--chance", metavar="BENCHMARK=SCORE", help="The score of guessing.")
    ] = None,
    scores: Annotated[
        bool,
        typer.Option(
            "--scores", help="PATH holds scores of checkpoints, a harness' logs or a table, not logs of runs."
        ),
    ] = False,
    top: Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Show so many benchmarks.")] = None,
    json: options.Json = False,
) -> int:
    """Which benchmarks can decide between models at a small scale: signal, noise, order, larger models."""
    data = api.read_scores(path) if scores else options.load(path)
    answers = api.trust(
        data, by=by or (), size=size, metrics=metric, small=_size(small, "--small"),
        target=_size(target, "--target"), last=last, chance=_chances(chance),
    )  # fmt: skip
    shown = dict(list(answers.items())[:top])
    if json:
        output.emit(trust_document(shown))
        return 0
    decided = {key: one for key, one in shown.items() if isinstance(one, Trust)}
    if decided:
        heads = ["benchmark", "metric", "verdict", ">alike again", ">signal/noise", ">monotone", ">as at target"]
        output.table(heads, [_row(one) for one in decided.values()])
        output.say(_sizes(next(iter(decided.values()))))
    undecided = [(key, one) for key, one in shown.items() if isinstance(one, Undecided)]
    if undecided:
        output.say(f"\ncannot say of {len(undecided)}, such as {undecided[0][0][0]}: {undecided[0][1].why}")
    output.left_out(len(answers), top)
    return 0


def _row(one: Trust) -> list[str]:
    names = ("decided alike by another checkpoint", "signal to noise", "monotone (Kendall's tau)",
             "decided as at the target")  # fmt: skip
    cells = {m.name: _cell(m) for m in one.measurements}
    return [one.benchmark, one.metric, one.verdict, *(cells.get(name, "") for name in names)]


def _cell(one: Measurement) -> str:
    if one.low is None or one.high is None:
        return number(one.estimate)
    return f"{one.estimate:.3g} ({one.low:.2g} to {one.high:.2g})"


def _sizes(one: Trust) -> str:
    if one.target is None:
        return ""
    return f"decided at size {number(one.size)}; the target is {number(one.target)}"


def _size(word: str | None, option: str) -> float | None:
    if word is None:
        return None
    size = api.size_of(word)
    if size is None:
        raise BadInput(f"is a number or a word such as 190M, not {word!r}", where=option)
    return size


def _chances(words: list[str] | None) -> dict[str, float]:
    try:
        return {name: float(value) for name, value in options.pairs(words, "--chance").items()}
    except ValueError as error:
        raise BadInput(f"is BENCHMARK=SCORE with a number: {error}", where="--chance") from error
