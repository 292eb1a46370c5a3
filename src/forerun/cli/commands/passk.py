"""``forerun passk``: how often one of k tries passes, and how often all do."""

from __future__ import annotations

from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, output, scored
from forerun.core.display import number
from forerun.documents.passk import passk_document

NAME = "passk"
EXAMPLE = "forerun passk trials.jsonl --k 1 --k 8"


def command(
    paths: scored.Paths,
    k: Annotated[
        list[int] | None,
        typer.Option("--k", metavar="K", help="A number of tries, several times for several; may exceed those made."),
    ] = None,
    until: Annotated[
        bool, typer.Option("--until", help="Tries stopped when a task had passed so many times: its unbiased rate.")
    ] = False,
    benchmark: scored.Benchmark = None,
    metric: scored.ScoreMetric = None,
    level: scored.Level = 0.95,
    format: scored.ScoreFormat = None,
    json: options.Json = False,
) -> int:
    """How often one of k tries passes, how often all do, and beyond the tries that were made.

    A row a try, scored 0 or 1. Beyond the tries made a Beta distribution of rates over tasks carries rates on.
    """
    scores = scored.load(paths, format)
    document = passk_document(api.passk(scores, ks=k, benchmark=benchmark, metric=metric, until=until, level=level))
    if json:
        output.emit(document)
        return 0
    rows = [[row["system"], row["benchmark"], row["metric"], row["measure"], row["k"], number(row["estimate"]),
             f"{number(row['low'])} to {number(row['high'])}", row["n"], row["status"], "; ".join(row["warnings"])]
            for row in document["rates"]]  # fmt: skip
    head = ["system", "benchmark", "metric", "measure", ">k", ">rate", f">{level:.0%}", ">tasks", "status", "~"]
    output.table(head, rows)
    scored.losses(scores)
    return 0
