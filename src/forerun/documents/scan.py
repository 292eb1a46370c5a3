"""``scan``: findings; ``end`` is null while one lasts."""

from __future__ import annotations

from collections.abc import Iterable

from forerun.core import Finding, RunFindings
from forerun.documents.shape import Document

_FIELDS = (
    "metric", "axis", "kind", "start", "end", "alarm", "statistic", "threshold", "promise", "detector", "message",
)  # fmt: skip


def scan_document(scans: Iterable[RunFindings]) -> Document:
    """A row a finding, run by run."""
    return {"findings": [_finding(scan.run, finding) for scan in scans for finding in scan.findings]}


def _finding(run: str, finding: Finding) -> Document:
    return {"run": run} | {name: getattr(finding, name) for name in _FIELDS}
