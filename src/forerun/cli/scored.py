"""What the commands that rest on scores of items share: where scores are, and what was lost of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.cli import output
from forerun.core.display import counted

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="[NAME=]PATH ...",
        help="Logs of a harness or a table of scores, a file or folder; NAME= calls its system so, and the same NAME "
        "twice makes seeds of it.",
    ),
]
Benchmark = Annotated[str | None, typer.Option("--benchmark", metavar="NAME", help="Only this benchmark.")]
ScoreMetric = Annotated[str | None, typer.Option("--metric", metavar="NAME", help="Only this metric.")]
Level = Annotated[float, typer.Option("--level", metavar="MASS", min=0.5, max=0.999, help="Mass of the intervals.")]
ScoreFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help='Force a reader instead of detecting formats by content; forerun methods "score format" lists them.',
    ),
]

Group = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="NAME",
        help="What items share, such as the text they are about: a column, or an entry of metadata or documents.",
    ),
]


def load(paths: Sequence[str], format: str | None = None, group: str | None = None) -> api.Scores:
    """The scores at paths, of which all or none are named."""
    pairs = [_named(path) for path in paths]
    if not any(name for name, _ in pairs):
        return api.read_scores(paths[0] if len(paths) == 1 else list(paths), format=format, group=group)
    by_name: dict[str, list[str]] = {}
    for name, path in pairs:
        by_name.setdefault(name or Path(path).stem, []).append(path)
    return api.read_scores(by_name, format=format, group=group)


def losses(scores: api.Scores) -> None:
    """What was lost of the scores, on stderr."""
    lost = sum(one.lost or 1 for one in scores.damage)
    if lost:
        first = scores.damage[0]
        output.complain(f"{counted(lost, 'record')} lost; {first.path}, {first.where}: {first.why}", kind="warning")


def _named(text: str) -> tuple[str, str]:
    """``new=results/new`` as name and path; a path with a sign of its own is left whole."""
    name, sign, path = text.partition("=")
    return (name, path) if sign and name and "/" not in name and not Path(text).exists() else ("", text)
