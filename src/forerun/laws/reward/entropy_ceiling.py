"""Reward against a policy's entropy: it is bought with entropy, and where that is spent it ends."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.law import Columns, Law, Parameter, positive_columns
from forerun.laws.reward.overoptimisation import linear

CARD = Card(
    name="entropy_ceiling",
    does="R = b - a exp(H): reward of a policy at entropy H; at H = 0 it ends at the ceiling b - a.",
    source="Cui et al. 2025, arXiv 2505.22617",
    assumes="One run, without a term for entropy or KL in its loss: with one the authors' fit does not hold.",
    needs="Columns entropy (nats a token, positive) and y, the reward or accuracy; 4 points or more as entropy falls.",
    promises="The ceiling b - a with its range, as the prediction at an entropy near zero.",
    known_answer="Points made by the law give a and b back, and the ceiling b - a.",
    control="A reward that does not hang on entropy leaves a undetermined.",
)
INPUTS = ("entropy",)
PARAMETERS = (Parameter("a", -1e6, 1e6), Parameter("b", -1e6, 1e6))


def size(X: Columns) -> Array:
    """Grows as entropy is spent; 1 where none is left."""
    return np.exp(-X["entropy"])


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    return linear(params, _basis(X))


def starts(X: Columns, y: Array) -> Array:
    return np.asarray(np.linalg.lstsq(_basis(X), y, rcond=None)[0], float)[None]


def _basis(X: Columns) -> Array:
    H = X["entropy"]
    return np.stack([-np.exp(H), np.ones_like(H)], axis=-1)


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
