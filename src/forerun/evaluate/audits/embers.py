"""Is a system better where its words are likely? Accuracy split by how probable output, input and task are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Card, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import plain
from forerun.stats.bootstrap import Index, bootstrap_interval
from forerun.stats.logistic import logistic
from forerun.stats.proportions import unpaired_proportions

CARD = Card(
    name="embers",
    does="Splits accuracy by the probability of output, input and task, and says what each explains beside the others.",
    source="McCoy et al. 2023, Embers of Autoregression",
    assumes="The task is deterministic, so that probability should not matter; items are independent.",
    needs="whether the answer was right, and a log-probability of output, input or task, 20 items in each half",
    promises="Gaps between halves have Newcombe's interval, slopes beside the others that of a bootstrap over items.",
    known_answer="Right on the likelier half of outputs and wrong on the other: a gap of 1 by output.",
    control="A system whose answers do not depend on probability has intervals with 0 in them in 95% of cases.",
)
_FEWEST = 20


def embers(
    correct: ArrayLike,
    output: ArrayLike | None = None,
    input: ArrayLike | None = None,
    task: ArrayLike | None = None,
    *,
    tolerated: float = 0.05,
    seed: int = 0,
) -> AuditResult | Undecided:
    """Accuracy where things are likely less where they are not.

    Args:
        correct: shape (n,), 0 or 1.
        output, input, task: shape (n,), log-probabilities of the right output, of the input, and of the task.
        tolerated: gap that does no harm; arbitrary.
        seed: of the bootstrap.

    Returns:
        gaps between the likelier and the other half, and what each probability adds beside the others. Undecided where
        a half has fewer than twenty items.

    Raises:
        BadInput: no probability, scores that are not 0 or 1, or columns of different lengths.

    Example:
        >>> embers([0] * 30 + [1] * 30, output=range(60))["gap by output"].estimate
        1.0
    """
    y = np.asarray(correct, np.float64)
    given = {name: np.asarray(one, np.float64)
             for name, one in (("output", output), ("input", input), ("task", task)) if one is not None}  # fmt: skip
    if not given or any(one.shape != y.shape for one in given.values()) or not np.isin(y, (0.0, 1.0)).all():
        raise BadInput("every item needs a score of 0 or 1, and a probability of output, input or task")
    measurements: list[Measurement] = []
    for name, one in given.items():
        likely = one > np.median(one)
        if min(likely.sum(), (~likely).sum()) < _FEWEST:
            return Undecided(f"{int(likely.sum())} items of likelier {name}", f"{_FEWEST} items in each half")
        gap, low, high = (float(v) for v in unpaired_proportions(
            y[likely].sum(), likely.sum(), y[~likely].sum(), (~likely).sum()))  # fmt: skip
        measurements.append(Measurement(f"gap by {name}", gap, low, high, y.size, "halves, Newcombe",
                                        (-tolerated, tolerated)))  # fmt: skip
    if len(given) > 1:
        measurements += _beside_others(y, given, seed)
    return AuditResult((*measurements, plain("accuracy", float(y.mean()), y.size, "of all")))


def _beside_others(y: Array, given: dict[str, Array], seed: int) -> list[Measurement]:
    """Slopes of one logistic regression on all, in log odds a standard deviation."""
    x = np.column_stack(list(given.values()))
    slopes = logistic(x, y).weights
    method = "log odds a standard deviation, logistic, bootstrap over items"
    measurements: list[Measurement] = []
    for k, name in enumerate(given):

        def slope(rows: Index, k: int = k) -> float:
            return float(logistic(x[rows], y[rows]).weights[k])

        low, high = bootstrap_interval(slope, y.size, draws=200, seed=seed)
        measurements.append(
            Measurement(f"slope by {name} beside the others", float(slopes[k]), low, high, y.size, method)
        )
    return measurements


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("correct", "whether the answer was right: 0 or 1"),
        Column("output", "log-probability of the right output", needed=False),
        Column("input", "log-probability of the input", needed=False),
        Column("task", "log-probability of the task", needed=False),
    ),
    look=embers,
)
