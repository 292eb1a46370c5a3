"""Loss after fine-tuning against the size of the training set: flat at first, then a power.

Few sizes do not tell the floor E from the bend D_l, and fits to them claim floors that are not there. So one point is
supposed far beyond the data, on a straight line (in logarithms) that is a fifth steeper than the last three: it decides
where the data do not, and little where they do, as it weighs the less the more of them there are. From ten sizes on
the line through the last three foretells as well as the law, with other errors: predictions are the mean of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from forerun.core import Array, Card
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, Rule, positive_columns

CARD = Card(
    name="rectified",
    does="L = E + B / (D_l + D^β) in D training examples: what pre-training had learned, D_l, delays the power law.",
    source="Lin et al. 2024 (Selecting large language models to fine-tune via rectified scaling law)",
    assumes="One model fine-tuned on growing parts of one data set, each to its best; zero-shot is not on the curve.",
    needs="Columns train_size and y; 5 sizes or more, and some beyond the flat part.",
    promises="In-sample log-RMSD as published, no worse than log-linear on the mean, evidence/laws/rectified.md; "
    "trained on generated data a quarter of a plain power's error, evidence/laws/saturating.md.",
    known_answer="Points made by the law give its parameters back.",
    control="On sizes that all lie in the flat part it says that the data do not tell beta.",
)
INPUTS = ("train_size",)
PARAMETERS = (
    Parameter("E", 1e-6, 1e3, log=True),
    Parameter("B", 1e-6, 1e12, log=True),
    Parameter("D_l", 1e-6, 1e12, log=True),
    Parameter("beta", 0.02, 2.0),
)
_STEEPER = 1.2  # how much steeper than the last three sizes the supposed line is: the law steepens until its floor
_FAR = 256.0  # how far beyond the largest size a point is supposed; the order of size, arbitrary
_WORTH = 7.2  # its weight times n squared: a fifth of a point at 6 sizes; chosen on recorded runs, evidence/laws
_BETA = np.linspace(0.1, 1.5, 15)
_FLAT = np.geomspace(0.01, 10.0, 13)  # D_l against D^β of the middle size


def size(X: Columns) -> Array:
    """Training examples."""
    return X["train_size"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    E, B, D_l, beta = (params[..., i, None] for i in range(4))
    log_D = np.log(X["train_size"])
    power = np.exp(beta * log_D)
    share = 1.0 / (D_l + power)
    J = [np.ones_like(share), share, -B * share**2, -B * share**2 * power * log_D]
    return E + B * share, np.stack(J, axis=-1)


def starts(X: Columns, y: Array) -> Array:
    beta, flat = (grid.ravel() for grid in np.meshgrid(_BETA, _FLAT))
    D_l = flat * np.median(X["train_size"]) ** beta
    share = 1.0 / (D_l[:, None] + X["train_size"] ** beta[:, None])
    basis = np.stack([np.ones_like(share), share], axis=-1)
    return separable.best(basis, np.stack([D_l, beta], axis=1), y, positive=np.ones(2, bool))


def pseudo_points(X: Columns, y: Array) -> tuple[Columns, Array, Array]:
    """One point 256 times beyond the largest size, on a line somewhat steeper than through the largest three."""
    last = np.argmax(X["train_size"])
    far = y[last] * _FAR ** (_STEEPER * last_three(X, y)["slope"])
    return {"train_size": X["train_size"][[last]] * _FAR}, np.array([far]), np.array([_WORTH / y.size**2])


_LAST = 3  # sizes that the line goes through
_ENOUGH = 10  # sizes from which the line has a half: from there it is as good, below it is worse; evidence/laws


def last_three(X: Columns, y: Array) -> dict[str, float]:
    """The line through the last three sizes, in logarithms: a point on it, its slope, and how many sizes there are."""
    last = np.argsort(X["train_size"], kind="stable")[-_LAST:]
    log_D, log_y = np.log(X["train_size"][last]), np.log(y[last])
    slope = float(np.polyfit(log_D, log_y, 1)[0]) if np.ptp(log_D) > 0 else 0.0
    return {"slope": slope, "log_D": float(log_D.mean()), "log_y": float(log_y.mean()),
            "sizes": float(np.unique(X["train_size"]).size)}  # fmt: skip


def along_the_line(support: Mapping[str, Any], X: Columns) -> Array:
    line = support["log_y"] + support["slope"] * (np.log(X["train_size"]) - support["log_D"])
    return np.where(X["train_size"] > support["most"], line, np.nan)


def share_of_the_line(support: Mapping[str, Any]) -> float:
    return 0.5 if support["sizes"] >= _ENOUGH else 0.0


LAW = Law(
    card=CARD,
    version="3",
    inputs=INPUTS,
    parameters=PARAMETERS,
    read=positive_columns(CARD, INPUTS),
    predict=predict,
    starts=starts,
    size=size,
    pseudo_points=pseudo_points,
    rule=Rule(last_three, along_the_line, share_of_the_line),
)
