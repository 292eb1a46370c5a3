"""Does a system follow the instruction, or its habits? Labels renamed naturally, neutrally, and the wrong way round."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import BadInput, Card, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column
from forerun.evaluate.audits.measurements import difference_of, mean_of
from forerun.evaluate.differences.over_items import over_items

CARD = Card(
    name="verbalizers",
    does="Compares accuracy with natural, neutral and flipped words for the labels: who follows instructions keeps it.",
    source="Li et al. 2024, Instruction-following Evaluation through Verbalizer Manipulation",
    assumes="The same items are asked with each kind of words, and the instruction says which word means what.",
    needs="scores of the same items with natural and with flipped words",
    promises="Sound means above chance with flipped words, faulty below it: the habit beats the instruction.",
    known_answer="A system that answers by habit is right with natural words and wrong with flipped ones, always.",
    control="A system that follows the instruction scores alike with all words.",
)
_KINDS = ("natural", "neutral", "flipped")


def verbalizers(
    item: Sequence[str], words: Sequence[str], score: ArrayLike, *, chance: float = 0.5
) -> AuditResult | Undecided:
    """Accuracy by kind of label words, and what flipping them costs.

    Args:
        item: shape (n,), which item.
        words: shape (n,), ``natural``, ``neutral`` or ``flipped``.
        score: shape (n,), 0 or 1.
        chance: accuracy of guessing.

    Returns:
        Undecided without flipped words.

    Raises:
        BadInput: words of another kind, or items that were not asked with both.

    Example:
        >>> result = verbalizers(["1", "2"] * 2, ["natural"] * 2 + ["flipped"] * 2, [1, 1, 0, 0])
        >>> result["cost of flipping"].estimate
        1.0
    """
    kinds, items, v = np.asarray(words).astype(str), np.asarray(item).astype(str), np.asarray(score, np.float64)
    if unknown := sorted(set(kinds.tolist()) - set(_KINDS)):
        raise BadInput(f"words are {', '.join(_KINDS)}, not {unknown[0]!r}")
    if not {"natural", "flipped"} <= set(kinds.tolist()):
        return Undecided(f"only {', '.join(np.unique(kinds))} words", "the same items with flipped words")
    by = {kind: _means(items[kinds == kind], v[kinds == kind]) for kind in _KINDS if (kinds == kind).any()}
    if list(by["natural"]) != list(by["flipped"]):
        raise BadInput("natural and flipped words must be asked of the same items")
    cost = over_items(list(by["natural"].values()), list(by["flipped"].values()))
    measurements = [
        mean_of("accuracy with flipped words", list(by["flipped"].values()), tolerated=(chance, 1.0)),
        difference_of("cost of flipping", cost),
        *(mean_of(f"accuracy with {kind} words", list(one.values())) for kind, one in by.items() if kind != "flipped"),
    ]
    return AuditResult(tuple(measurements))


def _means(items: np.ndarray, v: np.ndarray) -> dict[str, float]:
    names, of = np.unique(items, return_inverse=True)
    return dict(zip(names.tolist(), (np.bincount(of, v) / np.bincount(of)).tolist(), strict=True))


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("item", "which item", "word"),
        Column("words", "natural, neutral or flipped", "word"),
        Column("score", "whether the answer was right: 0 or 1"),
    ),
    look=verbalizers,
)
