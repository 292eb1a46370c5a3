"""Loss of an ensemble against its number of members: 1/K to an asymptote."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="ensembles",
    does="L = E + A/K for the averaged predictions of K members trained alike; E is what infinitely many would reach.",
    source="Kim et al. 2025 (Pre-training under infinite compute)",
    assumes="Members differ by seed and data order only, each tuned for being averaged.",
    needs="Columns members and y; 3 numbers of members or more.",
    promises="An interval on the asymptote: the question `asymptote`. Trained, ensembles of growing size tend .0336 "
    "nats lower than single models: evidence/laws/fixed_data.md; a student keeps 0.95 of five members' gain: "
    "evidence/laws/distilled.md.",
    known_answer="Points made by the law give its parameters back.",
    control="A loss that does not fall with members leaves A at its bound, and says so.",
)
INPUTS = ("members",)
PARAMETERS = (Parameter("E", 1e-6, 1e3, log=True), Parameter("A", 1e-9, 1e6, log=True))


def size(X: Columns) -> Array:
    """Members."""
    return X["members"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    E, A = (params[..., i, None] for i in range(2))
    share = np.broadcast_to(1.0 / X["members"], np.broadcast_shapes(E.shape, X["members"].shape))
    return E + A * share, np.stack([np.ones_like(share), share], axis=-1)


def starts(X: Columns, y: Array) -> Array:
    basis = np.stack([np.ones(y.size), 1.0 / X["members"]], axis=-1)[None]
    return separable.best(basis, np.empty((1, 0)), y, positive=np.ones(2, bool))


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
