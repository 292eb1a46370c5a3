"""How many tries at inference each group of tasks should get within a budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Answer, Array, BadInput, Card, Table, Undecided
from forerun.laws.question import Question
from forerun.laws.questions.tries import best_of

CARD = Card(
    name="tries_budget",
    does="The tries for each group of difficulty that score most within a mean number of tries an item.",
    source="derived: greedy along the concave hull of each group's best-of-n curve",
    assumes="Rates of groups are known; one verifier picks.",
    needs="Columns rate (of success of one try) and share (of the items), one row a group; settings budget, most, auc.",
    promises="On concave curves no plan of the cost is better by a hundredth (test over every plan).",
    known_answer="Two groups by hand.",
    control="A budget of one try an item leaves one try each.",
)


@dataclass(frozen=True, eq=False)
class TriesPlan:
    """How many tries each group of items gets.

    Args:
        tries: shape (groups,). expected: the mean score so reached. cost: mean tries an item.
        even: the mean score of the best even plan that costs no more.
    """

    tries: Array
    expected: float
    cost: float
    even: float


def allocate(gain: ArrayLike, tries: ArrayLike, share: ArrayLike, budget: float) -> TriesPlan:
    """The tries for each group of items (a bin of difficulty) that score most within a budget.

    Tries are handed out where the next ones add most per cost, along the concave hull of each group's curve; what the
    hull leaves of the budget goes to the best step that still fits.

    Args:
        gain: shape (groups, choices), score of each group at each number of tries.
        tries: shape (choices,), strictly increasing, the first what every item gets.
        share: shape (groups,), of the items; they are made to sum to 1.
        budget: mean tries an item.

    Raises:
        BadInput: shapes that do not fit, tries that do not increase, or a budget below the first choice.

    Example:
        >>> plan = allocate([[0.9, 0.91, 0.92], [0.2, 0.5, 0.6]], [1, 4, 16], [0.5, 0.5], budget=3)
        >>> plan.tries.tolist(), round(plan.expected, 3), round(plan.even, 3)
        ([1.0, 4.0], 0.7, 0.55)
    """
    y, k, w = np.asarray(gain, float), np.asarray(tries, float), np.asarray(share, float)
    if y.ndim != 2 or y.shape != (w.size, k.size) or (np.diff(k) <= 0).any() or (w < 0).any() or w.sum() <= 0:
        raise BadInput(f"gain must be (groups, choices) for {w.size} shares and {k.size} increasing tries: {y.shape}")
    if budget < k[0]:
        raise BadInput(f"the budget of {budget:g} tries an item is below the first choice, {k[0]:g}")
    w = w / w.sum()
    at, spent = np.zeros(w.size, int), float(k[0])
    while True:
        step = _best_step(y, k, w, at, budget - spent)
        if step is None:
            break
        group, to = step
        spent += float(w[group] * (k[to] - k[at[group]]))
        at[group] = to
    even = max(float(w @ y[:, j]) for j in range(k.size) if k[j] <= budget)
    expected = float(w @ y[np.arange(w.size), at])
    return TriesPlan(k[at], expected, spent, even)


def _best_step(y: Array, k: Array, w: Array, at: NDArray[np.int_], left: float) -> tuple[int, int] | None:
    """The move of one group to more tries that adds most score per cost and fits; None where none adds any."""
    cost = w[:, None] * (k[None, :] - k[at][:, None])
    adds = w[:, None] * (y - y[np.arange(w.size), at][:, None])
    allowed = (cost > 0) & (cost <= left * (1 + 1e-12)) & (adds > 0)
    if not allowed.any():
        return None
    worth = np.where(allowed, adds / np.where(cost > 0, cost, 1.0), -np.inf)
    group, to = np.unravel_index(int(np.argmax(worth)), worth.shape)
    return int(group), int(to)


def answer(table: Table, *, budget: float, most: int = 64, auc: float = 1.0) -> Answer | Undecided:
    """The plan, beside the best even one."""
    rate, share = (np.asarray(table.columns[name], float) for name in ("rate", "share"))
    choices = np.unique(np.round(np.geomspace(1, most, 24)))
    plan = allocate(best_of(rate[:, None], choices, auc=auc), choices, share, budget)
    values = {"expected": plan.expected, "even": plan.even, "cost": plan.cost}
    says = f"{plan.expected:.3f} of the items against {plan.even:.3f} with as many tries for each"
    rows = Table({"rate": rate, "share": share, "predicted": plan.tries}).take(np.argsort(rate, kind="stable"))
    return Answer(CARD.name, "1", says, values, rows)


QUESTION = Question(card=CARD, version="1", columns=("rate", "share"), answer=answer)
