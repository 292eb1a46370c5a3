"""``forerun compare``: two systems, item by item; or every two of many."""

from __future__ import annotations

from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, output, scored
from forerun.core import BadInput
from forerun.core.display import counted, number
from forerun.documents.compare import all_pairs_document, compare_document

NAME = "compare"
EXAMPLE = "forerun compare new=results/new old=results/old"


def command(
    paths: scored.Paths,
    system: Annotated[
        list[str] | None,
        typer.Option("--system", metavar="NAME", help="Compare this one; twice for two. Default the two there are."),
    ] = None,
    all_pairs: Annotated[bool, typer.Option("--all-pairs", help="Compare every two systems.")] = False,
    benchmark: scored.Benchmark = None,
    metric: scored.ScoreMetric = None,
    margin: Annotated[
        float | None, typer.Option("--margin", metavar="D", help="Differences below D count as none: adds equivalence.")
    ] = None,
    level: scored.Level = 0.95,
    partial: Annotated[
        bool, typer.Option("--partial", help="Compare the items that both answered, where one lacks some.")
    ] = False,
    other_prompts: Annotated[bool, typer.Option("--other-prompts", help="Compare items whose prompts differ.")] = False,
    together: Annotated[
        bool, typer.Option("--together", help="Take the items of all benchmarks for those of one, by each metric.")
    ] = False,
    group: scored.Group = None,
    format: scored.ScoreFormat = None,
    json: options.Json = False,
) -> int:
    """Is one system better than another, item by item; or every two of many.

    A difference is paired over items: tries are averaged, then seeds. What is in a folder is found by content.
    """
    scores = scored.load(paths, format, group)
    if all_pairs:
        if together:
            raise BadInput("goes with two systems, not with --all-pairs", where="--together")
        return _every_two(scores, benchmark, metric, level, system, json)
    names = [*(system or ()), None, None]
    if len(names) > 4:
        raise BadInput(f"is given {len(names) - 2} times; a comparison is of two", where="--system")
    compared = api.compare(scores, names[0], names[1], benchmark=benchmark, metric=metric, margin=margin, level=level,
                           partial=partial, other_prompts=other_prompts, together=together)  # fmt: skip
    if json:
        output.emit(compare_document(compared))
        return 0
    rows = [[one.benchmark, one.metric, one.verdict, number(c.estimate), f"{number(c.low)} to {number(c.high)}",
             f"{c.p_value:.2g}", c.n, "; ".join(filter(None, (one.needs, *c.warnings)))]
            for one in compared.comparisons for c in (one.comparison,)]  # fmt: skip
    if rows:
        title = f"{compared.first} against {compared.second}; above 0, {compared.first} is better"
        head = ["benchmark", "metric", "verdict", ">difference", f">{level:.0%}", ">p", ">items", "~"]
        output.table(head, rows, title=title)
    else:
        output.say(f"{compared.first} by itself; nothing to compare it with")
    output.say()
    means = [[one.system, one.benchmark, one.metric, number(one.estimate), f"{number(one.low)} to {number(one.high)}",
              one.n, one.method] for one in compared.means]  # fmt: skip
    output.table(["system", "benchmark", "metric", ">mean", f">{level:.0%}", ">items", "interval"], means)
    scored.losses(scores)
    return 0


def _every_two(
    scores: api.Scores, benchmark: str | None, metric: str | None, level: float, system: list[str] | None, json: bool
) -> int:
    if system:
        raise BadInput("goes with two systems, not with --all-pairs", where="--system")
    every = api.compare_all(scores, benchmark=benchmark, metric=metric, level=level)
    document = all_pairs_document(every)
    if json:
        output.emit(document)
        return 0
    rows = [[row["a"], row["b"], row["benchmark"], row["metric"], row["verdict"], number(row["estimate"]),
             f"{number(row['low'])} to {number(row['high'])}", f"{row['p_value']:.2g}",
             f"{row['p_holm']:.2g}", row["n"]]
            for row in document["pairs"]]  # fmt: skip
    head = ["a", "b", "benchmark", "metric", "verdict", ">difference", f">{level:.0%}", ">p", ">p (Holm)", ">items"]
    output.table(head, rows)
    sure = sum(row["p_holm"] < 1.0 - level for row in document["pairs"])
    output.say(f"\n{counted(len(rows), 'pair')}; {sure} differ by Holm's correction for so many")
    for one in every:
        if one.pairs.left_out:
            output.say(f"{one.benchmark}: left out, for items they lack: {', '.join(one.pairs.left_out[:20])}")
    scored.losses(scores)
    return 0
