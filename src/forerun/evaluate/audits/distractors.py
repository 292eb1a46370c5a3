"""Wrong answers with a reason: arithmetic done by named faulty procedures, and who can tell which one it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import BadInput, Card, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column
from forerun.evaluate.audits.measurements import difference_of, mean_of
from forerun.evaluate.differences.over_items import over_items

CARD = Card(
    name="distractors",
    does="Scores how often a system names the procedure behind right answers and behind wrong ones made by a fault.",
    source="Sonkar et al. 2024, MalAlgoQA: identification accuracies of right and of faulty rationales",
    assumes="Every item has a right answer and a wrong one that a named faulty procedure gives.",
    needs="for every item whether the right and the faulty procedure were named",
    promises="Paired over items, by Bonett and Price's interval.",
    known_answer="Subtracting the smaller digit from the larger in each column makes 52 - 17 = 45.",
    control="A system that names both alike has no gap.",
)


def _by_digits(a: int, b: int, column: Callable[[int, int], int]) -> int:
    """A number made column by column from the right, nothing carried."""
    width = max(len(str(a)), len(str(b)))
    pairs = zip(str(a).zfill(width), str(b).zfill(width), strict=True)
    return int("".join(str(column(int(x), int(y)) % 10) for x, y in pairs))


PROCEDURES: Mapping[str, tuple[str, Callable[[int, int], int]]] = {
    "no_carry": ("+", lambda a, b: _by_digits(a, b, lambda x, y: x + y)),
    "smaller_from_larger": ("-", lambda a, b: _by_digits(a, b, lambda x, y: abs(x - y))),
    "no_borrow": ("-", lambda a, b: _by_digits(a, b, lambda x, y: x - y)),
    "adds_instead": ("*", lambda a, b: a + b),
    "only_last_digit": ("*", lambda a, b: a * (b % 10)),
    "reversed": ("-", lambda a, b: b - a),
}
"""Faulty procedures by name: the operation that they stand in for, and what they make of two numbers."""
_RIGHT: Mapping[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
}  # fmt: skip


@dataclass(frozen=True)
class FaultyItem:
    """A question with the right answer, a wrong one, and the procedure that gives it."""

    question: str
    right: int
    wrong: int
    procedure: str


def faulty_items(n: int, *, digits: int = 2, seed: int = 0) -> list[FaultyItem]:
    """Items whose wrong answer differs from the right one and from what any other procedure gives.

    Args:
        n: items. digits: of the numbers, 2 or more. seed: of the numbers.

    Raises:
        BadInput: fewer than two digits: single digits carry nothing.

    Example:
        >>> one = faulty_items(1)[0]
        >>> one.right != one.wrong
        True
    """
    if digits < 2:
        raise BadInput(f"numbers need 2 digits or more to be carried, not {digits}")
    rng, items = np.random.default_rng(seed), list[FaultyItem]()
    names = list(PROCEDURES)
    while len(items) < n:
        name = names[len(items) % len(names)]
        b, a = sorted(int(v) for v in rng.integers(10 ** (digits - 1), 10**digits, 2))
        sign, procedure = PROCEDURES[name]
        right, wrong = _RIGHT[sign](a, b), procedure(a, b)
        others = {other(a, b) for key, (same, other) in PROCEDURES.items() if key != name and same == sign}
        if wrong != right and wrong not in others:
            items.append(FaultyItem(f"{a} {sign} {b}", right, wrong, name))
    return items


def distractors(
    right_named: ArrayLike, faulty_named: ArrayLike, procedure: Sequence[str] | None = None
) -> AuditResult | Undecided:
    """Identification accuracy of right and of faulty procedures, and the gap.

    Args:
        right_named: shape (n,), 1 where the right procedure was named for the right answer.
        faulty_named: shape (n,), 1 where the faulty one was named for the wrong answer.
        procedure: shape (n,), the faulty procedure's name, for accuracies by it.

    Returns:
        Undecided of fewer than two items.

    Raises:
        BadInput: columns of different lengths.

    Example:
        >>> distractors([1, 1, 1, 0], [1, 0, 0, 0])["right less faulty"].estimate
        0.5
    """
    right, faulty = np.asarray(right_named, np.float64), np.asarray(faulty_named, np.float64)
    if right.size < 2:
        return Undecided(f"{right.size} items", "2 items or more")
    gap = difference_of("right less faulty", over_items(right, faulty))
    measurements = [gap, mean_of("right procedures named", right), mean_of("faulty procedures named", faulty)]
    names = np.asarray([] if procedure is None else procedure).astype(str)
    measurements += [mean_of(f"named: {name}", faulty[names == name]) for name in np.unique(names).tolist()]
    return AuditResult(tuple(measurements))


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("right_named", "whether the right procedure was named: 0 or 1"),
        Column("faulty_named", "whether the faulty one was: 0 or 1"),
        Column("procedure", "the faulty procedure", "word", needed=False),
    ),
    look=distractors,
)
