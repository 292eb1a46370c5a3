"""``/api/runs``: what ``forerun read`` says."""

from __future__ import annotations

from forerun.documents.read import read_document
from forerun.documents.shape import Document
from forerun.web.call import Call


def answer(call: Call) -> Document:
    """The runs as they are now, and the files that were not read, with why."""
    return read_document(call.workspace.runs)
