"""A judge of two answers that is shown both orders: does it like a place, and which items should a person see?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, BadInput, Card, Table
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import difference_of, mean_of
from forerun.evaluate.differences.over_items import over_items

CARD = Card(
    name="judge",
    does="Says whether a judge of two answers likes a place, how often swapping changes its verdict, who wins with "
    "places balanced, and which items a person should see.",
    source="Wang et al. 2023, Large Language Models are not Fair Evaluators",
    assumes="Every item is judged in both orders, once or as often in each.",
    needs="verdicts of 2 items or more in both orders",
    promises="Intervals are those of paired items: Bonett-Price of single verdicts, else cluster-robust t.",
    known_answer="A judge that takes the first answer 66 times of 80 and follows quality else is found with that rate.",
    control="A judge that decides by the answers alone conflicts nowhere and is called sound.",
)
Words = NDArray[np.str_]
_WORTH = {"a": 1.0, "b": 0.0, "tie": 0.5}
_TO_PEOPLE = 0.2  # share of items; Wang et al. 2023


def judge(
    a_first: Sequence[str],
    b_first: Sequence[str],
    item: Sequence[str] | None = None,
    gold: Sequence[str] | None = None,
    *,
    tolerated: float = 0.05,
    people: float = _TO_PEOPLE,
) -> AuditResult:
    """Position bias, conflicts, the balanced winner, and the items to send to people.

    Args:
        a_first, b_first: shape (n,), who wins, ``a``, ``b`` or ``tie``, when the answer of A or that of B is shown
            first.
        item: shape (n,), which item a row judges; rows of one item are tries. None where each is its own.
        gold: shape (n,), what people say of the item.
        tolerated: win rate that the first place may be worth; arbitrary.
        people: share of items to send to people.

    Returns:
        as rows the items by the entropy of their verdicts, highest first, with whether to send them.

    Raises:
        BadInput: a verdict that is none of the three, or columns of different lengths.

    Example:
        >>> result = judge(["a"] * 30 + ["b"] * 10, ["b"] * 30 + ["b"] * 10)
        >>> result["win rate that the first place gains"].estimate, result["conflict rate"].estimate
        (0.75, 0.75)
    """
    a, b = _worth(a_first, "a_first"), _worth(b_first, "b_first")
    if a.size != b.size:
        raise BadInput(f"every item needs both orders, but there are {a.size} and {b.size} verdicts")
    items = np.arange(a.size).astype(str) if item is None else np.asarray(item).astype(str)
    groups = None if np.unique(items).size == items.size else items
    measurements = [
        difference_of("win rate that the first place gains", over_items(a, b, groups=groups),
                      tolerated=(-tolerated, tolerated)),
        mean_of("conflict rate", (a != b).astype(float), groups),
        mean_of("win rate of A, places balanced", (a + b) / 2.0, groups),
        mean_of("win rate of A shown first", a, groups),
        mean_of("win rate of A shown second", b, groups),
    ]  # fmt: skip
    if gold is not None:
        measurements += _by_people(a, b, _worth(gold, "gold"), items)
    return AuditResult(tuple(measurements), _to_people(a, b, items, people))


def _worth(verdicts: Sequence[str], column: str) -> Array:
    words = [str(word).strip().lower() for word in verdicts]
    if unknown := [row for row, word in enumerate(words) if word not in _WORTH]:
        raise BadInput(f"a verdict is a, b or tie, but {column}[{unknown[0]}] is {words[unknown[0]]!r}")
    return np.array([_WORTH[word] for word in words])


def _by_people(a: Array, b: Array, gold: Array, items: Words) -> list[Measurement]:
    """Agreement with people by the majority of all tries, and of those in one order; half where it is a tie."""
    _, of, count = np.unique(items, return_inverse=True, return_counts=True)
    mean_a, mean_b, truth = (np.bincount(of, one) / count for one in (a, b, gold))
    balanced = _agreement((mean_a + mean_b) / 2.0, truth)
    single = (_agreement(mean_a, truth) + _agreement(mean_b, truth)) / 2.0
    return [
        difference_of("agreement with people gained by balancing", over_items(balanced, single)),
        mean_of("agreement with people, places balanced", balanced),
        mean_of("agreement with people, one order", single),
    ]


def _agreement(verdict: Array, gold: Array) -> Array:
    return 1.0 - np.abs(np.sign(verdict - 0.5) - np.sign(gold - 0.5)) / 2.0


def _to_people(a: Array, b: Array, items: Words, share: float) -> Table:
    names, of, count = np.unique(items, return_inverse=True, return_counts=True)
    verdicts = [sum(np.bincount(of, one == worth, names.size) for one in (a, b)) / (2.0 * count)
                for worth in (1.0, 0.5, 0.0)]  # fmt: skip
    entropy = -np.sum([p * np.log(np.maximum(p, 1e-300)) for p in verdicts], axis=0)
    order = np.argsort(-entropy, kind="stable")
    sent = np.arange(names.size) < round(share * names.size)
    return Table({
        "item": names[order].tolist(), "entropy": entropy[order], "a": verdicts[0][order], "tie": verdicts[1][order],
        "b": verdicts[2][order], "to_people": sent.astype(float),
    })  # fmt: skip


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("a_first", "who wins when A's answer is shown first: a, b or tie", "word"),
        Column("b_first", "who wins when B's answer is shown first", "word"),
        Column("item", "which item a row judges, where there are several tries", "word", needed=False),
        Column("gold", "who wins by people's judgement", "word", needed=False),
    ),
    look=judge,
)
