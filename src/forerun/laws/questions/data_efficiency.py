"""How many times the data a standard recipe would need to reach a loss."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, BadInput, Card, Range, Table, Undecided
from forerun.laws.fitter import Fit, fit
from forerun.laws.fitter.rows import beside
from forerun.laws.question import Question, in_words

CARD = Card(
    name="data_efficiency",
    does="How many times the data a standard recipe would need to reach a loss that another recipe reached.",
    source="Kim et al. 2025 (Pre-training under infinite compute)",
    assumes="The standard recipe follows its law that far.",
    needs="Columns of sample_size or rectified and y, of the standard recipe; settings reached and tokens.",
    promises="A range from the draws of the law.",
    known_answer="A power law is inverted exactly.",
    control="A loss below the standard recipe's floor is undecided.",
)


def data_efficiency(reached: float, standard: Fit, tokens: float) -> Range | Undecided:
    """How many times the data a standard recipe would need to reach a loss.

    Args:
        reached: a loss, such as an asymptote's estimate.
        standard: a fit of ``sample_size`` or ``rectified`` over data sizes, with samples (train_size) in tokens.
        tokens: the data that ``reached`` was reached with.

    Returns:
        A `Range` as a factor; `Undecided` where the standard recipe never gets there.
    """
    if standard.law not in ("sample_size", "rectified"):
        raise BadInput(f"a fit of 'sample_size' or 'rectified' is needed, but this is one of {standard.law!r}")
    if standard.law == "rectified" and standard.params["E"] >= reached:
        return Undecided(f"the standard recipe tends to {standard.params['E']:.4g}, not {reached:g}", "a lower floor")

    def needed(p: np.ndarray) -> np.ndarray:
        if standard.law == "sample_size":
            return (p[:, 0] / reached) ** (1.0 / p[:, 1]) / tokens
        left = np.where(reached > p[:, 0], reached - p[:, 0], np.nan)
        return np.maximum(p[:, 1] / left - p[:, 2], 0.0) ** (1.0 / p[:, 3]) / tokens

    return standard.derived(needed, "times the data")


def answer(
    table: Table, *, reached: float, tokens: float, law: str = "sample_size", seed: int = 0
) -> Answer | Undecided:
    """The factor for a loss that was reached with so many tokens (or samples)."""
    made = fit(law, table, seed=seed)
    times = made if isinstance(made, Undecided) else data_efficiency(reached, made, tokens)
    if isinstance(made, Undecided) or isinstance(times, Undecided):
        return made if isinstance(made, Undecided) else times  # pyright: ignore
    says = f"the standard recipe would need {in_words(times)} times the data to reach {reached:g}"
    column = made.formula.inputs[0]
    rows = beside(made, table, column, at=np.geomspace(tokens, tokens * times.estimate, 20))
    return Answer(CARD.name, "1", says, {"times": times}, rows, made.warnings)


QUESTION = Question(card=CARD, version="1", columns=("y",), answer=answer)
