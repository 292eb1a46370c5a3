"""Score against the loss of the same task: a sigmoid between chance and the best that can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import special

from forerun.core import Array, Card, Table
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Mask, Parameter, columns

CARD = Card(
    name="sigmoid",
    does="Score = low + rise / (1 + exp(k (loss - middle))) in a task's own loss: the ladder's second step.",
    source="Bhagia et al. 2024 (OLMo ladder), step 2; their falling amplitude written as a rise",
    assumes="Models of one kind: at one loss of the task (bits per byte of the right answer), one score.",
    needs="Columns loss and y, a score in 0 to 1; 5 points or more, best also of checkpoints within runs.",
    promises="Largest scale of the OLMo ladder held back: evidence/laws/ladder.md.",
    known_answer="Points made by the law give its parameters back.",
    control="Losses shuffled among the points predict the best models no better than their mean.",
)
INPUTS = ("loss",)
PARAMETERS = (
    Parameter("low", 0.0, 1.0),
    Parameter("rise", 0.0, 1.0),
    Parameter("k", 1e-2, 1e3, log=True),
    Parameter("middle", -20.0, 50.0),
)


def read(table: Table) -> Columns:
    return columns(table, INPUTS, CARD.name, positive=False)


def size(X: Columns) -> Array:
    """How good a model is at the task: e to the minus its loss."""
    return np.exp(-X["loss"])


def support(X: Columns) -> dict[str, float]:
    """Least and greatest loss of a model; a loss of 0 stands for none (`forerun.laws.questions.ladder`)."""
    loss = X["loss"][X["loss"] > 0] if (X["loss"] > 0).any() else X["loss"]
    return {"lowest": float(loss.min()), "highest": float(loss.max())}


def distance(support: Mapping[str, Any], X: Columns) -> Array:
    """How far below the least loss, in spans of the fitted losses."""
    span = max(support["highest"] - support["lowest"], 1e-6)
    return np.maximum(support["lowest"] - X["loss"], 0.0) / span


def folds(X: Columns) -> list[tuple[Mask, Mask]]:
    """The worse models, and the better ones they are to foretell."""
    model = X["loss"] != 0
    edges = np.quantile(X["loss"][model], [0.5, 0.35, 0.2])
    return [((X["loss"] >= edge) | ~model, (X["loss"] < edge) & model) for edge in edges]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    low, rise, k, middle = (params[..., i, None] for i in range(4))
    from_middle = X["loss"] - middle
    up = special.expit(-k * from_middle)
    slope = rise * up * (1.0 - up)
    J = [np.ones_like(up), up, -slope * from_middle, slope * k * np.ones_like(up)]
    return low + rise * up, np.stack(J, axis=-1)


def starts(X: Columns, y: Array) -> Array:
    least, most = float(X["loss"].min()), float(X["loss"].max())
    span = max(most - least, 1e-6)
    steep, middle = (
        grid.ravel()
        for grid in np.meshgrid(np.geomspace(0.5, 20.0, 12) / span, np.linspace(least - span, most + span, 15))
    )
    up = special.expit(-steep[:, None] * (X["loss"] - middle[:, None]))
    basis = np.stack([np.ones_like(up), up], axis=-1)
    points = separable.best(basis, np.stack([steep, middle], axis=1), y, positive=np.ones(2, bool), plain=True)
    return np.clip(points, [p.low for p in PARAMETERS], [p.high for p in PARAMETERS])


LAW = Law(
    card=CARD,
    version="1",
    inputs=INPUTS,
    parameters=PARAMETERS,
    read=read,
    predict=predict,
    starts=starts,
    size=size,
    residuals="plain",
    support=support,
    distance=distance,
    folds=folds,
)
