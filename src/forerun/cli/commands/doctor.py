"""``forerun doctor``: what is installed, and what is damaged."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from forerun import __version__
from forerun.cli import options, output
from forerun.cli.commands.methods import FAMILIES
from forerun.core import BadInput, Damage, Family, ForerunError, MissingExtra, Runs, Skipped, StoreError, UnreadableLog
from forerun.core.display import counted
from forerun.documents.doctor import broken_member, doctor_document, logs_document, salvaged_document, store_document
from forerun.forecast.forecaster import Forecaster
from forerun.runs.store import Store, care, is_store
from forerun.runs.store.salvage import salvage as salvaged
from forerun.runs.store.schema import VERSION

NAME = "doctor"
EXAMPLE = "forerun doctor logs/"
_BASE = ("numpy", "scipy", "rich", "typer", "joblib")
_EXTRAS = {"plotly": "plotly", "parquet": "polars", "torch": "torch", "lab": "scikit-learn", "mcmc": "emcee"}


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
    document = doctor_document(
        __version__,
        {name: _version(name) for name in _BASE},
        {extra: _version(package) for extra, package in _EXTRAS.items()},
        [row for family in FAMILIES for name in family.names() if (row := _broken(family, name))],
    )
    if salvage is not None:
        if path is None:
            raise BadInput("needs the store to salvage: forerun doctor STORE --salvage NEW", where="--salvage")
        document["salvaged"] = salvaged_document(salvage, salvaged(path, salvage))
    elif path is not None and is_store(path):
        document["store"] = store_checked(path, repair=repair)
    elif repair:
        raise BadInput("repairs a store; logs are never written to", where=str(path or "--repair"))
    if path is not None and salvage is None:
        document["logs"] = _logs(path)
    if json:
        output.emit(document)
    else:
        _print(document)
    damaged = any(document.get(part, {}).get("damage") for part in ("store", "logs"))
    return options.exit_code(["damage"] * damaged, fail_on)


def store_checked(path: Path, *, repair: bool) -> dict[str, Any]:
    """What is wrong with a store, and what of it was repaired."""
    damage: list[Damage] = []
    parts: dict[str, Any] = {}
    try:
        with Store(path, create=False) as store:
            damage += care.check(store, output.progress)
            parts["points"] = store.points()
            parts["read_from"] = [root for root in dict.fromkeys(root for root, _ in store.units()) if root]
            parts["superseded"] = care.superseded(store)
            parts["repaired"] = care.repair(store) if repair else []
    except (StoreError, UnreadableLog) as error:
        damage.append(Damage(str(path), "file", error.message))
    return store_document(VERSION, damage=damage, **parts)


def _logs(path: Path) -> dict[str, Any]:
    try:
        return logs_document(options.load_any(path))
    except StoreError as error:
        return logs_document(Runs((), (Skipped(str(path), error.message),)))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _broken(family: Family[Any], name: str) -> dict[str, Any] | None:
    try:
        method = family.load(name)
        if isinstance(method, Forecaster):
            method.default()  # reads what was shipped, and checks its sum
    except MissingExtra:
        return None  # not broken; what is not installed stands above
    except ForerunError as error:
        return broken_member(family.kind, name, error.message)
    return None


def _print(document: dict[str, Any]) -> None:
    rows = [("forerun", document["forerun"]), ("python", document["python"])]
    rows += list(document["installed"].items()) + [
        (f"[{name}]", version) for name, version in document["extras"].items()
    ]
    output.table(["what", "version"], [(name, v if isinstance(v, str) else v["undefined"]) for name, v in rows])
    for broken in document["broken"]:
        output.say(f"broken {broken['family']} {broken['name']}: {broken['why']}")
    if "store" in document:
        _print_store(document["store"])
    if "salvaged" in document:
        _print_salvaged(document["salvaged"])
    logs = document.get("logs")
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
    for file in store["superseded"]:
        output.say(f"{file['path']} was replaced; {file['records']} records of what it was are kept")
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
