"""Samples (or epochs) to a target against batch size: as few as need be up to a critical batch, then in proportion."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="critical_batch",
    does="Samples to a target = M (1 + B/B_crit) in batch size B: twice the fewest at the critical batch.",
    source="McCandlish et al. 2018 (An empirical model of large-batch training), (S/S_min - 1)(M/M_min - 1) = 1",
    assumes="One workload and target, each batch size tuned; steps are samples over batch.",
    needs="Columns batch_size and y (samples or epochs to the target); 3 batch sizes or more, some beyond it.",
    promises="Reference convergence points of MLPerf, the largest batch left out: evidence/laws/beyond.md.",
    known_answer="Points made by the law give its parameters back.",
    control="Batches far below the critical one leave B_crit at its bound or untold.",
)
INPUTS = ("batch_size",)
PARAMETERS = (Parameter("M", 1e-9, 1e18, log=True), Parameter("B_crit", 1e-3, 1e15, log=True))


def size(X: Columns) -> Array:
    """Batch size."""
    return X["batch_size"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    M, B_crit = (params[..., i, None] for i in range(2))
    times = 1.0 + X["batch_size"] / B_crit
    return M * times, np.stack([times, -M * (times - 1.0) / B_crit], axis=-1)


def starts(X: Columns, y: Array) -> Array:
    basis = np.stack([np.ones(y.size), X["batch_size"]], axis=-1)[None]
    line = separable.best(basis, np.empty((1, 0)), y, positive=np.ones(2, bool))
    return np.stack([line[:, 0], line[:, 0] / line[:, 1]], axis=1)


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
