"""Gold score of the best of n samples by a proxy reward: it rises, peaks and falls with √KL."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Card
from forerun.laws.law import Columns, Law, Parameter, positive_columns
from forerun.laws.reward.overoptimisation import linear

CARD = Card(
    name="overoptimisation_best_of_n",
    does="R = d (α - β d), d = √KL from the initial policy: gold score of the best of n by a proxy.",
    source="Gao et al. 2023; KL of best-of-n by Stiennon et al. 2020",
    assumes="One proxy; the gold score is counted from the initial policy's. Poor near d = 0.",
    needs="Columns kl (nats, positive; `kl_of` gives it for n) and y, of any sign; 3 points or more.",
    promises="KL of the peak with a range: the question `reward_peak`.",
    known_answer="Points made by the law give α and β back; the peak lies at d = α/2β.",
    control="A score that only rises leaves the peak undecided, or far beyond what was seen, and says so.",
)
INPUTS = ("kl",)
PARAMETERS = (Parameter("alpha", -1e6, 1e6), Parameter("beta", -1e6, 1e6))


def size(X: Columns) -> Array:
    """KL in nats."""
    return X["kl"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    d = np.sqrt(X["kl"])
    return linear(params, np.stack([d, -(d**2)], axis=-1))


def starts(X: Columns, y: Array) -> Array:
    basis = predict(np.zeros(2), X)[1]
    return np.asarray(np.linalg.lstsq(basis, y, rcond=None)[0], float)[None]


def kl_of(n: ArrayLike) -> Array:
    """KL in nats of the best of n samples from the policy they are drawn from: log n - (n - 1)/n.

    Example:
        >>> kl_of([1, 2, 100]).round(3).tolist()
        [0.0, 0.193, 3.615]
    """
    n = np.asarray(n, float)
    return np.log(n) - (n - 1.0) / n


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
