"""``forerun methods``: every method's card."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from forerun.cli import options, output
from forerun.core import UnknownName
from forerun.decide import POLICIES
from forerun.documents.methods import methods_document
from forerun.evaluate.audits import AUDITS
from forerun.forecast import FORECASTERS
from forerun.forecast.surrogates import SURROGATES
from forerun.lab import STUDIES, WORLDS
from forerun.laws import LAWS
from forerun.laws.questions import QUESTIONS
from forerun.monitor import DETECTORS
from forerun.recipes import RECIPES
from forerun.runs.readers import READERS
from forerun.runs.score_readers import SCORE_READERS
from forerun.schedules import SCHEDULES

NAME = "methods"
EXAMPLE = "forerun methods forecaster"
FAMILIES = (
    READERS,
    SCORE_READERS,
    FORECASTERS,
    SURROGATES,
    DETECTORS,
    POLICIES,
    SCHEDULES,
    LAWS,
    QUESTIONS,
    AUDITS,
    RECIPES,
    WORLDS,
    STUDIES,
)


def command(
    family: Annotated[
        str | None,
        typer.Argument(
            metavar="[FAMILY]",
            autocompletion=lambda: [f.kind for f in FAMILIES],
            help="Only this family: format, forecaster, detector ...",
        ),
    ] = None,
    json: options.Json = False,
) -> int:
    """List every method with what its card says, readers to studies; broken plug-ins with why."""
    kinds = [one.kind for one in FAMILIES]
    if family not in (None, *kinds):
        raise UnknownName("family", family, kinds)
    families = [one for one in FAMILIES if family in (None, one.kind)]
    document = methods_document(families)
    if json:
        output.emit(document)
        return 0
    for one in families:
        rows = [(m["name"], _said(m)) for m in document["methods"] if m["family"] == one.kind]
        output.table(["name", "~does"], rows, title=f"\n{one.kind}")
    return 0


def _said(method: dict[str, Any]) -> str:
    if method["status"] == "broken":
        return f"does not load: {method['why']}"
    missing = f" Not installed: {method['missing']}" if "missing" in method else ""
    return f"{method['does']} Needs: {method['needs']}{missing}"
