"""Does preference training rank answers as people do, and could it? Ranking accuracy beside what is reachable."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, BadInput, Card, Table
from forerun.evaluate.audits.audit import Audit, AuditResult, Column
from forerun.evaluate.audits.measurements import difference_of, mean_of
from forerun.evaluate.differences.over_items import over_items

CARD = Card(
    name="preferences",
    does="Says how many preference pairs a policy ranks rightly, how many an ideal one would, and how low the DPO loss "
    "of each pair must fall before it does.",
    source="Chen et al. 2024, Preference Learning Algorithms Do Not Learn Preference Rankings, theorems 3.1 and 4.1",
    assumes="Sums of log-probabilities of the same answers under policy and reference; preferences without ties.",
    needs="four log-probabilities a pair",
    promises="The theorems are exact; shares have Wilson's interval.",
    known_answer="A pair that the reference ranks wrongly by c is ranked rightly exactly when its loss is at most "
    "-log sigmoid(beta c), and the ideal policy ranks it rightly when c is below log(alpha / (1 - alpha)) / beta.",
    control="The untrained policy ranks as the reference does, and its loss is log 2 on every pair.",
)


def preferences(
    chosen: ArrayLike,
    rejected: ArrayLike,
    ref_chosen: ArrayLike,
    ref_rejected: ArrayLike,
    agreement: ArrayLike | None = None,
    *,
    beta: float = 0.1,
    alpha: float = 0.75,
) -> AuditResult:
    """Ranking accuracy of policy and reference, the ideal, and what each pair would take.

    Args:
        chosen, rejected: shape (n,), the policy's log-probability of the better and the worse answer.
        ref_chosen, ref_rejected: shape (n,), the reference's.
        agreement: shape (n,), share of people that prefer the chosen one; 1 is taken as 0.999.
        beta: of DPO; 0.1 is the common default.
        alpha: the share where it is not known; 0.75 in the source.

    Returns:
        as rows, hardest first, the loss at which each pair is ranked rightly, and where it stands.

    Raises:
        BadInput: columns of different lengths, or a beta or share out of range.

    Example:
        >>> result = preferences([-1.0, -3.0], [-2.0, -2.0], [-1.5, -5.0], [-2.0, -2.0])
        >>> result["ranking accuracy"].estimate, result["ranking accuracy of the reference"].estimate
        (0.5, 0.5)
    """
    better, worse, ref_better, ref_worse = (
        np.asarray(one, np.float64) for one in (chosen, rejected, ref_chosen, ref_rejected)
    )
    share = np.full(better.size, alpha) if agreement is None else np.minimum(np.asarray(agreement, np.float64), 0.999)
    if len({one.size for one in (better, worse, ref_better, ref_worse, share)}) != 1:
        raise BadInput("every pair needs four log-probabilities")
    if not beta > 0.0 or not ((share > 0.0) & (share < 1.0)).all():
        raise BadInput("beta must be above 0, and the share of people between 0 and 1")
    behind = ref_worse - ref_better
    right, before = (better >= worse).astype(float), (behind <= 0.0).astype(float)
    ideal = (special.logit(share) / beta - behind >= 0.0).astype(float)
    loss, needed = dpo_loss(better - ref_better, worse - ref_worse, beta), flip_loss(behind, beta)
    measurements = (
        mean_of("ranking accuracy", right),
        mean_of("ranking accuracy of the reference", before),
        mean_of("reachable ranking accuracy", ideal),
        difference_of("still reachable", over_items(ideal, right)),
        mean_of("wrong pairs of the reference that are flipped", right[before == 0.0])
        if (before == 0.0).sum() > 1 else mean_of("pairs", before),
    )  # fmt: skip
    order = np.argsort(needed, kind="stable")
    rows = {"pair": order.astype(float), "loss": loss[order], "loss_needed": needed[order], "right": right[order]}
    return AuditResult(measurements, Table(rows))


def dpo_loss(chosen_gain: ArrayLike, rejected_gain: ArrayLike, beta: float) -> Array:
    """The loss of DPO, of log-probability gained over the reference.

    Example:
        >>> dpo_loss([0.0], [0.0], 0.1).round(4).tolist()
        [0.6931]
    """
    margin = beta * (np.asarray(chosen_gain, np.float64) - np.asarray(rejected_gain, np.float64))
    return -np.asarray(special.log_expit(margin), np.float64)


def flip_loss(behind: ArrayLike, beta: float) -> Array:
    """The loss at or below which a pair is ranked rightly that the reference has behind by so much.

    Source: Chen et al. 2024, theorem 4.1.

    Example:
        >>> flip_loss([0.0, 10.0], 0.1).round(4).tolist()
        [0.6931, 0.3133]
    """
    return -np.asarray(special.log_expit(beta * np.asarray(behind, np.float64)), np.float64)


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("chosen", "the policy's log-probability of the preferred answer"),
        Column("rejected", "the policy's of the other"),
        Column("ref_chosen", "the reference's of the preferred answer"),
        Column("ref_rejected", "the reference's of the other"),
        Column("agreement", "share of people that prefer it", needed=False),
    ),
    look=preferences,
)
