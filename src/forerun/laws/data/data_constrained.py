"""Loss against parameters, training tokens and unique tokens: what a repeated token, and an excess parameter, is worth.

N and D of `chinchilla` are replaced by effective ones. With R_D = D/U_D - 1 repeats of U_D unique tokens, and R_N =
N/U_N - 1 parameters in excess of the U_N that U_D unique tokens would be given at best (all of N where it is fewer):

    D' = U_D + U_D R_D* (1 - exp(-R_D/R_D*)),    N' = U_N + U_N R_N* (1 - exp(-R_N/R_N*))
"""

from __future__ import annotations

import numpy as np

from forerun.core import Array, BadInput, Card, Table
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, columns

CARD = Card(
    name="data_constrained",
    does="L = E + A N'^-α + B D'^-β, with effective parameters N' and tokens D' that saturate as data repeat.",
    source="Muennighoff et al. 2023; formula, constants and check values as in the authors' released notebook",
    assumes="One architecture and data set; repeats are epochs over the same tokens; no run overfits or diverges.",
    needs="Columns params, tokens, unique_tokens and y; 8 runs or more, some of several epochs.",
    promises="The published check values to 1e-9; held-out epochs and sizes: evidence/laws/largest.md.",
    known_answer="The published constants give three published losses and an allocation.",
    control="With one epoch of ample data it equals chinchilla; from one epoch alone the data do not tell R_D.",
)
INPUTS = ("params", "tokens", "unique_tokens")
PARAMETERS = (
    Parameter("E", 1e-6, 1e3, log=True),
    Parameter("A", 1e-6, 1e15, log=True),
    Parameter("B", 1e-6, 1e15, log=True),
    Parameter("alpha", 0.01, 2.0),
    Parameter("beta", 0.01, 2.0),
    Parameter("R_D", 0.1, 1e4, log=True),
    Parameter("R_N", 0.1, 1e4, log=True),
)
PUBLISHED = {
    "E": float(np.exp(0.6254804)),
    "A": float(np.exp(6.255414)),
    "B": float(np.exp(7.3049974)),
    "alpha": 0.3526596,
    "beta": 0.3526596,
    "R_D": 15.387756,
    "R_N": 5.309743,
}
"""Constants of Muennighoff et al. 2023 (C4, GPT-2 architecture, 182 runs)."""
_GRID = np.linspace(0.1, 0.9, 9)
_REPEATS = 3.0, 10.0, 30.0


def read(table: Table) -> Columns:
    X = columns(table, INPUTS, CARD.name)
    few = X["tokens"] < X["unique_tokens"] * (1.0 - 1e-9)
    if few.any():
        i = int(np.argmax(few))
        raise BadInput(
            f"unique_tokens[{i}]={X['unique_tokens'][i]:g} is more than tokens[{i}]={X['tokens'][i]:g}; "
            "give the unique tokens that the run saw"
        )
    return X


def size(X: Columns) -> Array:
    """Training compute, 6 N D FLOPs."""
    return 6.0 * X["params"] * X["tokens"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    E, A, B, alpha, beta, R_D, R_N = (params[..., i, None] for i in range(7))
    log_U, slopes = _log_used(A, B, alpha, beta, X)
    D, of_R_D, _ = _effective(X["tokens"], X["unique_tokens"], R_D)
    N, of_R_N, of_U = _effective(X["params"], np.exp(log_U), R_N)
    part_N, part_D = A * N**-alpha, B * D**-beta
    y = E + part_N + part_D
    through = -alpha * part_N / N * of_U * np.exp(log_U)  # dL/d log U_N
    J = [
        np.ones_like(y),
        part_N / A + through * slopes[0],
        part_D / B + through * slopes[1],
        -part_N * np.log(N) + through * slopes[2],
        -part_D * np.log(D) + through * slopes[3],
        -beta * part_D / D * of_R_D,
        -alpha * part_N / N * of_R_N,
    ]
    return y, np.stack(np.broadcast_arrays(*J), axis=-1)


def _effective(whole: Array, unique: Array, R: Array) -> tuple[Array, Array, Array]:
    """U + U R*(1 - exp(-r/R*)), and its slopes in R* and in U."""
    repeats = np.maximum(whole / unique - 1.0, 0.0)
    left = np.exp(-repeats / R)
    gained = R * -np.expm1(-repeats / R)
    return unique * (1.0 + gained), unique * (1.0 - left * (1.0 + repeats / R)), 1.0 + gained - left * (1.0 + repeats)


def _log_used(A: Array, B: Array, alpha: Array, beta: Array, X: Columns) -> tuple[Array, list[Array]]:
    """log U_N = log min(N, what is best for U_D tokens), and its slopes in A, B, α and β."""
    both, ratio = alpha + beta, beta / alpha
    log_G = (np.log(alpha * A) - np.log(beta * B)) / both
    log_U_D = np.log(X["unique_tokens"])
    best = log_G * (1.0 + ratio) + ratio * log_U_D
    inside = (best < np.log(X["params"])) & (best > 0.0)  # below 1 parameter the allocation says nothing
    best = np.maximum(best, 0.0)
    of_alpha = (1.0 / alpha - log_G) / both * (1.0 + ratio) - (log_G + log_U_D) * ratio / alpha
    of_beta = (-1.0 / beta - log_G) / both * (1.0 + ratio) + (log_G + log_U_D) / alpha
    slopes = [(1.0 + ratio) / (A * both), -(1.0 + ratio) / (B * both), of_alpha, of_beta]
    return np.minimum(best, np.log(X["params"])), [np.where(inside, slope, 0.0) for slope in slopes]


def starts(X: Columns, y: Array) -> Array:
    alpha, beta, R_D = (grid.ravel() for grid in np.meshgrid(_GRID, _GRID, _REPEATS))
    shapes = np.stack([alpha, beta, R_D, np.full(alpha.size, PUBLISHED["R_N"])], axis=1)
    D = _effective(X["tokens"], X["unique_tokens"], R_D[:, None])[0]
    of_N, of_D = X["params"] ** -alpha[:, None], D ** -beta[:, None]
    basis = np.stack([np.ones_like(of_N), of_N, of_D], axis=-1)
    return separable.best(basis, shapes, y, positive=np.ones(3, bool))


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
