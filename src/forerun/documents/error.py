"""An error under ``--json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forerun.core import ForerunError
from forerun.documents.shape import Document, given


def error_document(error: ForerunError, more: Mapping[str, Any] | None = None) -> Document:
    """Its kind, message and place; more of what is known of it stands beside them."""
    return {"error": {"kind": error.kind, "message": error.message, **given(where=error.where), **(more or {})}}
