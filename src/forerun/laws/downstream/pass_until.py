"""Rate of success against parameters, where it is too small for any fixed number of tries: PassUntil's law."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="pass_until",
    does="-log(rate of success) = c N^-α in parameters N: log(-log rate) falls along a straight line in log N.",
    source="Hu et al. 2023, arXiv 2310.03262 (PassUntil); F(N) = log(-log PU) as its reviews tell",
    assumes="An ordinary task: rates that rise with N as a falling loss implies; `rare_successes` tells other bends.",
    needs="Columns params and y = -log(rate); 3 sizes or more.",
    promises="A tenth where items follow the law: evidence/laws/pass_until.md. Missed where they do not "
    "(other_truths.md), and on trained tasks of several steps (trained_suite.md).",
    known_answer="Points made by the law give its parameters back.",
    control="Rates that do not follow the law are told as bent.",
)
INPUTS = ("params",)
PARAMETERS = (Parameter("c", 1e-6, 1e12, log=True), Parameter("alpha", 0.0, 3.0))


def size(X: Columns) -> Array:
    return X["params"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    c, alpha = params[..., 0, None], params[..., 1, None]
    log_N = np.log(X["params"])
    power = np.exp(-alpha * log_N)
    return c * power, np.stack([power, -c * power * log_N], axis=-1)


def starts(X: Columns, y: Array) -> Array:
    alpha = np.geomspace(0.01, 1.5, 40)
    basis = X["params"][None, :, None] ** -alpha[:, None, None]
    return separable.best(basis, alpha[:, None], y, positive=np.ones(1, bool))


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
