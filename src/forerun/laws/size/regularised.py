"""Loss against parameters at a fixed data set, each size regularised as it needs: monotone, to an asymptote."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="regularised",
    does="L = E + A N^-α in parameters N at a fixed data set; E is what infinite parameters would reach.",
    source="Kim et al. 2025 (Pre-training under infinite compute)",
    assumes="Weight decay, epochs and learning rate tuned for every size, so that more parameters never hurt.",
    needs="Columns params and y; 4 sizes or more.",
    promises="An interval on the asymptote: the question `asymptote`. Trained, with decay tuned by factors of 4, the "
    "loss falls to a middle width and rises after: evidence/laws/fixed_data.md.",
    known_answer="Points made by the law give its parameters back.",
    control="Sizes within a factor of 2 with noise leave the asymptote undecided.",
)
INPUTS = ("params",)
PARAMETERS = (
    Parameter("E", 1e-6, 1e3, log=True),
    Parameter("A", 1e-6, 1e15, log=True),
    Parameter("alpha", 0.02, 3.0),
)
_ALPHA = np.linspace(0.05, 2.0, 40)


def size(X: Columns) -> Array:
    """Parameters."""
    return X["params"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    E, A, alpha = (params[..., i, None] for i in range(3))
    log_N = np.log(X["params"])
    of_N = np.exp(-alpha * log_N)
    return E + A * of_N, np.stack([np.ones_like(of_N), of_N, -A * of_N * log_N], axis=-1)


def starts(X: Columns, y: Array) -> Array:
    of_N = X["params"] ** -_ALPHA[:, None]
    basis = np.stack([np.ones_like(of_N), of_N], axis=-1)
    return separable.best(basis, _ALPHA[:, None], y, positive=np.ones(2, bool))


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
