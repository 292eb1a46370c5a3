"""Score of items of one difficulty against compute: chance, a rise, and what stays wrong."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="cod",
    does="Score = g + (1 - g) exp(-a C^-b - c) in compute C, for items alike in difficulty.",
    source="Xu et al. 2025, arXiv 2502.17262 (COD); the form from memory, no code is public",
    assumes="Items of one difficulty, a loss that falls with compute as a power, guessing right with chance g.",
    needs="Columns flops and y, a score in 0 to 1; 5 sizes or more, better 7.",
    promises="Two points where items follow the law: evidence/laws/cod.md. Missed where they do not (other_truths.md), "
    "and on a trained suite (trained_suite.md).",
    known_answer="Points made by the law give its parameters back.",
    control="A cluster whose score does not move with compute is not extrapolated.",
)
INPUTS = ("flops",)
PARAMETERS = (
    Parameter("a", 1e-4, 1e30, log=True),
    Parameter("b", 0.01, 2.0),
    Parameter("c", 0.0, 3.0),
    Parameter("g", 0.0, 0.6),
)


def size(X: Columns) -> Array:
    return X["flops"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    a, b, c, g = (params[..., i, None] for i in range(4))
    log_C = np.log(X["flops"])
    power = np.exp(-b * log_C)
    solved = np.exp(-a * power - c)
    rise = (1.0 - g) * solved
    return g + rise, np.stack([-rise * power, rise * a * power * log_C, -rise, 1.0 - solved], axis=-1)


def starts(X: Columns, y: Array) -> Array:
    """Straight lines through log(-log) of the score, for a grid of chances and ceilings."""
    g, c, b = (grid.ravel() for grid in np.meshgrid([0.0, 0.1, 0.25], [1e-3, 0.1, 0.4], np.geomspace(0.05, 1.0, 12)))
    solved = np.clip((y - g[:, None]) / (1.0 - g[:, None]), 1e-3, 0.999)
    fall = np.log(np.maximum(-np.log(solved) - c[:, None], 1e-3))
    a = np.exp((fall + b[:, None] * np.log(X["flops"])).mean(axis=1))
    points = np.stack([a, b, c, g], axis=1)
    error = np.abs(predict(points, X)[0] - y).mean(axis=1)
    return points[np.argsort(error)[:8]]


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
