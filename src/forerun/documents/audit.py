"""``audit``."""

from __future__ import annotations

from dataclasses import fields

from forerun.core import Undecided
from forerun.core.codec import encode
from forerun.documents.shape import Document, or_undefined
from forerun.evaluate.audits import AuditResult, Measurement


def audit_document(name: str, result: AuditResult | Undecided) -> Document:
    """The verdict, what was measured with intervals, and what to look at; or why it cannot be said."""
    if isinstance(result, Undecided):
        return {"audit": name, "status": "undecided", "why": result.why, "needs": result.needs}
    return {
        "audit": name, "status": "answered", "verdict": result.verdict or "nothing judged",
        "quantities": [quantity_document(one) for one in result.quantities],
        "rows": {column: encode(values) for column, values in result.rows.columns.items()},
        "warnings": list(result.warnings),
    }  # fmt: skip


def quantity_document(quantity: Measurement) -> Document:
    """One quantity; what has no interval says why in its method."""
    body = {one.name: encode(getattr(quantity, one.name)) for one in fields(quantity) if one.name not in _APART}
    ends = {name: or_undefined(getattr(quantity, name), "no interval") for name in ("low", "high")}
    tolerated = None if quantity.tolerated is None else [encode(float(edge)) for edge in quantity.tolerated]
    judged = {"tolerated": tolerated, "verdict": quantity.verdict, "n_needed": quantity.n_needed}
    return body | ends | {name: value for name, value in judged.items() if value is not None}


_APART = ("low", "high", "tolerated")
