"""``forerun recipes``: what helped against a finding, by how much, where it was measured, and where it failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from forerun.cli import options, output
from forerun.core import UnknownName
from forerun.core.display import number
from forerun.documents.recipes import recipe_document, recipes_document
from forerun.monitor import DETECTORS
from forerun.recipes import RECIPES
from forerun.recipes.measured import Effect, against, effects, word
from forerun.recipes.uses import use_of

NAME = "recipes"
EXAMPLE = "forerun recipes --for overfit"


def _findings() -> list[str]:
    """Words for findings: those that something was measured against, then all that detectors raise."""
    return list(dict.fromkeys([*sorted({one.finding for one in effects() if one.finding}), *DETECTORS.names()]))


def command(
    finding: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="FINDING", autocompletion=_findings, help="Only what was measured against this finding."
        ),
    ] = None,
    show: Annotated[
        str | None,
        typer.Option(
            "--show", metavar="NAME", autocompletion=RECIPES.names, help="One recipe: its card, use and effects."
        ),
    ] = None,
    json: options.Json = False,
) -> int:
    """What recipes did against findings, by how much, where it was measured, and where it failed.

    A difference above 0 means that the recipe is better, in the metric's unit, with its 95% interval over paired seeds.
    A claim holds if it does with all of its study's counted. "alarms" are the runs that the recipe was held
    against in which scan raises the finding.
    """
    if finding is not None and finding not in _findings():
        raise UnknownName("finding", finding, _findings())
    measured = effects() if finding is None else against(word(finding))
    if show is not None:
        return _show(show, [one for one in measured if one.recipe == show], finding, json)
    if json:
        output.emit(recipes_document(measured))
    elif not measured:
        output.say(f"no recipe was measured against {word(finding or '')}")
    else:
        _table(measured)
    return 0


def _show(name: str, measured: Sequence[Effect], finding: str | None, json: bool) -> int:
    card, use = RECIPES.card(name), use_of(name)
    if json:
        output.emit(recipe_document(card, use, measured))
        return 0
    rows = [("does", card.does), ("source", card.source), ("assumes", card.assumes), ("needs", card.needs),
            ("promises", card.promises)]  # fmt: skip
    output.table([name, "~"], rows)
    output.say("\nin a loop of PyTorch:" if "import" in use[0] else "\nin a training of the lab:")
    for line in use:
        output.say(f"  {line}")
    output.say()
    if measured:
        _table(measured)
    else:
        output.say("no study has measured it" + (f" against {word(finding)}" if finding else ""))
    return 0


_COLUMNS = ["recipe", ">difference", ">95%", "verdict", "holds", "~measured by"]


def _table(measured: Sequence[Effect]) -> None:
    output.table(_COLUMNS, map(_row, measured))


def _row(one: Effect) -> list[str]:
    low, high = (number(bound) if bound is not None else "-" for bound in (one.low, one.high))
    estimate = number(one.estimate) if one.estimate is not None else "-"
    where = [f"{one.metric} on {one.world}", f"n {one.n}"]
    if one.finding:
        where.insert(0, f"against {one.finding}")
    if one.scanned:
        where.append(f"alarms in {one.alarms} of {one.scanned}")
    measured = f"{', '.join(where)}; {one.study}: {one.claim}"
    return [one.recipe, estimate, f"{low} to {high}", one.verdict, "yes" if one.holds else "no", measured]
