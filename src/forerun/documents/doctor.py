"""``doctor``: what is installed and broken; of logs and stores what is damaged, and what was done about it."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from forerun.core import Damage, Runs, Skipped
from forerun.documents.shape import Document, given
from forerun.runs.store.salvage import Salvaged


def doctor_document(
    version: str, installed: Mapping[str, str | None], extras: Mapping[str, str | None], broken: Iterable[Document]
) -> Document:
    """What is installed: packages' versions, None where there is none; members of families that do not load."""
    return {
        "forerun": version,
        "python": platform.python_version(),
        "installed": {name: _version(version) for name, version in installed.items()},
        "extras": {name: _version(version) for name, version in extras.items()},
        "broken": list(broken),
    }


def _version(version: str | None) -> str | Document:
    return {"undefined": "not installed"} if version is None else version


def broken_member(family: str, name: str, why: str) -> Document:
    """A member that does not load."""
    return {"family": family, "name": name, "why": why}


def logs_document(runs: Runs) -> Document:
    """What of logs is damaged, and which files were not read."""
    damage = [{"run": run.id, **damage_row(one)} for run in runs for one in run.damage]
    return {"runs": len(runs), "damage": damage, "skipped": [skipped_row(one) for one in runs.skipped]}


def store_document(
    version: int,
    *,
    points: int | None = None,
    read_from: Iterable[str] = (),
    damage: Iterable[Damage] = (),
    superseded: Iterable[tuple[str, int]] = (),
    repaired: Iterable[str] = (),
) -> Document:
    """What is wrong with a store, and what of it was repaired; ``points`` is None where it cannot be opened."""
    return {
        "version": version,
        "points": {"undefined": "cannot be opened"} if points is None else points,
        "read_from": list(read_from),
        "damage": [damage_row(one) for one in damage],
        "superseded": [{"path": name, "records": n} for name, n in superseded],
        "repaired": list(repaired),
    }


def salvaged_document(into: Path, salvaged: Salvaged) -> Document:
    """What was put into a new store, and what was lost."""
    return {"into": str(into), **asdict(salvaged)}


def damage_row(damage: Damage) -> Document:
    """A place, why it could not be read, and what that cost."""
    return given(**asdict(damage))


def skipped_row(skipped: Skipped) -> Document:
    """A file that was not read, with why."""
    return {"path": skipped.path, "why": skipped.why}
