"""Was a model trained on a run's data in its order? What came late is remembered better than what came early."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import BadInput, Card, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column
from forerun.evaluate.audits.measurements import association_of, plain
from forerun.stats.ranks import rank_correlation

CARD = Card(
    name="provenance",
    does="Tests whether a model descends from a training run, from the logged order of examples and its likelihoods.",
    source="Kuditipudi et al. 2025, Blackbox Model Provenance via Palimpsestic Membership Inference",
    assumes="The order was shuffled before training, so that it is independent of any other model.",
    needs="20 examples with their place in the order and log-likelihoods of the suspect; better with a reference's",
    promises="P-values of models trained in another order are uniform: the order is random, so the test is exact.",
    known_answer="A linear model trained in one pass in this order has p below 1e-3.",
    control="Models trained in another shuffle of the same examples have p below 0.05 in 5% of cases.",
)
_FEWEST = 20


def provenance(order: ArrayLike, likelihood: ArrayLike, reference: ArrayLike | None = None) -> AuditResult | Undecided:
    """The correlation of likelihood with training order, and its p-value.

    Args:
        order: shape (n,), place of an example in training, later is larger.
        likelihood: shape (n,), log-likelihood of the example under the suspect.
        reference: shape (n,), the same under a model that is surely independent, which takes away how hard an example
            is.

    Returns:
        Undecided with fewer than twenty examples.

    Raises:
        BadInput: columns of different lengths.

    Example:
        >>> result = provenance(range(100), [0.01 * i for i in range(100)])
        >>> result["p-value, one-sided"].estimate < 1e-3
        True
    """
    place, value = np.asarray(order, np.float64), np.asarray(likelihood, np.float64)
    base = np.zeros(value.size) if reference is None else np.asarray(reference, np.float64)
    if not place.shape == value.shape == base.shape:
        raise BadInput(f"columns must be of one length, but have {place.size}, {value.size} and {base.size}")
    if place.size < _FEWEST:
        return Undecided(f"{place.size} examples", f"{_FEWEST} examples or more")
    correlation = rank_correlation(place, value - base)
    if isinstance(correlation, Undecided):
        return correlation
    r, df = correlation.value, place.size - 2
    t = r * np.sqrt(df / max(1.0 - r * r, 1e-300))
    p = float(special.stdtr(df, -t))
    method = "Spearman" if reference is None else "Spearman, less a reference's likelihood"
    measurements = (
        association_of("correlation of likelihood with order", correlation, method),
        plain("p-value, one-sided", p, place.size, "Student's t of the rank correlation"),
    )
    return AuditResult(measurements)


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("order", "place of the example in training"),
        Column("likelihood", "its log-likelihood under the suspect"),
        Column("reference", "the same under an independent model", needed=False),
    ),
    look=provenance,
)
