"""How many labels of a test set are wrong, and which: the confident joint of labels and out-of-sample probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import BadInput, Card, Table
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import plain
from forerun.stats.bootstrap import Index, bootstrap_interval
from forerun.stats.confident_joint import confident_class, confident_joint, label_noise, suspects

CARD = Card(
    name="labels",
    does="Estimates the share of wrong labels of a test set and lists the items to look at, the surest errors first.",
    source="Northcutt, Jiang and Chuang 2021; Northcutt, Athalye and Mueller 2021",
    assumes="The model that gave the probabilities was not trained on these labels, and errs less than half of the "
    "time on every class.",
    needs="a label and a probability of every class for each item, each class labelled at least once",
    promises="With ideal probabilities the count of errors is exact; with a model's it is as good as the model.",
    known_answer="The joints of MNIST, CIFAR-10, 20 Newsgroups and IMDB that were published with their probabilities.",
    control="Labels that the probabilities agree with have no suspects.",
)


def labels(
    label: ArrayLike, probabilities: ArrayLike, *, tolerated: float = 0.01, draws: int = 200, seed: int = 0
) -> AuditResult:
    """The share of wrong labels, and the items whose label is doubted.

    Args:
        label: shape (n,), classes from 0.
        probabilities: shape (n, classes), of a model that was not trained on these items.
        tolerated: share of wrong labels that does no harm; arbitrary.
        draws: of the bootstrap over items.
        seed: of the draws.

    Returns:
        the estimated share and the number of suspects; as rows the suspects.

    Raises:
        BadInput: labels or probabilities that do not fit.

    Example:
        >>> p = np.repeat([[0.9, 0.1], [0.1, 0.9]], 50, axis=0)
        >>> result = labels([0] * 48 + [1] * 52, p)
        >>> result["suspects"].estimate, result.rows.columns["item"].tolist()
        (2.0, [48.0, 49.0])
    """
    y, p = np.asarray(label).astype(np.intp), np.asarray(probabilities, np.float64)
    if not np.array_equal(y, np.asarray(label, np.float64)):
        raise BadInput("labels must be whole numbers from 0, the places of their probabilities")
    joint, first = confident_joint(y, p), suspects(y, p)

    def wrong(rows: Index) -> float:
        noise = label_noise(y[rows], p[rows]) if np.unique(y[rows]).size == p.shape[1] else np.full((1, 1), np.nan)
        return float(noise.sum() - np.trace(noise))

    low, high = bootstrap_interval(wrong, y.size, draws=draws, seed=seed)
    share = Measurement("share of wrong labels", wrong(np.arange(y.size)), low, high, y.size,
                     "calibrated confident joint, bootstrap over items", (0.0, tolerated))  # fmt: skip
    other = confident_class(y, p)[first]
    rows = {
        "item": first.astype(np.float64), "given": y[first].astype(np.float64), "speaks_for": other.astype(np.float64),
        "p_given": p[first, y[first]], "p_other": p[first, other],
    }  # fmt: skip
    count = plain("suspects", float(joint.sum() - np.trace(joint)), y.size, "off the diagonal of the confident joint")
    agree = plain("labels that the model agrees with", float((p.argmax(axis=1) == y).mean()), y.size, "accuracy")
    warnings = ("as good as the model's probabilities: have people look at the first rows",)
    return AuditResult((share, count, agree), Table(rows), warnings)


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("label", "the given class, a whole number from 0"),
        Column("probabilities", "of every class, by a model not trained on the item", "matrix"),
    ),
    look=labels,
)
