"""Can a model's right answers be foretold from what other models got right, better than by its own judgement?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, Card, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.crossing import crossed_columns
from forerun.evaluate.audits.measurements import association_of, plain
from forerun.stats.bootstrap import Index, bootstrap_interval
from forerun.stats.logistic import logistic
from forerun.stats.ranks import area, auc
from forerun.stats.reliability import calibration_error

CARD = Card(
    name="correctness",
    does="Foretells which items an unseen model gets right from the history of others, and compares that with the "
    "model's own confidence.",
    source="Xiao et al. 2025, Generalized Correctness Models; P(True) and P(IK) of Kadavath et al. 2022",
    assumes="Items that many models miss are missed by the next one too.",
    needs="3 models on the same items, with a confidence of each answer",
    promises="Every model is foretold by regressions that never saw an answer of it; intervals draw items anew.",
    known_answer="Where items differ in difficulty alone, history foretells nearly as well as the difficulty does.",
    control="Where what is right is chance alone, history foretells nothing: AUROC 0.5 within the interval.",
)
_FEWEST = 3


def correctness(
    system: Sequence[str], item: Sequence[str], correct: ArrayLike, confidence: ArrayLike, *, seed: int = 0
) -> AuditResult | Undecided:
    """History beside a model's own confidence, each model left out in turn.

    Args:
        system, item: shape (n,), which model answered which item.
        correct: shape (n,), 0 or 1.
        confidence: shape (n,), 0 to 1, the model's own, as P(True) or P(IK).
        seed: of the bootstrap.

    Returns:
        AUROC of both, its gain, and calibration errors. Undecided with fewer than three models.

    Raises:
        BadInput: a model that did not answer every item once.
    """
    systems, items, (right, own) = crossed_columns(system, item, correct, confidence, words=("model", "item"))
    if len(systems) < _FEWEST:
        return Undecided(f"{len(systems)} models", f"{_FEWEST} models or more")
    foretold = np.stack([_foretold(right, own, left_out) for left_out in range(len(systems))])

    def gain(rows: Index) -> float:
        return _area(foretold[:, rows], right[:, rows]) - _area(own[:, rows], right[:, rows])

    low, high = bootstrap_interval(gain, len(items), draws=300, seed=seed)
    y, n = right.ravel(), len(items)
    spans = [auc(p.ravel()[y == 0], p.ravel()[y == 1]) for p in (foretold, own)]
    method = "Newcombe 2006, method 5; over all models, as if answers were independent"
    measurements = (
        Measurement("AUROC gained by history", gain(np.arange(n)), low, high, n, "bootstrap over items"),
        association_of("AUROC of history", spans[0], method),
        association_of("AUROC of own confidence", spans[1], method),
        plain("calibration error of history", calibration_error(foretold.ravel(), y, by="mass"), y.size, "l1, 15 bins"),
        plain(
            "calibration error of own confidence", calibration_error(own.ravel(), y, by="mass"), y.size, "l1, 15 bins"
        ),
    )
    return AuditResult(measurements)


def _foretold(right: Array, own: Array, left_out: int) -> Array:
    """Chances of a model's answers: others' share right and its own confidence, weighed as suits the others."""
    others = [k for k in range(len(right)) if k != left_out]
    rows = [_features(right[[j for j in others if j != k]], own[k]) for k in others]
    fit = logistic(np.concatenate(rows), np.concatenate([right[k] for k in others]))
    return fit.chance(_features(right[others], own[left_out]))


def _features(history: Array, confidence: Array) -> Array:
    """Log odds of the others' share right, an answer of either kind added, and of the model's own confidence."""
    share = (history.sum(axis=0) + 0.5) / (len(history) + 1.0)
    return np.column_stack([special.logit(share), special.logit(np.clip(confidence, 1e-3, 1.0 - 1e-3))])


def _area(p: Array, right: Array) -> float:
    """Mean over models of the area under the curve; of those that were right and wrong."""
    areas = [area(p[k][right[k] == 0], p[k][right[k] == 1]) for k in range(len(p))]
    return float(np.nanmean(areas)) if np.isfinite(areas).any() else float("nan")


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("system", "which model", "word"),
        Column("item", "which item", "word"),
        Column("correct", "whether the answer was right: 0 or 1"),
        Column("confidence", "the model's own, 0 to 1"),
    ),
    look=correctness,
)
