"""Does confidence tell right answers from wrong ones, and what does answering only the surest items gain?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Card, Table, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import association_of, mean_of, plain
from forerun.stats.bootstrap import Index, bootstrap_interval
from forerun.stats.ranks import auc

CARD = Card(
    name="confidence",
    does="Says how well confidence tells right answers from wrong ones, and what answering only the surest gains.",
    source="El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017; Hendrycks and Gimpel 2017",
    assumes="Items are independent.",
    needs="a confidence and a score an item, 10 right and 10 wrong",
    promises="AUROC has Newcombe's interval, the gain of selective answering that of a bootstrap over items.",
    known_answer="Confidence that ranks every right answer above every wrong one has AUROC 1 and leaves no error at a "
    "coverage of the share that is right.",
    control="Confidence that has nothing to do with being right gains nothing: AUROC 0.5 within the interval.",
)
_FEWEST = 10


def confidence(
    confidence: ArrayLike, correct: ArrayLike, *, coverage: float = 0.8, seed: int = 0
) -> AuditResult | Undecided:
    """AUROC, false positives at 95% of true ones, and selective answering.

    Args:
        confidence: shape (n,), higher is surer, any unit.
        correct: shape (n,), 0 or 1, or the quality of the answer between.
        coverage: share of items that is answered.
        seed: of the bootstrap.

    Returns:
        as rows the risk at every coverage in twentieths. Undecided with fewer than ten right or wrong answers.

    Raises:
        BadInput: columns of different lengths.

    Example:
        >>> result = confidence(np.arange(40.0), [0] * 20 + [1] * 20, coverage=0.5)
        >>> result["AUROC"].estimate, result["score at coverage 0.5"].estimate
        (1.0, 1.0)
    """
    c, v = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    if c.shape != v.shape or c.ndim != 1:
        raise BadInput(f"every answer needs a confidence, but there are {c.size} and {v.size}")
    if not 0.0 < coverage <= 1.0:
        raise BadInput(f"coverage is above 0 and at most 1, not {coverage:g}")
    right = v > 0.5
    if min(right.sum(), (~right).sum()) < _FEWEST:
        return Undecided(f"{int(right.sum())} right and {int((~right).sum())} wrong answers", f"{_FEWEST} of each")

    def gain(rows: Index) -> float:
        return selected(c[rows], v[rows], coverage) - float(v[rows].mean())

    low, high = bootstrap_interval(gain, c.size, seed=seed)
    every = np.arange(c.size)
    covered = np.arange(1, 21) / 20.0
    score = np.array([selected(c, v, share) for share in covered])
    measurements = (
        association_of("AUROC", auc(c[~right], c[right]), "Newcombe 2006, method 5", tolerated=(0.5, 1.0)),
        Measurement(f"gain at coverage {coverage:g}", gain(every), low, high, c.size, "bootstrap over items"),
        plain(f"score at coverage {coverage:g}", selected(c, v, coverage), c.size, "see the gain"),
        mean_of("score", v),
        plain("wrong answers above 95% of the right ones' confidence", fpr95(c, right), c.size, "FPR95"),
        plain("area under risk and coverage", float((1.0 - score).mean()), c.size, "mean risk over coverages"),
    )
    return AuditResult(measurements, Table({"coverage": covered, "score": score}))


def selected(confidence: Array, score: Array, coverage: float) -> float:
    """Mean score of the surest share of items; of those equally sure at the edge, their mean counts.

    Example:
        >>> selected(np.array([3.0, 2.0, 2.0, 1.0]), np.array([1.0, 1.0, 0.0, 0.0]), 0.5)
        0.75
    """
    wanted = max(coverage * confidence.size, 1e-9)
    edge = float(np.sort(confidence)[::-1][min(int(np.ceil(wanted - 1e-9)), confidence.size) - 1])
    above, level = confidence > edge, confidence == edge
    rest = wanted - float(above.sum())
    return float((score[above].sum() + rest * score[level].mean()) / wanted)


def fpr95(confidence: Array, right: np.ndarray) -> float:
    """Share of wrong answers whose confidence passes where 95% of right ones do; lower is better.

    Source: Liang, Li and Srikant 2018.

    Example:
        >>> fpr95(np.array([0.0, 1.0, 2.0, 3.0]), np.array([False, False, True, True]))
        0.0
    """
    edge = float(np.quantile(confidence[right], 0.05, method="lower"))
    return float((confidence[~right] >= edge).mean())


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("confidence", "how sure the answer is, any unit"),
        Column("correct", "whether it was right, or how good: 0 to 1"),
    ),
    look=confidence,
)
