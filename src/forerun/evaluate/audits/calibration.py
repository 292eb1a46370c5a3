"""Do things happen as often as confidences say, and is what is missing more than chance?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Card, Table, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import association_of, mean_of, plain
from forerun.stats.bootstrap import Index, bootstrap_interval
from forerun.stats.proportions import proportion_interval
from forerun.stats.ranks import auc
from forerun.stats.reliability import calibration_error, calibration_test, reliability
from forerun.stats.smooth_calibration import smooth_calibration_error

CARD = Card(
    name="calibration",
    does="Says whether outcomes happen as often as confidences say: errors with and without what chance adds, a test.",
    source="Guo et al. 2017; Kumar, Liang and Ma 2019; Błasiok and Nakkiran 2023; Bröcker and Smith 2007",
    assumes="Items are independent, or stand in the groups that are given.",
    needs="30 items with a confidence and an outcome",
    promises="Intervals of the error hold in 93% or more of simulated sets, and the test calls at most 5% of right "
    "confidences off; measured in evidence/audits.",
    known_answer="Confidences of 0.9 that are right half of the time are 0.4 off by every error.",
    control="Confidences that outcomes were drawn from are not called faulty, though their plain error is above 0.",
)
_FEWEST = 30  # items below which bins hold so few that no error means anything; arbitrary


def calibration(
    confidence: ArrayLike,
    outcome: ArrayLike,
    group: ArrayLike | None = None,
    *,
    tolerated: float = 0.05,
    bins: int = 15,
    seed: int = 0,
) -> AuditResult | Undecided:
    """How far confidences are from frequencies, and whether that is more than chance.

    Args:
        confidence: shape (n,), 0 to 1.
        outcome: shape (n,), 0 or 1.
        group: shape (n,), items that belong together; None where each stands alone.
        tolerated: error that does no harm; arbitrary.
        bins: of equal mass.
        seed: of what is drawn.

    Returns:
        errors, over-confidence, the test, Brier score and AUROC; as rows the reliability table. Undecided under 30.

    Raises:
        BadInput: shapes that differ, or values out of range.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> p = rng.random(2000)
        >>> calibration(p, rng.random(2000) < p).verdict
        'sound'
    """
    p, y = np.asarray(confidence, np.float64), np.asarray(outcome, np.float64)
    table = reliability(p, y, bins=bins, by="mass")
    if p.size < _FEWEST:
        return Undecided(f"{p.size} items", f"{_FEWEST} items or more")
    test = calibration_test(p, y, bins=bins, by="mass", rng=np.random.default_rng(seed))
    measurements = (
        _debiased(p, y, group, tolerated, bins, seed),
        mean_of("over-confidence", p - y, group, tolerated=(-tolerated, tolerated)),
        plain("expected calibration error", test.error, p.size, f"of {bins} bins of equal mass; chance adds to it"),
        plain("the same by chance alone", test.expected, p.size, "mean where confidences are right"),
        plain("p-value", test.p_value, p.size, "outcomes drawn from the confidences"),
        plain("smooth calibration error", smooth_calibration_error(p, y), p.size, "no bins; chance adds to it"),
        plain("largest gap", calibration_error(p, y, norm="max", bins=bins, by="mass"), p.size, "of a bin"),
        mean_of("Brier score", (p - y) ** 2, group),
        association_of("AUROC", auc(p[y == 0], p[y == 1]), "Newcombe 2006, method 5"),
    )
    low, high = proportion_interval(table.frequency * table.count, table.count)
    rows = {
        "count": table.count,
        "confidence": table.confidence,
        "frequency": table.frequency,
        "low": low,
        "high": high,
    }
    return AuditResult(measurements, Table(rows))


def _debiased(p: Array, y: Array, group: ArrayLike | None, tolerated: float, bins: int, seed: int) -> Measurement:
    """The root mean square error less chance. Its square is what is drawn anew: a root at 0 has no usable interval."""

    def squared(rows: Index, debiased: bool = True) -> float:
        return _squared(p[rows], y[rows], bins, debiased)

    every = np.arange(p.size)
    estimate = squared(every)
    low, high = bootstrap_interval(squared, p.size, groups=group, draws=300, seed=seed, kind="basic",
                                   around=squared(every, debiased=False))  # fmt: skip
    low, high = (float(np.sqrt(max(v, 0.0))) for v in (low, high))
    return Measurement("calibration error less chance", float(np.sqrt(max(estimate, 0.0))), low, high, p.size,
                    f"basic bootstrap of the debiased square, {bins} bins of equal mass", (0.0, tolerated))  # fmt: skip


def _squared(p: Array, y: Array, bins: int, debiased: bool) -> float:
    """Mean squared gap; debiased, what chance adds is taken away even where less than nothing is left."""
    table = reliability(p, y, bins=bins, by="mass")
    gap, weight, f = table.confidence - table.frequency, table.count / p.size, table.frequency
    chance = f * (1.0 - f) / np.maximum(table.count - 1.0, 1.0) if debiased else 0.0
    return float(weight @ (gap**2 - chance))


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("confidence", "how sure, 0 to 1, that the answer is right"),
        Column("outcome", "whether it was: 0 or 1"),
        Column("group", "items that belong together, such as questions on one text", "word", needed=False),
    ),
    look=calibration,
)
