"""Loss against parameters, steps and batch size, with a batch size beyond which steps are hardly saved.

    L = A N^-α_N + T S_min^-α_S,    S_min = S / (1 + B_crit/B),    B_crit = B* L^(-1/α_B)

L stands on both sides, and there is one that solves it (`_solve`). A and T are the paper's N_c^α_N and S_c^α_S.
"""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.fitter import separable
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="kaplan",
    does="L = A N^-α_N + T S_min^-α_S: parameters, steps, and a batch size that pays up to B_crit = B* L^(-1/α_B).",
    source="Kaplan et al. 2020, eqs. 5.3 to 5.6; McCandlish et al. 2018",
    assumes="Data without repeats, steps past warm-up, LR tuned to each batch size; no irreducible loss in reach.",
    needs="Columns params, steps, batch_size (one unit) and y; 8 points or more, batches on both sides of B_crit.",
    promises="The larger half of a ladder of sizes and batches from the smaller (evidence/laws/kaplan.md); a batch and "
    "a width not seen to 0.89%: evidence/laws/trained_batches.md.",
    known_answer="Points made by the law give its parameters back; at infinite batch S_min = S.",
    control="Where it is not told the batch, it misses batches that it has not seen.",
)
INPUTS = ("params", "steps", "batch_size")
PARAMETERS = (
    Parameter("A", 1e-6, 1e15, log=True),
    Parameter("T", 1e-6, 1e15, log=True),
    Parameter("alpha_N", 0.005, 2.0),
    Parameter("alpha_S", 0.02, 3.0),
    Parameter("B_star", 1e-12, 1e24, log=True),
    Parameter("alpha_B", 0.01, 5.0, log=True),
)
PUBLISHED = {
    "A": 6.5e13**0.077,
    "T": 2.1e3**0.76,
    "alpha_N": 0.077,
    "alpha_S": 0.76,
    "B_star": 2e8,
    "alpha_B": 0.21,
}
"""Constants of Kaplan et al. 2020 (WebText2, non-embedding parameters, batch in tokens): B* and α_B of eq. 5.3."""
_NEWTON = 60
_ALPHA_N = 0.02, 0.05, 0.1, 0.2, 0.4
_ALPHA_S = 0.1, 0.2, 0.4, 0.7, 1.0
_ALPHA_B = 0.04, 0.15, 0.4, 1.0
_CRITICAL = np.geomspace(0.01, 10.0, 7)  # B_crit against the middle batch
_ROWS = 400  # that a grid of starts is judged on


def size(X: Columns) -> Array:
    """Parameters times steps times batch: training compute but for a factor."""
    return X["params"] * X["steps"] * X["batch_size"]


def predict(params: Array, X: Columns) -> tuple[Array, Array]:
    A, T, alpha_N, alpha_S, B_star, alpha_B = (params[..., i, None] for i in range(6))
    log_N, log_S = np.log(X["params"]), np.log(X["steps"])
    log_ratio = np.log(B_star) - np.log(X["batch_size"])
    floor, slow = A * np.exp(-alpha_N * log_N), T * np.exp(-alpha_S * log_S)
    log_L = _solve(floor, slow, log_ratio, alpha_S, alpha_B)
    crit, more = _of_batch(slow, log_ratio, alpha_S, alpha_B, log_L)
    y = floor + more
    of_crit = more * alpha_S * crit / (1.0 + crit)  # d(right side)/d log B_crit
    J = [floor / A, more / T, -floor * log_N, more * (np.log1p(crit) - log_S),
         of_crit / B_star, of_crit * log_L / alpha_B**2]  # fmt: skip
    implicit = 1.0 + of_crit / (alpha_B * y)  # d(left - right)/dL
    return y, np.stack(np.broadcast_arrays(*J), axis=-1) / implicit[..., None]


def _of_batch(slow: Array, log_ratio: Array, alpha_S: Array, alpha_B: Array, log_L: Array) -> tuple[Array, Array]:
    """B_crit/B, and what the steps leave of the loss, at a loss."""
    crit = np.exp(np.minimum(log_ratio - log_L / alpha_B, 200.0))
    return crit, slow * (1.0 + crit) ** alpha_S


def _solve(floor: Array, slow: Array, log_ratio: Array, alpha_S: Array, alpha_B: Array) -> Array:
    """Log of the L with L = floor + slow (1 + B_crit(L)/B)^α_S.

    In log L, left less right grows and is concave, so Newton's steps from below rise to the root; and nearly straight,
    so that few of them do, however steep B_crit is.
    """
    log_L = np.log(floor + slow)
    for _ in range(_NEWTON):
        crit, more = _of_batch(slow, log_ratio, alpha_S, alpha_B, log_L)
        right = floor + more
        step = (np.log(right) - log_L) / (1.0 + more / right * alpha_S * crit / ((1.0 + crit) * alpha_B))
        log_L = log_L + step
        if np.all(np.abs(step) <= 1e-14):
            break
    return log_L


def starts(X: Columns, y: Array) -> Array:
    few = np.linspace(0, y.size - 1, min(y.size, _ROWS)).astype(int)
    N, S, B, y = X["params"][few], X["steps"][few], X["batch_size"][few], y[few]
    alpha_N, alpha_S, alpha_B, crit = (g.ravel() for g in np.meshgrid(_ALPHA_N, _ALPHA_S, _ALPHA_B, _CRITICAL))
    B_star = crit * np.median(B) * np.median(y) ** (1.0 / alpha_B)
    S_min = S / (1.0 + B_star[:, None] * y ** (-1.0 / alpha_B[:, None]) / B)
    basis = np.stack([N ** -alpha_N[:, None], S_min ** -alpha_S[:, None]], axis=-1)
    shapes = np.stack([alpha_N, alpha_S, B_star, alpha_B], axis=1)
    return separable.best(basis, shapes, y, keep=12, positive=np.ones(2, bool))


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
