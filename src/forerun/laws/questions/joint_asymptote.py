"""What infinitely many members of infinite size would reach together at a fixed data set."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, BadInput, Card, Range, Table, Undecided
from forerun.laws.fitter import Fit, fit
from forerun.laws.question import Question, in_words
from forerun.laws.questions.asymptote import asymptote

CARD = Card(
    name="joint_asymptote",
    does="The loss that infinitely many members of infinite size would reach: asymptotes in members, then in size.",
    source="Kim et al. 2025 (Pre-training under infinite compute)",
    assumes="Members differ by seed and data order only; every size is tuned.",
    needs="Columns params, members and y; 4 sizes or more with 3 numbers of members each.",
    promises="An interval, as of `asymptote`.",
    known_answer="Losses E + A N^-α + B/K give E.",
    control="Close sizes leave it undecided, as they do `asymptote`.",
)


def joint_asymptote(table: Table, *, seed: int = 0) -> Range | Undecided:
    """What infinite ensembles of infinite models would reach: asymptotes in members by size, then in size.

    Args:
        table: columns params, members and y; 4 sizes or more with 3 numbers of members each.

    Raises:
        BadInput: a column is missing.
    """
    N = np.asarray(table.columns.get("params", ()), float)
    if N.size == 0:
        raise BadInput(f"joint_asymptote reads params, members and y; there are {', '.join(table.columns)}")
    fits = {n: fit("ensembles", table.take(n == N), seed=seed, judge_beyond=False) for n in np.unique(N)}
    floors = {n: made.params["E"] for n, made in fits.items() if isinstance(made, Fit)}
    made = fit("regularised", Table({"params": list(floors), "y": list(floors.values())}), seed=seed)
    return made if isinstance(made, Undecided) else asymptote(made)


def answer(table: Table, *, seed: int = 0) -> Answer | Undecided:
    """The asymptote, and each size's loss with infinitely many members."""
    level = joint_asymptote(table, seed=seed)
    if isinstance(level, Undecided):
        return level
    rows = {"params": table.columns["params"], "measured": table.columns["y"]}
    says = f"infinite ensembles of infinite models tend to {in_words(level)}"
    return Answer(CARD.name, "1", says, {"asymptote": level}, Table(rows))


QUESTION = Question(card=CARD, version="1", columns=("params", "members", "y"), answer=answer)
