"""``methods``: every member of the families, with its card; broken plug-ins with why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from forerun.core import Family, ForerunError
from forerun.documents.shape import Document, given


def methods_document(families: Iterable[Family[Any]]) -> Document:
    """The members, family by family."""
    return {"methods": [method_document(family, name) for family in families for name in family.names()]}


def method_document(family: Family[Any], name: str) -> Document:
    """A member's card, or why it does not load; ``missing`` is the command that installs what it needs."""
    about = {"family": family.kind, "name": name}
    try:
        card = asdict(family.card(name))
    except ForerunError as error:
        return about | {"status": "broken", "why": error.message}
    missing = family.lacking() if name in family.table else ""
    return about | card | {"name": name, "status": "ok"} | given(missing=missing or None)
