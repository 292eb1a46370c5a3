"""``audit``."""

from __future__ import annotations

from dataclasses import fields

from forerun.core import Undecided
from forerun.core.codec import encode
from forerun.documents.shape import NOTHING_JUDGED, Document, given, or_undefined
from forerun.evaluate.audits import AuditResult, Measurement


def audit_document(name: str, result: AuditResult | Undecided) -> Document:
    """The verdict, what was measured with intervals, and what to look at; or why it cannot be said."""
    if isinstance(result, Undecided):
        return {"audit": name, "status": "undecided", "why": result.why, "needs": result.needs}
    return {
        "audit": name, "status": "answered", "verdict": result.verdict or NOTHING_JUDGED,
        "measurements": [measurement_document(one) for one in result.measurements],
        "rows": {column: encode(values) for column, values in result.rows.columns.items()},
        "warnings": list(result.warnings),
    }  # fmt: skip


def measurement_document(one: Measurement) -> Document:
    """One measurement; what has no interval says why in its method."""
    body = {field.name: encode(getattr(one, field.name)) for field in fields(one) if field.name not in _APART}
    ends = {name: or_undefined(getattr(one, name), "no interval") for name in ("low", "high")}
    tolerated = None if one.tolerated is None else [encode(float(edge)) for edge in one.tolerated]
    return body | ends | given(tolerated=tolerated, verdict=one.verdict, n_needed=one.n_needed)


_APART = ("low", "high", "tolerated")
