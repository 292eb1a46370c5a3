"""Steps that a model of a size needs to reach a loss at a batch size."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, Card, Range, Table, Undecided
from forerun.laws.fitter.fit import Fit, fit
from forerun.laws.question import Question, in_words
from forerun.laws.questions.critical_batch_size import checked
from forerun.laws.size import kaplan

CARD = Card(
    name="steps_to",
    does="Steps to a loss at a size and a batch size, by the law `kaplan`.",
    source="Kaplan et al. 2020, eqs. 5.3 to 5.6",
    assumes="As the law `kaplan`.",
    needs="Columns params, steps, batch_size and y; settings loss, params and batch_size.",
    promises="Steps to targets of held-out runs, from curves averaged over seeds (evidence/laws/kaplan.md); from "
    "single short runs 44.12% off (evidence/laws/trained_batches.md).",
    known_answer="The law at the answer gives the loss asked for.",
    control="A loss below what a size reaches at best is undecided.",
)


def steps_to(made: Fit, loss: float, params: float, batch_size: float) -> Range | Undecided:
    """Steps that a model of so many parameters needs to reach a loss at a batch size.

    Its 80% range is of what will be measured: the steps between which the law's 80% interval holds the loss. Its end
    is inf where the loss may never be reached.

    Returns:
        A `Range` in steps; `Undecided` where the law says that a model of this size never gets there.

    Raises:
        BadInput: a loss, size or batch that is not positive, or the fit of another law.
    """
    for name, value in (("loss", loss), ("params", params), ("batch_size", batch_size)):
        checked(made, name, value)
    steps = _steps_to(made, loss, params, batch_size)
    if not np.isfinite(steps):
        least = made.params["A"] * params ** -made.params["alpha_N"]
        return Undecided(f"{params:g} parameters reach {least:.4g} at best, not {loss:g}", "a larger model")
    prediction = made.predict(Table({"params": [params], "steps": [steps], "batch_size": [batch_size]}))
    if isinstance(prediction, Undecided):
        return prediction
    losses = (loss * float(prediction.y[0] / end[0]) for end in (prediction.low, prediction.high))
    soonest, latest = (_steps_to(made, one, params, batch_size) for one in losses)
    return Range(steps, soonest, latest, "steps")


def _steps_to(made: Fit, loss: float, params: float, batch_size: float) -> float:
    A, T, alpha_N, alpha_S, B_star, alpha_B = (made.params[parameter.name] for parameter in kaplan.PARAMETERS)
    left = loss - A * params**-alpha_N
    if left <= 0:
        return np.inf
    return float((T / left) ** (1.0 / alpha_S) * (1.0 + B_star * loss ** (-1.0 / alpha_B) / batch_size))


def answer(table: Table, *, loss: float, params: float, batch_size: float, seed: int = 0) -> Answer | Undecided:
    """The steps; drawn as the loss of that size and batch over steps."""
    made = fit("kaplan", table, seed=seed)
    if isinstance(made, Undecided):
        return made
    steps = steps_to(made, loss, params, batch_size)
    if isinstance(steps, Undecided):
        return steps
    at = np.geomspace(steps.estimate / 30.0, steps.estimate * 3.0, 40)
    run = Table({"steps": at, "params": np.full(40, params), "batch_size": np.full(40, batch_size)})
    curve = made.predict(run)
    if isinstance(curve, Undecided):
        return curve
    rows = {"steps": at, "predicted": curve.y, "low": curve.low, "high": curve.high}
    says = f"a loss of {loss:g} after {in_words(steps)} steps"
    return Answer(CARD.name, "1", says, {"steps": steps}, Table(rows), made.warnings)


QUESTION = Question(card=CARD, version="1", columns=("params", "steps", "batch_size", "y"), answer=answer)
