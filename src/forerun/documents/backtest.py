"""``backtest``: one row a source and method, source ``"ALL"`` the plain mean over sources; or a task and policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from forerun.documents.shape import Document, range_document
from forerun.evaluate.forecasts.backtest import Score
from forerun.evaluate.replays.scores import PolicyScore


def backtest_document(scores: Iterable[Score]) -> Document:
    """The scores, in their order; ``beside`` where runs were shown beside each case."""
    rows = (asdict(score) for score in scores)
    return {"scores": [{key: value for key, value in row.items() if value is not None} for row in rows]}


def policies_document(scores: Iterable[PolicyScore]) -> Document:
    """The scores of policies, in their order; a speed-up is null where the regret is never reached."""
    return {"policies": [_policy(score) for score in scores]}


def _policy(score: PolicyScore) -> Document:
    row = asdict(score) | {"regret_over_asha": range_document(score.regret_over_asha, "one order or task alone")}
    intervals = ("regret_interval", "speedup_interval")
    return row | {name: None if row[name] is None else list(row[name]) for name in intervals}
