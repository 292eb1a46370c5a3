"""Error against the number of clean and of noisy labels: a power of what they are worth together, and noise's share.

    L(m, n) = A (d + m + ρ n)^-α + B n / (n + κ m)

A noisy label is worth ρ clean ones in variance. What is wrong with noisy labels the same way each time does not
average out: it adds B where all labels are noisy, and less where clean ones, each weighing as κ noisy ones, correct it.
With B = 0 (labels wrong at random) one kind of label is the better buy at every budget; a mixture pays only with B > 0.
The form is that of the bound on learning from two sources: the variance of the weighted sample, and a bias by the share
of the far source.
"""

from __future__ import annotations

import numpy as np

from forerun.core import Array, BadInput, Card, Table
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, columns

CARD = Card(
    name="label_quality",
    does="L = A (d + m + ρn)^-α + B n/(n + κm) in m clean and n noisy labels: variance, and the bias of noisy ones.",
    source="ours, in the form of the bound of Ben-David et al. 2010 (theorem 3) on learning from two sources",
    assumes="One learner, trained in one way on both kinds; noisy labels are all alike; L is an error that is above 0.",
    needs="Columns clean, noisy and y, an error; 7 pairs or more, some of one kind alone.",
    promises="Measured on digits with noise planted at random and by confusion: evidence/label_budget.",
    known_answer="Points made by the law give its parameters back.",
    control="From noisy labels alone the data do not tell kappa.",
)
INPUTS = ("clean", "noisy")
PARAMETERS = (
    Parameter("A", 1e-6, 1e9, log=True),
    Parameter("B", 1e-6, 1e3, log=True),
    Parameter("alpha", 0.02, 4.0),
    Parameter("d", 1e-3, 1e9, log=True),
    Parameter("rho", 1e-4, 2.0, log=True),
    Parameter("kappa", 1e-2, 1e5, log=True),
)
_ALPHA, _D, _RHO, _KAPPA = (0.3, 0.6, 1.0, 1.5), (0.01, 0.1, 1.0), (0.03, 0.1, 0.3, 0.8), (1.0, 5.0, 30.0, 150.0)


def size(X: Columns) -> Array:
    """Labels of both kinds."""
    return X["clean"] + X["noisy"]


def read(table: Table) -> Columns:
    counts = columns(table, INPUTS, CARD.name, positive=False)
    wrong = (counts["clean"] < 0) | (counts["noisy"] < 0) | (size(counts) <= 0)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise BadInput(
            f"law {CARD.name!r} needs labels, at least 0 of each kind, but row {i} has clean={counts['clean'][i]:g} "
            f"and noisy={counts['noisy'][i]:g}; leave such rows out"
        )
    return counts


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    A, B, alpha, d, rho, kappa = (params[..., i, None] for i in range(6))
    m, n = X["clean"], X["noisy"]
    worth = d + m + rho * n
    power = worth**-alpha
    share = n / (n + kappa * m)
    of_d = -A * alpha * power / worth
    of_kappa = -B * share * m / (n + kappa * m)
    J = [power, share, -A * power * np.log(worth), of_d, of_d * n, of_kappa]
    return A * power + B * share, np.stack(J, axis=-1)


def starts(X: Columns, y: Array) -> Array:
    grids = np.meshgrid(_ALPHA, np.array(_D) * np.median(size(X)), _RHO, _KAPPA)
    alpha, d, rho, kappa = (grid.ravel() for grid in grids)
    ones = np.ones(alpha.size)
    J = predict(np.stack([ones, ones, alpha, d, rho, kappa], axis=1), X)[1]
    return separable.best(J[..., :2], np.stack([alpha, d, rho, kappa], axis=1), y, positive=np.ones(2, bool))


LAW = Law(
    card=CARD,
    version="1",
    inputs=INPUTS,
    parameters=PARAMETERS,
    read=read,
    predict=predict,
    starts=starts,
    size=size,
)
