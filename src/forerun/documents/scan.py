"""``scan``: findings; ``end`` is null while one lasts. And what they come to, a run."""

from __future__ import annotations

from collections.abc import Iterable

from forerun.core import Diagnosis, Finding, RunFindings, Undecided
from forerun.documents.recipes import remedies_document
from forerun.documents.shape import Document

_FIELDS = (
    "metric", "axis", "kind", "start", "end", "alarm", "statistic", "threshold", "promise", "detector", "message",
)  # fmt: skip


def scan_document(scans: Iterable[RunFindings]) -> Document:
    """A row a finding, run by run, the diagnosis of each run that has any or was not looked at, and what was measured
    against such findings.
    """
    several = list(scans)
    findings = [finding_document(scan.run, finding) for scan in several for finding in scan.findings]
    diagnoses = [
        diagnosis_document(scan.diagnosis)
        for scan in several
        if scan.diagnosis is not None and (scan.findings or isinstance(scan.answer, Undecided))
    ]
    return (
        {"findings": findings}
        | ({"diagnoses": diagnoses} if diagnoses else {})
        | remedies_document(*(scan.findings for scan in several))
    )


def diagnosis_document(diagnosis: Diagnosis) -> Document:
    """What is happening to a run; findings by their kind, metric and start."""
    return {
        "run": diagnosis.run,
        "says": diagnosis.says,
        "findings": [_name(one) for one in diagnosis.findings],
        "explained": [_name(one) for one in diagnosis.explained],
        "not_looked_at": list(diagnosis.not_looked_at),
    }


def _name(finding: Finding) -> Document:
    return {name: getattr(finding, name) for name in ("kind", "metric", "start")}


def finding_document(run: str, finding: Finding) -> Document:
    """One finding of a run."""
    return {"run": run} | {name: getattr(finding, name) for name in _FIELDS}
