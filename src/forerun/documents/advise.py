"""``advise``: a decision a run, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from forerun.core import RunDecision, Undecided
from forerun.core.codec import encode
from forerun.core.placing import Placing
from forerun.documents.recipes import remedies_document
from forerun.documents.shape import Document, range_document


def advise_document(decisions: Iterable[RunDecision]) -> Document:
    """The decisions, in their order."""
    return {"decisions": [decision_document(one) for one in decisions]}


def decision_document(one: RunDecision) -> Document:
    """One of them, with what was measured against the findings that last."""
    return _decision(one) | remedies_document(finding for finding in one.findings if finding.end is None)


def _decision(one: RunDecision) -> Document:
    decision = one.answer
    if isinstance(decision, Undecided):
        undefined = {"undefined": decision.why}
        return {
            "run": one.run, "action": undefined, "reasons": [str(decision)], "gain": undefined, "cost": undefined,
            "undo": "nothing was changed", "status": one.status, "needs": decision.needs,
        }  # fmt: skip
    return {
        "run": one.run,
        "action": decision.action,
        "reasons": list(decision.reasons),
        "gain": range_document(decision.gain, "no forecast"),
        "cost": range_document(decision.cost, "the log has no clock"),
        "undo": decision.undo,
        "status": one.status,
        "policy": decision.policy,
        **({} if decision.change is None else {"change": encode(decision.change)}),
        **_placing(decision.placing),
    }


def _placing(placing: Placing | None) -> Document:
    """Where a run is likely to end among those beside it; nothing of one that was compared with none."""
    return {} if placing is None else {"placing": {name: encode(value) for name, value in asdict(placing).items()}}
