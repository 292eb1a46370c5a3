"""``forerun doctor``: what is installed, and what is damaged."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from forerun import __version__
from forerun.cli import options, output
from forerun.cli.commands.methods import FAMILIES
from forerun.core import BadInput, Damage, ForerunError, MissingExtra, StoreError, UnreadableLog
from forerun.core.display import counted
from forerun.documents.read import read_document
from forerun.runs.store import Store, care, is_store
from forerun.runs.store.salvage import salvage as salvaged
from forerun.runs.store.schema import VERSION

NAME = "doctor"
EXAMPLE = "forerun doctor logs/"
_BASE = ("numpy", "scipy", "rich", "typer", "plotly")
_EXTRAS = {"parquet": "polars", "torch": "torch", "lab": "scikit-learn", "mcmc": "emcee"}


def command(
    path: Annotated[
        Path | None, typer.Argument(metavar="[PATH]", help="A store to check, or logs to look through for damage.")
    ] = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Let go of what is damaged in a store; reading its logs restores it."),
    ] = False,
    salvage: Annotated[
        Path | None,
        typer.Option("--salvage", metavar="NEW", help="Put all that is not damaged of a store into a new one."),
    ] = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
) -> int:
    """Say what is installed, which plug-ins are broken, and of a PATH what is damaged and how it is repaired.

    Of logs, damaged records by file and byte or line, and files not read; of a store, its pages, references and the
    checksum of every row; runs that were appended and the journal, which no log restores, are kept by --salvage.
    --fail-on damage.
    """
    options.check_fail_on(fail_on, ("damage",))
    found: dict[str, Any] = {
        "forerun": __version__,
        "python": platform.python_version(),
        "installed": {name: _version(name) for name in _BASE},
        "extras": {extra: _version(package) for extra, package in _EXTRAS.items()},
        "broken": [told for family in FAMILIES for name in family.names() if (told := _broken(family, name))],
    }
    if salvage is not None:
        if path is None:
            raise BadInput("needs the store to salvage: forerun doctor STORE --salvage NEW", where="--salvage")
        found["salvaged"] = {"into": str(salvage), **asdict(salvaged(path, salvage))}
    elif path is not None and is_store(path):
        found["store"] = store_checked(path, repair=repair)
    elif repair:
        raise BadInput("repairs a store; logs are never written to", where=str(path or "--repair"))
    if path is not None and salvage is None:
        found["logs"] = _logs(path)
    if json:
        output.emit(found)
    else:
        _print(found)
    damaged = any(found.get(part, {}).get("damage") for part in ("store", "logs"))
    return options.exit_code(["damage"] * damaged, fail_on)


def store_checked(path: Path, *, repair: bool) -> dict[str, Any]:
    """What is wrong with a store, and what of it was repaired."""
    found: dict[str, Any] = {"version": VERSION, "points": {"undefined": "cannot be opened"}, "read_from": []}
    found |= {"damage": [], "superseded": [], "repaired": []}
    try:
        with Store(path, create=False) as store:
            found["damage"] = [_told(one) for one in care.check(store, output.progress)]
            found["points"] = store.points()
            found["read_from"] = [root for root in dict.fromkeys(root for root, _ in store.units()) if root]
            found["superseded"] = [{"path": name, "records": n} for name, n in care.superseded(store)]
            found["repaired"] = care.repair(store) if repair else []
    except (StoreError, UnreadableLog) as error:
        found["damage"].append({"path": str(path), "where": "file", "why": error.message})
    return found


def _logs(path: Path) -> dict[str, Any]:
    try:
        return _damage(read_document(options.load_any(path)))
    except StoreError as error:
        return {"runs": 0, "damage": [], "skipped": [{"path": str(path), "why": error.message}]}


def _told(damage: Damage) -> dict[str, Any]:
    return {name: value for name, value in asdict(damage).items() if value is not None}


def _version(package: str) -> Any:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return {"undefined": "not installed"}


def _broken(family: Any, name: str) -> dict[str, str] | None:
    try:
        method = family.load(name)
        if hasattr(method, "default"):
            method.default()  # reads what was shipped, and checks its sum
    except MissingExtra:
        return None  # not broken; what is not installed stands above
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
    if "store" in found:
        _print_store(found["store"])
    if "salvaged" in found:
        _print_salvaged(found["salvaged"])
    logs = found.get("logs")
    if logs is None:
        return
    counts = (counted(logs["runs"], "run"), counted(len(logs["damage"]), "damaged stretch", "damaged stretches"))
    output.say(f"\n{', '.join(counts)}, {counted(len(logs['skipped']), 'file')} not read")
    if logs["damage"]:
        output.table(["damaged", "where", "~why"], [(d["path"], d["where"], d["why"]) for d in logs["damage"]])
    if logs["skipped"]:
        output.table(["not read", "~why"], [(s["path"], s["why"]) for s in logs["skipped"]])


def _print_store(store: dict[str, Any]) -> None:
    output.say(f"\nstore of version {store['version']}: {_points(store['points'])}, {len(store['damage'])} damaged")
    if store["damage"]:
        output.table(["damaged", "~why"], [(d["where"], d["why"]) for d in store["damage"]])
    for held in store["superseded"]:
        output.say(f"{held['path']} was replaced; {held['records']} records of what it was are kept")
    roots = ", ".join(store["read_from"]) or "its logs"
    if store["repaired"]:
        output.say(f"let go of {', '.join(store['repaired'])}: read {roots} into it again")
    elif store["damage"]:
        output.say(f"to repair: forerun doctor STORE --repair, then forerun read {roots} --store STORE")
        output.say("where logs are gone, or it cannot be opened: forerun doctor STORE --salvage NEW")


def _points(points: Any) -> str:
    return points["undefined"] if isinstance(points, dict) else counted(points, "point")


def _print_salvaged(salvaged: dict[str, Any]) -> None:
    what = f"{_points(salvaged['points'])}, {counted(salvaged['journal'], 'journal entry', 'journal entries')}"
    output.say(f"\nsalvaged into {salvaged['into']}: {what}, {len(salvaged['lost'])} lost")
    for word in ("mended", "lost"):
        if salvaged[word]:
            output.table([f"~{word}"], [(one,) for one in salvaged[word]])
