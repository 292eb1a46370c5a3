"""``backtest``: one row a source and method, source ``"ALL"`` the plain mean over sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from forerun.documents.shape import Document
from forerun.evaluate.forecasts.backtest import Score


def backtest_document(scores: Iterable[Score]) -> Document:
    """The scores, in their order; ``beside`` where runs were shown beside each case."""
    rows = (asdict(score) for score in scores)
    return {"scores": [{key: value for key, value in row.items() if value is not None} for row in rows]}
