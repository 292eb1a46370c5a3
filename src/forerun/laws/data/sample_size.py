"""Error after post-training against the number of examples: a plain power."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="sample_size",
    does="Error = A n^-b in n post-training examples (a straight line in logarithms).",
    source="Reported for fine-tuning and post-training errors by several authors; the form from memory",
    assumes="No floor within reach, no flat part before: else regularised or rectified says more.",
    needs="Columns samples and y, an error (1 - score) or a loss; 3 sizes or more.",
    promises="Errors beyond the fitted sizes beside the rectified law's: evidence/laws/rectified.md. Four trained "
    "skills follow no power, and it is further off than doing nothing: trained_skills.md.",
    known_answer="Points made by the law give its parameters back.",
    control="On a curve with a floor it undershoots, and its interval at 10 times the size widens by its own misfit.",
)
INPUTS = ("samples",)
PARAMETERS = (Parameter("A", 1e-12, 1e12, log=True), Parameter("b", -2.0, 3.0))


def size(X: Columns) -> Array:
    """Examples."""
    return X["samples"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    A, b = (params[..., i, None] for i in range(2))
    log_n = np.log(X["samples"])
    power = np.exp(-b * log_n)
    return A * power, np.stack([power, -A * power * log_n], axis=-1)


def starts(X: Columns, y: Array) -> Array:
    log_n = np.log(X["samples"])
    slope, level = np.polyfit(log_n, np.log(y), 1) if np.ptp(log_n) > 0 else (0.0, np.log(y).mean())
    return np.array([[np.exp(level), -slope]])


LAW = Law(
    card=CARD,
    version="1",
    inputs=INPUTS,
    parameters=PARAMETERS,
    read=positive_columns(CARD, INPUTS),
    predict=predict,
    starts=starts,
    size=size,
)
