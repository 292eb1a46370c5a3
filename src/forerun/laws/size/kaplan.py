"""Loss against parameters, steps and batch size, with a batch size beyond which steps are hardly saved.

    L = A N^-α_N + T S_min^-α_S,    S_min = S / (1 + B_crit/B),    B_crit = B* L^(-1/α_B)

L stands on both sides, and there is one that solves it (`_solve`). A and T are the paper's N_c^α_N and S_c^α_S.
"""

from __future__ import annotations

import numpy as np

from forerun.core import Array, BadInput, Card, Range, Table, Undecided
from forerun.laws.fitter import Fit, separable
from forerun.laws.law import Columns, Law, Parameter, positive_columns

CARD = Card(
    name="kaplan",
    does="L = A N^-α_N + T S_min^-α_S: parameters, steps, and a batch size that pays up to B_crit = B* L^(-1/α_B).",
    source="Kaplan et al. 2020, eqs. 5.3 to 5.6; McCandlish et al. 2018",
    assumes="Data without repeats, steps past warm-up, LR tuned to each batch size; no irreducible loss in reach.",
    needs="Columns params, steps, batch_size (one unit) and y; 8 points or more, batches on both sides of B_crit.",
    promises="The larger half of a ladder of sizes and batches from the smaller: studies/laws.",
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
    J = [floor / A, more / T, -floor * log_N, more * (np.log1p(crit) - log_S)]
    J += [of_crit / B_star, of_crit * log_L / alpha_B**2]
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


def critical_batch(fit: Fit, loss: float) -> Range:
    """The batch size that costs twice the fewest steps and twice the fewest samples to a loss, 80% of the draws.

    Args:
        loss: the loss to be reached, in the unit of the fitted y.

    Returns:
        A `Range` in the unit of the fitted ``batch_size``.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> X = {"params": 10 ** rng.uniform(5, 8, 60), "steps": 10 ** rng.uniform(3, 5, 60)}
        >>> X["batch_size"] = 10 ** rng.uniform(4, 7, 60)
        >>> from forerun.laws.fitter import fit
        >>> made = fit("kaplan", Table({**X, "y": predict(np.array(list(PUBLISHED.values())), X)[0]}))
        >>> round(critical_batch(made, 3.0).estimate / 1e6, 2)
        1.07
    """
    _checked(fit, "loss", loss)
    return fit.derived(lambda p: p[:, 4] * loss ** (-1.0 / p[:, 5]), "batch size")


def steps_to(fit: Fit, loss: float, params: float, batch_size: float) -> Range | Undecided:
    """Steps that a model of so many parameters needs to reach a loss at a batch size.

    Its 80% range is of what will be measured: the steps between which the law's 80% interval holds the loss. Its end
    is inf where the loss may never be reached.

    Returns:
        A `Range` in steps; `Undecided` where the law says that a model of this size never gets there.

    Raises:
        BadInput: a loss, size or batch that is not positive, or the fit of another law.
    """
    for name, value in (("loss", loss), ("params", params), ("batch_size", batch_size)):
        _checked(fit, name, value)
    steps = _steps_to(fit, loss, params, batch_size)
    if not np.isfinite(steps):
        least = fit.params["A"] * params ** -fit.params["alpha_N"]
        return Undecided(f"{params:g} parameters reach {least:.4g} at best, not {loss:g}", "a larger model")
    told = fit.predict(Table({"params": [params], "steps": [steps], "batch_size": [batch_size]}))
    if isinstance(told, Undecided):
        return told
    soonest, latest = (_steps_to(fit, loss * told.y[0] / end[0], params, batch_size) for end in (told.low, told.high))
    return Range(steps, soonest, latest, "steps")


def _steps_to(fit: Fit, loss: float, params: float, batch_size: float) -> float:
    A, T, alpha_N, alpha_S, B_star, alpha_B = (fit.params[parameter.name] for parameter in PARAMETERS)
    left = loss - A * params**-alpha_N
    if left <= 0:
        return np.inf
    return float((T / left) ** (1.0 / alpha_S) * (1.0 + B_star * loss ** (-1.0 / alpha_B) / batch_size))


def _checked(fit: Fit, name: str, value: float) -> None:
    if fit.law != CARD.name:
        raise BadInput(f"a fit of law 'kaplan' is needed, but this is one of {fit.law!r}")
    if not value > 0:
        raise BadInput(f"{name} must be positive, but is {value:g}")


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
