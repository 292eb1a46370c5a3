"""Loss against parameters and training tokens: an irreducible part and two powers."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="chinchilla",
    does="L = E + A N^-α + B D^-β in parameters N and training tokens D, each token seen once.",
    source="Hoffmann et al. 2022, approach 3; the fit as Besiroglu et al. 2024 (summed Huber on log residuals)",
    assumes="One architecture and data set, each run tuned to its own length, no repeated tokens.",
    needs="Columns params, tokens and y; 6 runs or more, of several sizes and lengths.",
    promises="The 240 published points to the known optimum, and held-out compute: evidence/laws.",
    known_answer="Points made by the law give its parameters back.",
    control="Losses shuffled among the points predict the largest runs worse than their mean.",
)
INPUTS = ("params", "tokens")
PARAMETERS = (
    Parameter("E", 1e-6, 1e3, log=True),
    Parameter("A", 1e-6, 1e15, log=True),
    Parameter("B", 1e-6, 1e15, log=True),
    Parameter("alpha", 0.01, 2.0),
    Parameter("beta", 0.01, 2.0),
)
_GRID = np.linspace(0.1, 0.9, 17)


def size(X: Columns) -> Array:
    """Training compute, 6 N D FLOPs."""
    return 6.0 * X["params"] * X["tokens"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    E, A, B, alpha, beta = (params[..., i, None] for i in range(5))
    log_N, log_D = np.log(X["params"]), np.log(X["tokens"])
    of_N, of_D = np.exp(-alpha * log_N), np.exp(-beta * log_D)
    y = E + A * of_N + B * of_D
    return y, np.stack([np.ones_like(y), of_N, of_D, -A * of_N * log_N, -B * of_D * log_D], axis=-1)


def starts(X: Columns, y: Array) -> Array:
    alpha, beta = (grid.ravel() for grid in np.meshgrid(_GRID, _GRID))
    shapes = np.stack([alpha, beta], axis=1)
    of_N, of_D = X["params"] ** -alpha[:, None], X["tokens"] ** -beta[:, None]
    basis = np.stack([np.ones_like(of_N), of_N, of_D], axis=-1)
    return separable.best(basis, shapes, y, positive=np.ones(3, bool))


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
