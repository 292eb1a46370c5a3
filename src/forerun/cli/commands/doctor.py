"""``forerun doctor``: what is installed, and what is damaged."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from forerun import __version__
from forerun.cli import options, output
from forerun.cli.commands.methods import FAMILIES
from forerun.core import ForerunError
from forerun.documents import read_document

NAME = "doctor"
EXAMPLE = "forerun doctor logs/"
_BASE = ("numpy", "scipy", "rich", "typer", "plotly")
_EXTRAS = {"parquet": "polars"}


def command(
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", help="Logs to look through for damage.")] = None,
    json: options.Json = False,
) -> int:
    """Say what is installed and which plug-ins are broken; with a PATH, list damaged records and unread files."""
    found: dict[str, Any] = {
        "forerun": __version__,
        "python": platform.python_version(),
        "installed": {name: _version(name) for name in _BASE},
        "extras": {extra: _version(package) for extra, package in _EXTRAS.items()},
        "broken": [told for family in FAMILIES for name in family.names() if (told := _broken(family, name))],
    }
    if path is not None:
        found["logs"] = _damage(read_document(options.load(path)[0]))
    if json:
        output.emit(found)
    else:
        _print(found)
    return 0


def _version(package: str) -> Any:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return {"undefined": "not installed"}


def _broken(family: Any, name: str) -> dict[str, str] | None:
    try:
        family.load(name)
    except ForerunError as error:
        return {"family": family.kind, "name": name, "why": error.message}
    return None


def _damage(document: dict[str, Any]) -> dict[str, Any]:
    damaged = [{"run": run["run"], **damage} for run in document["runs"] for damage in run["damage"]]
    return {"runs": len(document["runs"]), "damage": damaged, "skipped": document["skipped"]}


def _print(found: dict[str, Any]) -> None:
    rows = [("forerun", found["forerun"]), ("python", found["python"])]
    rows += list(found["installed"].items()) + [(f"[{name}]", version) for name, version in found["extras"].items()]
    output.table(["what", "version"], [(name, v if isinstance(v, str) else v["undefined"]) for name, v in rows])
    for broken in found["broken"]:
        output.say(f"broken {broken['family']} {broken['name']}: {broken['why']}")
    logs = found.get("logs")
    if logs is None:
        return
    output.say(f"\n{logs['runs']} runs, {len(logs['damage'])} damaged stretches, {len(logs['skipped'])} files not read")
    output.table(["damaged", "where", "why"], [(d["path"], d["where"], d["why"]) for d in logs["damage"]])
    output.table(["not read", "why"], [(s["path"], s["why"]) for s in logs["skipped"]])
