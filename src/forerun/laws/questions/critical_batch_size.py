"""The batch size that costs twice the fewest steps and twice the fewest samples to a loss."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, BadInput, Card, Range, Table, Undecided
from forerun.laws.fitter.fit import Fit, fit
from forerun.laws.question import Question, in_words

CARD = Card(
    name="critical_batch_size",
    does="The batch size beyond which larger ones hardly save steps, at a loss: B* L^(-1/α_B) of the law `kaplan`.",
    source="Kaplan et al. 2020, eq. 5.3; McCandlish et al. 2018",
    assumes="As the law `kaplan`.",
    needs="Columns params, steps, batch_size and y; setting loss.",
    promises="A range from the draws of the law; on trained runs the estimate was 0.72 of the measured batch: "
    "evidence/laws/trained_batches.md.",
    known_answer="At it, twice the fewest steps are needed.",
    control="One batch size alone leaves it untold.",
)


def critical_batch(made: Fit, loss: float) -> Range:
    """The batch size that costs twice the fewest steps and twice the fewest samples to a loss, 80% of the draws.

    Args:
        loss: the loss to be reached, in the unit of the fitted y.

    Returns:
        A `Range` in the unit of the fitted ``batch_size``.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> X = {"params": 10 ** rng.uniform(5, 8, 60), "steps": 10 ** rng.uniform(3, 5, 60)}
        >>> X["batch_size"] = 10 ** rng.uniform(4, 7, 60)
        >>> from forerun.laws.size import kaplan
        >>> made = fit("kaplan", Table({**X, "y": kaplan.predict(np.array(list(kaplan.PUBLISHED.values())), X)[0]}))
        >>> round(critical_batch(made, 3.0).estimate / 1e6, 2)
        1.07
    """
    checked(made, "loss", loss)
    return made.derived(lambda p: p[:, 4] * loss ** (-1.0 / p[:, 5]), "batch size")


def checked(made: Fit, name: str, value: float) -> None:
    """A fit of the law `kaplan`, and a positive number.

    Raises:
        BadInput: it is not.
    """
    if made.law != "kaplan":
        raise BadInput(f"a fit of law 'kaplan' is needed, but this is one of {made.law!r}")
    if not value > 0:
        raise BadInput(f"{name} must be positive, but is {value:g}")


def answer(table: Table, *, loss: float, seed: int = 0) -> Answer | Undecided:
    """The critical batch at a loss; drawn over losses."""
    made = fit("kaplan", table, seed=seed)
    if isinstance(made, Undecided):
        return made
    size = critical_batch(made, loss)
    y = np.asarray(table.columns["y"], float)
    losses = np.linspace(min(float(np.nanmin(y)), loss), max(float(np.nanmax(y)), loss), 40)
    ranges = [critical_batch(made, float(one)) for one in losses]
    rows = {"y": losses, "predicted": [r.estimate for r in ranges]}
    rows |= {"low": [r.low for r in ranges], "high": [r.high for r in ranges]}
    says = f"a critical batch of {in_words(size)} at a loss of {loss:g}"
    columns = {name: np.asarray(column, float) for name, column in rows.items()}
    return Answer(CARD.name, "1", says, {"critical_batch": size}, Table(columns), made.warnings)


QUESTION = Question(card=CARD, version="1", columns=("params", "steps", "batch_size", "y"), answer=answer)
