"""Items that a shortcut solves: adversarial filtering by simple classifiers on features that are not trained for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Card, Table, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column
from forerun.evaluate.audits.measurements import mean_of, plain
from forerun.stats.logistic import logistic

CARD = Card(
    name="filter",
    does="Finds items whose answer simple classifiers tell from frozen features again and again, and says what "
    "accuracy they reach before and after such items leave.",
    source="Sakaguchi et al. 2020 (AFLite, WinoGrande); Le Bras et al. 2020",
    assumes="What a linear classifier of the features tells is a shortcut, not the skill that is to be measured.",
    needs="features and an answer of two kinds, 100 items",
    promises="Predictability is measured on items that a classifier was not fitted to.",
    known_answer="Planted items whose feature gives the answer away leave, and leave first.",
    control="Dropping as many items at random leaves the shortcut's accuracy where it was.",
)
_FEWEST = 100


def filter_items(
    features: ArrayLike,
    label: ArrayLike,
    *,
    threshold: float = 0.75,
    rounds: int = 32,
    share: float = 0.5,
    most: int = 0,
    seed: int = 0,
) -> AuditResult | Undecided:
    """Items to drop, in passes, until none is as predictable.

    Args:
        features: shape (n, p), frozen.
        label: shape (n,), 0 or 1.
        threshold: share of classifiers that must be right for an item to leave; 0.75 in the source.
        rounds: classifiers a pass; 64 in the source.
        share: of the items that a classifier is fitted to.
        most: that leave a pass at most; by default a tenth.
        seed: of the partitions.

    Returns:
        as rows the items that leave, first those that left first. Undecided with fewer than a hundred items.

    Raises:
        BadInput: labels that are not 0 and 1, or columns of different lengths.
    """
    x, y = np.asarray(features, np.float64), np.asarray(label, np.float64)
    if len(x) != y.size or not np.isin(y, (0.0, 1.0)).all():
        raise BadInput(f"every item needs features and a label 0 or 1, but there are {len(x)} and {y.size}")
    if y.size < _FEWEST or min(y.sum(), (1 - y).sum()) < 2:
        return Undecided(f"{y.size} items", f"{_FEWEST} items of both kinds or more")
    rng, stay = np.random.default_rng(seed), np.arange(y.size)
    most = most or max(1, y.size // 10)
    first = score = predictability(x, y, rounds, share, rng)
    gone: list[int] = []
    while (score >= threshold).any() and stay.size - most >= _FEWEST // 2:
        leave = np.argsort(-score, kind="stable")[:most]
        leave = leave[score[leave] >= threshold]
        gone += stay[leave].tolist()
        stay = np.delete(stay, leave)
        score = predictability(x[stay], y[stay], rounds, share, rng)
    drawn = rng.choice(y.size, stay.size, replace=False)
    at_random = predictability(x[drawn], y[drawn], rounds, share, rng)
    measurements = (
        mean_of("accuracy of the shortcut before", first),
        mean_of("accuracy of the shortcut after", score),
        mean_of("the same, as many dropped at random", at_random),
        plain("items that stay", float(stay.size), y.size, "none is predictable beyond the threshold"),
        plain(
            "accuracy of guessing after", float(max(y[stay].mean(), 1 - y[stay].mean())), stay.size, "commoner label"
        ),
    )
    rows = Table({"item": np.array(gone, float), "predictability": first[gone]})
    return AuditResult(measurements, rows, ("items that are told right by luck leave too: the first rows are surest",))


def predictability(x: Array, y: Array, rounds: int, share: float, rng: np.random.Generator) -> Array:
    """Share of classifiers that tell an item right, of those not fitted to it, shape (n,); 0.5 where there is none."""
    right, count = np.zeros(y.size), np.zeros(y.size)
    for _ in range(rounds):
        shown = rng.random(y.size) < share
        if np.unique(y[shown]).size < 2 or shown.all():
            continue
        guess = logistic(x[shown], y[shown]).chance(x[~shown]) > 0.5
        right[~shown] += guess == y[~shown]
        count[~shown] += 1.0
    return np.where(count > 0.0, right / np.maximum(count, 1.0), 0.5)


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("features", "of the item, frozen, such as an encoder's", "matrix"),
        Column("label", "the answer: 0 or 1"),
    ),
    look=filter_items,
)
