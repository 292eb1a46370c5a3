"""The best peak learning rate and batch size against parameters and tokens: powers, with published constants."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.law import Columns, Law, Parameter, positive_columns
from forerun.schedules.rates import STEP_LAW

CARD = Card(
    name="step_law",
    does="Best peak learning rate = c N^a D^b in parameters N and tokens D; published: 1.79 N^-0.713 D^0.307.",
    source="Li et al. 2025 (Predictable scale, part I); constants checked on its 1,911 dense runs: mean loss gap .096%",
    assumes="Dense transformers, AdamW, cosine to a fixed end; the batch size tuned too.",
    needs="Columns params, tokens and y, the best learning rate (or batch size) found there; 4 points or more.",
    promises="The published constants: the question `tuned`.",
    known_answer="Points made by the law give its parameters back; the published values at 1e9 and 1e11 tokens.",
    control="With one number of tokens only, it says that the data do not tell b.",
)
INPUTS = ("params", "tokens")
PARAMETERS = (Parameter("c", 1e-12, 1e12, log=True), Parameter("a", -3.0, 3.0), Parameter("b", -3.0, 3.0))
PUBLISHED = STEP_LAW


def size(X: Columns) -> Array:
    """Training compute, 6 N D FLOPs."""
    return 6.0 * X["params"] * X["tokens"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    c, a, b = (params[..., i, None] for i in range(3))
    log_N, log_D = np.log(X["params"]), np.log(X["tokens"])
    power = np.exp(a * log_N + b * log_D)
    return c * power, np.stack([power, c * power * log_N, c * power * log_D], axis=-1)


def starts(X: Columns, y: Array) -> Array:
    basis = np.stack([np.ones(y.size), np.log(X["params"]), np.log(X["tokens"])], axis=1)
    c, a, b = np.linalg.lstsq(basis, np.log(y), rcond=None)[0]
    return np.array([[np.exp(c), a, b]])


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
