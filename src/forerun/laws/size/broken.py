"""A smoothly broken power law: one slope in logarithms before a break, another after it."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="broken",
    does="y = a + b x^-c0 (1 + (x/d)^(1/f))^(-c1 f): slope -c0 before x = d and -(c0 + c1) after, bent over f.",
    source="Caballero et al. 2023 (Broken neural scaling laws), with one break; as in the authors' released code",
    assumes="One break, and points on both sides of it; what lies after a break not yet seen cannot be told.",
    needs="Columns x and y; 8 points or more, 3 of them beyond the break.",
    promises="The released example (4-digit addition): its held-out points closer than a power law's, tests.",
    known_answer="Points made by the law give its parameters back.",
    control="Fitted to points before the break only, it says that the data do not tell c1.",
)
INPUTS = ("x",)
PARAMETERS = (
    Parameter("a", 1e-9, 1e6, log=True),
    Parameter("b", 1e-12, 1e15, log=True),
    Parameter("c0", -2.0, 4.0),
    Parameter("c1", -6.0, 12.0),
    Parameter("d", 1e-12, 1e24, log=True),
    Parameter("f", 0.01, 4.0, log=True),
)
_BEFORE = np.array([-0.2, 0.0, 0.05, 0.15, 0.3, 0.6, 1.0])
_CHANGE = np.array([-0.5, -0.2, 0.2, 0.5, 1.0, 2.0, 4.0])
_WIDTH = np.array([0.05, 0.2, 0.7])


def size(X: Columns) -> Array:
    """x itself."""
    return X["x"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    a, b, c0, c1, d, f = (params[..., i, None] for i in range(6))
    log_x = np.log(X["x"])
    u = (log_x - np.log(d)) / f
    soft = np.logaddexp(0.0, u)  # log(1 + (x/d)^(1/f))
    past = np.exp(u - soft)  # share of the new slope
    power = np.exp(-c0 * log_x - c1 * f * soft)
    J = [np.ones_like(power), power, -b * power * log_x, -b * power * f * soft,
         b * power * c1 * past / d, -b * power * c1 * (soft - past * u)]  # fmt: skip
    return a + b * power, np.stack(J, axis=-1)


def starts(X: Columns, y: Array) -> Array:
    breaks = np.quantile(X["x"], np.linspace(0.1, 0.9, 7))
    c0, c1, d, f = (grid.ravel() for grid in np.meshgrid(_BEFORE, _CHANGE, breaks, _WIDTH))
    shapes = np.stack([c0, c1, d, f], axis=1)
    whole = np.concatenate([np.zeros((c0.size, 1)), np.ones((c0.size, 1)), shapes], axis=1)
    power = predict(whole, X)[0]
    basis = np.stack([np.ones_like(power), power], axis=-1)
    return separable.best(basis, shapes, y, keep=24, positive=np.ones(2, bool))


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
