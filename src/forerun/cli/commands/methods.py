"""``forerun methods``: every method's card."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from forerun.cli import options, output
from forerun.core import ForerunError, UnknownName
from forerun.core.family import Family
from forerun.decide import POLICIES
from forerun.forecast import FORECASTERS
from forerun.forecast.surrogates import SURROGATES
from forerun.lab import STUDIES, WORKLOADS
from forerun.laws import LAWS
from forerun.laws.questions import QUESTIONS
from forerun.monitor import DETECTORS
from forerun.recipes import RECIPES
from forerun.runs.readers import READERS
from forerun.schedules import SCHEDULES

NAME = "methods"
EXAMPLE = "forerun methods forecaster"
FAMILIES = (
    READERS,
    FORECASTERS,
    SURROGATES,
    DETECTORS,
    POLICIES,
    SCHEDULES,
    LAWS,
    QUESTIONS,
    RECIPES,
    WORKLOADS,
    STUDIES,
)


def command(
    family: Annotated[
        str | None,
        typer.Argument(metavar="[FAMILY]", autocompletion=lambda: [f.kind for f in FAMILIES], help="Only this family."),
    ] = None,
    json: options.Json = False,
) -> int:
    """List every family's members, readers to studies, with their cards; broken plug-ins with why."""
    kinds = [one.kind for one in FAMILIES]
    if family not in (None, *kinds):
        raise UnknownName("family", family, kinds)
    families = [one for one in FAMILIES if family in (None, one.kind)]
    methods = [_method(one, name) for one in families for name in one.names()]
    if json:
        output.emit({"methods": methods})
        return 0
    for one in families:
        rows = [(m["name"], _said(m)) for m in methods if m["family"] == one.kind]
        output.table(["name", "~does"], rows, title=f"\n{one.kind}")
    return 0


def _said(method: dict[str, Any]) -> str:
    if method["status"] == "broken":
        return f"does not load: {method['why']}"
    missing = f" Not installed: {method['missing']}" if "missing" in method else ""
    return f"{method['does']} Needs: {method['needs']}{missing}"


def _method(family: Family, name: str) -> dict[str, Any]:
    about = {"family": family.kind, "name": name}
    try:
        card = asdict(family.card(name))
    except ForerunError as error:
        return about | {"status": "broken", "why": error.message}
    missing = family.lacking() if name in family.table else ""
    return about | card | {"name": name, "status": "ok"} | ({"missing": missing} if missing else {})
