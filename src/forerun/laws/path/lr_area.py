"""The power law in the LR area alone: what the loss would be if the rate's falls gave nothing."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.law import Parameter
from forerun.laws.path.base import PathLaw, Paths, read, starts_along

CARD = Card(
    name="lr_area",
    does="L = L₀ + A S^-α with S the area under the learning rate so far.",
    source="The first term of Tissue et al. 2024 (2408.11029) and of Luo et al. 2025",
    assumes="Rates that hardly fall; it is what laws with an annealing term are compared with.",
    needs="Columns run, step, rate and y; 4 points or more.",
    promises="Worse than laws with an annealing term wherever there is a cooldown: evidence/laws.",
    known_answer="Losses made by the law give its parameters back.",
    control="A cooldown's gain is not foretold.",
)
PARAMETERS = (
    Parameter("L0", 1e-6, 1e3, log=True),
    Parameter("A", 1e-9, 1e9, log=True),
    Parameter("alpha", 0.02, 3.0),
)


def predict(params: Array, X: Paths) -> tuple[Array, Array]:
    L0, A, alpha = (params[..., i, None] for i in range(3))
    fall = X.area**-alpha
    y = L0 + A * fall
    return y, np.stack([np.ones_like(y), fall, -A * fall * np.log(X.area)], axis=-1)


def starts(X: Paths, y: Array) -> Array:
    return starts_along(X, y)


LAW = PathLaw(
    card=CARD,
    version="1",
    parameters=PARAMETERS,
    read=read,
    predict=predict,
    starts=starts,
)
