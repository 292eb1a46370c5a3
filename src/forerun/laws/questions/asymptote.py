"""What infinite parameters, infinitely many members, or both, would reach at a fixed data set."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, BadInput, Card, Range, Table, Undecided
from forerun.laws.fitter import Fit, fit
from forerun.laws.fitter.rows import beside
from forerun.laws.question import Question, in_words

CARD = Card(
    name="asymptote",
    does="The loss that a law tends to as its sizes grow without end.",
    source="read off the irreducible part of a fitted law; Kim et al. 2025 for regularised sizes and ensembles",
    assumes="The law holds far beyond the data; a factor of 1.25 either way is the most that is called known.",
    needs="The columns of a law with an irreducible part and y.",
    promises="An interval widened by the law's misfit one span beyond the data.",
    known_answer="A law E + A N^-α without noise gives E.",
    control="Sizes within a factor of 2 with noise leave it undecided.",
)
_WITH_ASYMPTOTE = "regularised", "ensembles", "chinchilla", "rectified", "data_constrained", "broken"
_MOST = 0.25  # half-width of a range, of its estimate, beyond which an asymptote is not known


def asymptote(made: Fit) -> Range | Undecided:
    """The loss that a fitted law tends to, 80% of the draws, widened by the law's misfit at one span beyond.

    Args:
        made: a fit of a law with an irreducible part (``E`` or ``a``).

    Returns:
        A `Range` in the fitted unit; `Undecided` where the data do not tell it to a quarter of itself.

    Raises:
        BadInput: the law has no asymptote.

    Example:
        >>> N = np.geomspace(1e7, 1e9, 8)
        >>> range_ = asymptote(fit("regularised", Table({"params": N, "y": 3.2 + 900 * N**-0.45})))
        >>> round(range_.estimate, 2)
        3.2
    """
    if made.law not in _WITH_ASYMPTOTE:
        raise BadInput(f"law {made.law!r} tends to no asymptote; those that do: {', '.join(_WITH_ASYMPTOTE)}")
    level = made.derived(lambda p: p[:, 0], "y")
    wide = float(np.exp(np.hypot(np.log(level.high / level.low) / 2.0, 1.2816 * made.misfit)))
    middle = made.params[next(iter(made.params))]
    if made.report.at_bound:
        return Undecided(f"{', '.join(made.report.at_bound)} ended at a bound", "sizes further apart, or larger")
    if wide - 1.0 > _MOST:
        return Undecided(f"the asymptote lies within a factor {wide:.2f} of {middle:.4g}", "larger sizes")
    return Range(middle, middle / wide, middle * wide, "y")


def answer(table: Table, *, law: str = "regularised", seed: int = 0) -> Answer | Undecided:
    """The asymptote of a law fitted to the table."""
    made = fit(law, table, seed=seed)
    if isinstance(made, Undecided):
        return made
    level = asymptote(made)
    if isinstance(level, Undecided):
        return level
    says = f"{law} tends to {in_words(level)}"
    return Answer(
        CARD.name, "1", says, {"asymptote": level}, beside(made, table, made.formula.inputs[0]), made.warnings
    )


QUESTION = Question(card=CARD, version="1", columns=("y",), answer=answer)
