"""What several documents say of the scores that they rest on."""

from __future__ import annotations

from forerun.api.scoring import Scores
from forerun.documents.shape import Document, given


def scores_document(scores: Scores) -> Document:
    """Formats, how many files hold no scores, and what was damaged."""
    damage = [{"path": one.path, "where": one.where, "why": one.why, **given(lost=one.lost)} for one in scores.damage]
    return {"formats": dict(scores.formats), "skipped": len(scores.skipped), "damage": damage}
