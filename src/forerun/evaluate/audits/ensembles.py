"""Is the mean over example orders, prompts or seeds better calibrated than one of them?

The squared error of a mean is that of its members less their variance: the Brier score can only gain (Krogh and
Vedelsby 1995). Whether calibration does is measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Card
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.crossing import crossed_columns
from forerun.evaluate.audits.measurements import difference_of, mean_of, plain
from forerun.evaluate.differences.over_items import over_items
from forerun.stats.bootstrap import Index, bootstrap_interval
from forerun.stats.reliability import calibration_error

CARD = Card(
    name="ensembles",
    does="Says what averaging confidences over orders, prompts or seeds does to calibration, Brier score and accuracy.",
    source="Lakshminarayanan et al. 2017; Li et al. 2024, On Task Performance and Model Calibration",
    assumes="Every member answered every item.",
    needs="2 members and 30 items",
    promises="Brier gained is the members' variance, exactly; calibration error gained has a bootstrap over items.",
    known_answer="The Brier score gains the mean variance of the members' confidences.",
    control="Members that agree gain nothing.",
)


def ensembles(
    item: Sequence[str], member: Sequence[str], confidence: ArrayLike, outcome: ArrayLike, *, seed: int = 0
) -> AuditResult:
    """One member on average beside the mean of all.

    Args:
        item, member: shape (n,), which item, and which order, prompt or seed.
        confidence: shape (n,), 0 to 1, that outcome 1 holds.
        outcome: shape (n,), 0 or 1, the same for all members.
        seed: of the bootstrap.

    Raises:
        BadInput: a member that did not answer every item once, or outcomes of an item that differ.

    Example:
        >>> item, member = [str(i) for i in range(40)] * 2, ["a"] * 40 + ["b"] * 40
        >>> result = ensembles(item, member, [0.2] * 40 + [0.6] * 40, [0, 1] * 40)
        >>> round(result["Brier score gained"].estimate, 3)
        0.04
    """
    items, _, (p, outcomes) = crossed_columns(item, member, confidence, outcome, words=("item", "member"))
    y = _outcomes(items, outcomes)
    mean = p.mean(axis=1)
    singles, whole = ((p - y[:, None]) ** 2).mean(axis=1), (mean - y) ** 2

    def gained(rows: Index) -> float:
        return _single(p[rows], y[rows]) - calibration_error(mean[rows], y[rows], by="mass")

    low, high = bootstrap_interval(gained, y.size, draws=300, seed=seed)
    right = ((p > 0.5) == y[:, None]).mean(axis=1)
    measurements = (
        Measurement("calibration error gained", gained(np.arange(y.size)), low, high, y.size, "bootstrap over items"),
        difference_of("Brier score gained", over_items(singles, whole)),
        difference_of("accuracy gained", over_items((mean > 0.5) == y, right)),
        plain("calibration error of one", _single(p, y), y.size, "mean over members, 15 bins of equal mass"),
        plain("calibration error of all", calibration_error(mean, y, by="mass"), y.size, "of the mean"),
        mean_of("over-confidence of one", np.maximum(p, 1.0 - p).mean(axis=1) - right),
    )
    return AuditResult(measurements)


def _single(p: Array, y: Array) -> float:
    return float(np.mean([calibration_error(column, y, by="mass") for column in p.T]))


def _outcomes(items: list[str], outcomes: Array) -> Array:
    """The outcome of each item, which all members share."""
    apart = (outcomes != outcomes[:, :1]).any(axis=1)
    if apart.any():
        raise BadInput(f"the outcomes of item {items[int(apart.argmax())]} differ between members")
    return outcomes[:, 0]


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("item", "which item", "word"),
        Column("member", "which order, prompt or seed", "word"),
        Column("confidence", "that outcome 1 holds, 0 to 1"),
        Column("outcome", "whether it did: 0 or 1"),
    ),
    look=ensembles,
)
