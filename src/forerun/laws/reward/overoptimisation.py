"""Gold score against how far a policy was optimised on a proxy reward: it rises, peaks and falls."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="overoptimisation",
    does="R = d (α - β log d), d = √KL from the initial policy: gold score of RL, DPO and kin, past its peak.",
    source="Gao et al. 2023; fitted to direct alignment algorithms by Rafailov et al. 2024",
    assumes="One proxy, one method; the gold score is counted from the initial policy's. Poor near d = 0.",
    needs="Columns kl (nats, positive) and y, of any sign; 3 points or more, best on both sides of the peak.",
    promises="KL and height of the peak with ranges: the question `reward_peak`.",
    known_answer="Points made by the law, negative ones too, give α and β back; the peak is at d = exp(α/β - 1).",
    control="A score that only rises leaves the peak undecided, or far beyond what was seen, and says so.",
)
INPUTS = ("kl",)
PARAMETERS = (Parameter("alpha", -1e6, 1e6), Parameter("beta", -1e6, 1e6))


def size(X: Columns) -> Array:
    """KL in nats."""
    return X["kl"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    d = np.sqrt(X["kl"])
    return linear(params, np.stack([d, -d * np.log(d)], axis=-1))


def linear(params: Array, basis: Array) -> tuple[Array, Array]:
    """The value and gradient of a law that is linear in all its parameters (..., p), from its basis (n, p)."""
    return params @ basis.T, np.broadcast_to(basis, (*params.shape[:-1], *basis.shape))


def starts(X: Columns, y: Array) -> Array:
    basis = predict(np.zeros(2), X)[1]
    return np.asarray(np.linalg.lstsq(basis, y, rcond=None)[0], float)[None]


LAW = Law(
    card=CARD,
    version="1",
    inputs=INPUTS,
    parameters=PARAMETERS,
    read=positive_columns(CARD, INPUTS),
    predict=predict,
    starts=starts,
    size=size,
    residuals="plain",
)
