"""Loss against the shares of data sources: the exponential mixing law, over sizes.

``L(r, D) = c + D^-β exp(Σ_i t_i r_i)`` with shares r that add up to 1. At one size it is the law of Ye et al. 2024,
``c + k exp(Σ t_i r_i)``, whose k the t_i take in as the shares add up to 1. How many parameters it has depends on the
sources, so a law is made for them (`mixing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from forerun.core import Array, BadInput, Card, Table
from forerun.laws.fitter.separable import project
from forerun.laws.law import Columns, Law, Parameter, columns

CARD = Card(
    name="mixing",
    does="L = c + D^-β exp(Σ t_i r_i) in the shares r_i of data sources and the training size D.",
    source="Ye et al. 2024 (data mixing laws, eq. 1 of their repository's form), with a power of size",
    assumes="One validation set; every source helps or hurts it whatever the others are.",
    needs="A column of shares a source, train_size and y; 3 runs more than sources, of 2 sizes.",
    promises="The control of `forerun.laws.questions.projection`: evidence/laws.",
    known_answer="Points made by the law give its parameters back.",
    control="Sources that only help together: it ranks a source alone above the two.",
)
_FLOORS, _BETAS = np.array([0.0, 0.3, 0.6, 0.9, 0.99]), np.array([0.0, 0.2, 0.5, 1.0])


def mixing(sources: Sequence[str]) -> Law[Columns]:
    """The law of these sources, to be fitted by `forerun.laws.fitter.fit`.

    Example:
        >>> from forerun.laws.fitter import fit
        >>> share, D = (grid.ravel() for grid in np.meshgrid(np.linspace(0.0, 1.0, 5), [100.0, 400.0]))
        >>> table = Table({"a": share, "b": 1 - share, "train_size": D, "y": 0.2 + np.exp(1 - share) * D**-0.3})
        >>> made = fit(mixing(["a", "b"]), table, draws=0, judge_beyond=False)
        >>> {name: round(value, 2) for name, value in made.params.items()}
        {'c': 0.2, 'beta': 0.3, 't_a': 0.0, 't_b': 1.0}
    """
    shares = (Parameter(f"t_{name}", -60.0, 60.0) for name in sources)
    return Law(
        card=CARD,
        version="1",
        inputs=(*sources, "train_size"),
        parameters=(Parameter("c", 1e-9, 1e9, log=True), Parameter("beta", 0.0, 3.0), *shares),
        read=partial(_read, tuple(sources)),
        predict=predict,
        starts=starts,
        size=size,
    )


def size(X: Columns) -> Array:
    """Training size."""
    return X["train_size"]


def _read(names: tuple[str, ...], table: Table) -> Columns:
    shares = columns(table, names, CARD.name, positive=False)
    r = np.stack([shares[name] for name in names], axis=-1)
    wrong = (r < 0).any(axis=1) | (np.abs(r.sum(axis=1) - 1.0) > 1e-6)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise BadInput(f"shares must be at least 0 and add up to 1, but those of row {i} are {r[i].tolist()}")
    return {"shares": r} | columns(table, ("train_size",), CARD.name)


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    c, beta, t = params[..., 0, None], params[..., 1, None], params[..., 2:]
    log_D = np.log(X["train_size"])
    rest = np.exp(np.clip(t @ X["shares"].T - beta * log_D, -700.0, 300.0))
    by_t = rest[..., None] * X["shares"]
    return c + rest, np.concatenate([np.stack([np.ones_like(rest), -rest * log_D], axis=-1), by_t], axis=-1)


def starts(X: Columns, y: Array) -> Array:
    floor, beta = (grid.ravel() for grid in np.meshgrid(_FLOORS * float(y.min()), _BETAS))
    log_rest = np.log(y - floor[:, None]) + beta[:, None] * np.log(X["train_size"])
    coefficients = [project(X["shares"][None], one, np.ones(y.size))[0][0] for one in log_rest]
    return np.column_stack([np.maximum(floor, 1e-9), beta, np.clip(coefficients, -60.0, 60.0)])
