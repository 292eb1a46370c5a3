"""Errors of a model found from a few labelled answers: a detector on features, judged on all other answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import BadInput, Card, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.confidence import fpr95
from forerun.evaluate.audits.measurements import association_of, plain
from forerun.stats.bootstrap import Index, bootstrap_interval
from forerun.stats.logistic import logistic
from forerun.stats.ranks import area, auc

CARD = Card(
    name="errors",
    does="Learns from a few labelled answers which ones are wrong, and compares that with the model's own confidence.",
    source="Zeng et al. 2025, few-shot misclassification detection; the detector is logistic regression",
    assumes="Labelled answers are drawn like the others.",
    needs="features and a confidence an answer, 5 right and 5 wrong labelled, as many unlabelled",
    promises="Judged on answers that it was not fitted to; the gain in AUROC has a bootstrap over those.",
    known_answer="Errors that a feature tells and confidence does not are found: AUROC above 0.95 against 0.5.",
    control="Features of nothing gain nothing over confidence.",
)
_FEWEST = 5


def errors(
    features: ArrayLike, confidence: ArrayLike, correct: ArrayLike, labelled: ArrayLike, *, seed: int = 0
) -> AuditResult | Undecided:
    """A detector of errors beside confidence.

    Args:
        features: shape (n, p), of the answers, such as a layer's activations.
        confidence: shape (n,), the model's own.
        correct: shape (n,), 0 or 1.
        labelled: shape (n,), 1 where the detector may see whether an answer was right.
        seed: of the bootstrap.

    Returns:
        AUROC of both and its gain, on answers not labelled. Undecided with fewer than five right or wrong on a side.

    Raises:
        BadInput: columns of different lengths.
    """
    x, c, y = (np.asarray(one, np.float64) for one in (features, confidence, correct))
    shown = np.asarray(labelled, np.float64) > 0.5
    if not len(x) == c.size == y.size == shown.size:
        raise BadInput(f"columns must be of one length, but have {len(x)}, {c.size}, {y.size} and {shown.size}")
    if min((y[part] == kind).sum() for part in (shown, ~shown) for kind in (0.0, 1.0)) < _FEWEST:
        return Undecided("few right or wrong answers, labelled or not", f"{_FEWEST} of each")
    both = np.column_stack([x, c])
    score, own, right = logistic(both[shown], y[shown]).chance(both[~shown]), c[~shown], y[~shown] > 0.5

    def gain(rows: Index) -> float:
        no, yes = rows[~right[rows]], rows[right[rows]]
        return area(score[no], score[yes]) - area(own[no], own[yes])

    low, high = bootstrap_interval(gain, right.size, seed=seed)
    measurements = (
        Measurement("AUROC gained", gain(np.arange(right.size)), low, high, right.size, "bootstrap over answers"),
        association_of("AUROC of the detector", auc(score[~right], score[right]), "Newcombe 2006, method 5"),
        association_of("AUROC of confidence", auc(own[~right], own[right]), "Newcombe 2006, method 5"),
        plain("FPR95 of the detector", fpr95(score, right), right.size, "wrong answers that pass"),
        plain("FPR95 of confidence", fpr95(own, right), right.size, "wrong answers that pass"),
    )
    return AuditResult(measurements)


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("features", "of the answer, such as a layer's activations", "matrix"),
        Column("confidence", "the model's own, any unit"),
        Column("correct", "whether the answer was right: 0 or 1"),
        Column("labelled", "1 where the detector may learn from it"),
    ),
    look=errors,
)
