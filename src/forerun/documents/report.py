"""``report``: what was written, and of what."""

from __future__ import annotations

from pathlib import Path

from forerun.core import Runs
from forerun.documents.shape import Document


def report_document(out: Path, runs: Runs, page: str) -> Document:
    """The page's path and size, the runs in it, and the files that were not read."""
    return {"report": str(out), "runs": len(runs), "skipped": len(runs.skipped), "bytes": len(page.encode())}
