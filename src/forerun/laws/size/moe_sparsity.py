"""Loss of a mixture of experts against all its parameters, its training tokens and the share that lies idle."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, BadInput, Card, Table
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, columns

CARD = Card(
    name="moe_sparsity",
    does="L = E + A N^-α + B D^-β + C (1-S)^-λ + F (1-S)^-δ N^-γ: all parameters N, tokens D, idle share S.",
    source="Abnar et al. 2025 (Parameters vs FLOPs); the form from memory",
    assumes="One family, experts balanced; S = 1 - active/all experts. Loss only: task scores need not follow.",
    needs="Columns params (all of them), tokens, sparsity (0 dense, below 1) and y; 15 runs over several of each.",
    promises="Nothing measured on recorded runs: none with sparsity are at hand.",
    known_answer="Points made by the law give its losses back, also at larger sizes.",
    control="With one sparsity only, it says that the data do not tell lambda.",
)
INPUTS = ("params", "tokens", "sparsity")
PARAMETERS = (
    Parameter("E", 1e-6, 1e3, log=True),
    Parameter("A", 1e-6, 1e15, log=True),
    Parameter("B", 1e-6, 1e15, log=True),
    Parameter("C", 1e-9, 1e6, log=True),
    Parameter("F", 1e-9, 1e15, log=True),
    Parameter("alpha", 0.01, 2.0),
    Parameter("beta", 0.01, 2.0),
    Parameter("lambda", -2.0, 2.0),
    Parameter("delta", -2.0, 2.0),
    Parameter("gamma", 0.01, 2.0),
)
_GRID = 0.15, 0.3, 0.5
_IDLE = -0.5, 0.1, 0.5


def read(table: Table) -> Columns:
    X = columns(table, INPUTS[:2], CARD.name) | columns(table, INPUTS[2:], CARD.name, positive=False)
    wrong = (X["sparsity"] < 0) | (X["sparsity"] >= 1)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise BadInput(
            f"sparsity is the idle share of experts, from 0 to below 1, but sparsity[{i}]={X['sparsity'][i]:g}"
        )
    return X


def size(X: Columns) -> Array:
    """Training compute, 6 N (1-S) D FLOPs."""
    return 6.0 * X["params"] * (1.0 - X["sparsity"]) * X["tokens"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    shapes = params[..., 5:]
    basis, logs = _basis(shapes, X)
    c = params[..., None, :5]
    y = (c * basis).sum(axis=-1)
    parts = c * basis
    log_N, log_D, log_active = logs
    J = [-parts[..., 1] * log_N, -parts[..., 2] * log_D, -parts[..., 3] * log_active,
         -parts[..., 4] * log_active, -parts[..., 4] * log_N]  # fmt: skip
    return y, np.concatenate([basis, np.stack(J, axis=-1)], axis=-1)


def _basis(shapes: Array, X: Columns) -> tuple[Array, tuple[Array, Array, Array]]:
    alpha, beta, lam, delta, gamma = (shapes[..., i, None] for i in range(5))
    log_N, log_D, log_active = np.log(X["params"]), np.log(X["tokens"]), np.log1p(-X["sparsity"])
    parts = [-alpha * log_N, -beta * log_D, -lam * log_active, -delta * log_active - gamma * log_N]
    whole = np.stack([np.zeros_like(parts[0]), *parts], axis=-1)
    return np.exp(whole), (log_N, log_D, log_active)


def starts(X: Columns, y: Array) -> Array:
    grids = np.meshgrid(_GRID, _GRID, _IDLE, _IDLE, _GRID)
    shapes = np.stack([grid.ravel() for grid in grids], axis=1)
    return separable.best(_basis(shapes, X)[0], shapes, y, keep=16, positive=np.ones(5, bool))


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
