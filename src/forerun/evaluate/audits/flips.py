"""How many wrong labels would turn a ranking of two systems over.

On items with right labels one system is ahead by c, on those with wrong ones, judged by corrected labels, by e. With a
share s of wrong labels it is ahead by (1 - s) c + s e, which is nothing at s = c / (c - e).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, BadInput, Card, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import difference_of, share_of
from forerun.evaluate.differences.over_items import over_items
from forerun.stats.bootstrap import Index, bootstrap_interval

CARD = Card(
    name="flips",
    does="Says at which share of wrong labels two systems change places, and whether the test set is beyond it.",
    source="Northcutt, Athalye and Mueller 2021, section 4",
    assumes="Corrected labels are right, and wrong labels are alike whatever their share.",
    needs="given and corrected labels and both systems' answers; 10 items with wrong labels",
    promises="The share at which they tie follows from two differences; its interval is of a bootstrap over items.",
    known_answer="Ahead by 0.1 on right labels and behind by 0.3 on wrong ones: they tie at one in four.",
    control="A system ahead on both has no share at which it is overtaken.",
)
Mask = NDArray[np.bool_]
_FEWEST = 10  # items with wrong labels; arbitrary


def flips(
    label: Sequence[str], corrected: Sequence[str], first: Sequence[str], second: Sequence[str], *, seed: int = 0
) -> AuditResult | Undecided:
    """Two systems by given and by corrected labels, and the share of wrong labels at which they tie.

    Args:
        label, corrected: shape (n,), the given label and the right one.
        first, second: shape (n,), the systems' answers.
        seed: of the bootstrap.

    Returns:
        the distance from the tie, which is faulty below 0: the ranking by these labels is not that by right ones.
        Undecided with fewer than ten wrong labels.

    Raises:
        BadInput: columns of different lengths.

    Example:
        >>> label, right = ["a"] * 100, ["a"] * 80 + ["b"] * 20
        >>> first, second = ["a"] * 90 + ["b"] * 10, ["b"] * 20 + ["a"] * 60 + ["b"] * 20
        >>> round(flips(label, right, first, second)["share at which they tie"].estimate, 3)
        0.333
    """
    columns = [np.asarray(one).astype(str) for one in (label, corrected, first, second)]
    if len({one.size for one in columns}) != 1:
        raise BadInput(f"columns must be of one length, but have {[one.size for one in columns]}")
    given, right, a, b = columns
    wrong, by_right = given != right, (a == right).astype(np.float64) - (b == right)
    if wrong.sum() < _FEWEST or wrong.all():
        return Undecided(f"{int(wrong.sum())} wrong labels of {given.size}", f"{_FEWEST} wrong ones, and right ones")
    measurements = [
        share_of("share of wrong labels", int(wrong.sum()), given.size),
        difference_of("first less second, given labels", over_items(a == given, b == given)),
        difference_of("first less second, right labels", over_items(a == right, b == right)),
    ]
    tie = _tie(by_right, wrong)
    if not np.isfinite(tie):
        return AuditResult(tuple(measurements), warnings=("no share of wrong labels would turn them over",))
    return AuditResult((*_distances(by_right, wrong, tie, seed), *measurements))


def _tie(ahead: Array, wrong: Mask) -> float:
    """The share at which they tie; NaN where one is ahead on both kinds of items."""
    c, e = float(ahead[~wrong].mean()), float(ahead[wrong].mean())
    return c / (c - e) if c * e < 0.0 else float("nan")


def _distances(ahead: Array, wrong: Mask, tie: float, seed: int) -> list[Measurement]:
    n, method = ahead.size, "bootstrap over items, right and wrong labels that tie in a draw"

    def share(rows: Index) -> float:
        return _tie(ahead[rows], wrong[rows])

    def distance(rows: Index) -> float:
        return share(rows) - float(wrong[rows].mean())

    spans: list[tuple[float, float] | tuple[None, None]] = []
    for statistic in (distance, share):
        try:
            spans.append(bootstrap_interval(statistic, n, seed=seed))
        except BadInput:
            spans.append((None, None))
    return [
        Measurement("share still to go until they tie", tie - float(wrong.mean()), *spans[0], n, method, (0.0, np.inf)),
        Measurement("share at which they tie", tie, *spans[1], n, method),
    ]


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("label", "the given label", "word"),
        Column("corrected", "the right label", "word"),
        Column("first", "what the first system answered", "word"),
        Column("second", "what the second system answered", "word"),
    ),
    look=flips,
)
