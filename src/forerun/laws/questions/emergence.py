"""How a score moves with size: steadily (linearity) or at once (breakthroughness)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Answer, Array, BadInput, Card, Table, Undecided
from forerun.core.display import number
from forerun.laws.question import Question

CARD = Card(
    name="emergence",
    does="How a score moves with size: steadily (linearity) or at once (breakthroughness).",
    source="Srivastava et al. 2022 (BIG-bench), appendix B, the form as others implement it",
    assumes="Sizes even in their logarithm; the same sizes where tasks are compared.",
    needs="Columns size and score; 2 sizes or more, several scores of a size are averaged.",
    promises="Closed forms, tests. On a trained ladder three seeds do not tell tasks of several steps from memory: "
    "evidence/laws/trained_suite.md.",
    known_answer="m equal steps give m, one jump among m steps √m and the cap.",
    control="A score that does not move gives 0.",
)
CAP = 100.0
"""Breakthroughness is cut here: it has no bound where most sizes change nothing; arbitrary, as others do."""


def _steps(score: ArrayLike) -> tuple[float, Array]:
    y = np.asarray(score, float)
    if y.ndim != 1 or y.size < 2 or not np.isfinite(y).all():
        raise BadInput(f"scores must be 2 or more finite numbers, ordered by model size, but are {y.tolist()}")
    improvement = float(np.sign(int(y.argmax()) - int(y.argmin())) * (y.max() - y.min()))
    return improvement, np.diff(y)


def _ratio(improvement: float, step: float, cap: float) -> float:
    if improvement == 0.0:
        return 0.0
    return float(np.clip(improvement / step if step > 0 else np.sign(improvement) * np.inf, -cap, cap))


def linearity(score: ArrayLike, *, cap: float = CAP) -> float:
    """How steadily a score improves with size: improvement over the root mean square of steps.

    m equal steps give m, one jump among m steps √m; negative where the best is smaller than the worst, 0 where nothing
    moves. It counts the sizes: compare scores over the same ones.

    Args:
        score: shape (sizes,), ordered by model size, even in its logarithm.
        cap: largest size of the answer.

    Raises:
        BadInput: fewer than 2 scores, or one that is not finite.

    Source: Srivastava et al. 2022 (BIG-bench), appendix B, the form as others implement it; checked on closed forms.

    Example:
        >>> linearity([0.1, 0.2, 0.3, 0.4]), linearity([0.0, 0.0, 0.0, 0.0, 1.0])
        (3.0..., 2.0)
    """
    improvement, steps = _steps(score)
    return _ratio(improvement, float(np.sqrt((steps**2).mean())), cap)


def breakthroughness(score: ArrayLike, *, cap: float = CAP) -> float:
    """How suddenly a score improves with size: improvement over the root median square of steps.

    m equal steps give m, one jump among 3 or more steps the cap. Jumps are often the metric's: look at a likelihood
    beside an exact match before believing in one.

    Args, Raises, Source: as for `linearity`.

    Example:
        >>> breakthroughness([0.1, 0.2, 0.3, 0.4]), breakthroughness([0.0, 0.0, 0.0, 0.0, 1.0])
        (3.0..., 100.0)
    """
    improvement, steps = _steps(score)
    return _ratio(improvement, float(np.sqrt(np.median(steps**2))), cap)


def answer(table: Table, *, cap: float = CAP) -> Answer | Undecided:
    """Both numbers, of the mean score by size."""
    size, which = np.unique(np.asarray(table.columns["size"], float), return_inverse=True)
    score = np.bincount(which, np.asarray(table.columns["score"], float)) / np.bincount(which)
    values = {"linearity": linearity(score, cap=cap), "breakthroughness": breakthroughness(score, cap=cap)}
    says = f"linearity {number(values['linearity'])}, breakthroughness {number(values['breakthroughness'])}"
    return Answer(CARD.name, "1", says, values, Table({"size": size, "measured": score}))


QUESTION = Question(card=CARD, version="1", columns=("size", "score"), answer=answer)
