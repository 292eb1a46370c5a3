"""How to spend compute on parameters and tokens where unique tokens are few and repeats are allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from forerun.core import Answer, BadInput, Card, Table, Undecided
from forerun.core.display import number
from forerun.laws.data.data_constrained import PARAMETERS, PUBLISHED, predict
from forerun.laws.fitter.fit import fit
from forerun.laws.question import Question

CARD = Card(
    name="allocation",
    does="Parameters, tokens and epochs of the lowest loss at a compute, by the law `data_constrained`.",
    source="Muennighoff et al. 2023",
    assumes="As the law `data_constrained`.",
    needs="Columns params, tokens, unique_tokens and y; settings flops and unique_tokens.",
    promises="No worse than the published allocation.",
    known_answer="The published constants give the published allocation to its grid.",
    control="With data to spare it repeats nothing.",
)


@dataclass(frozen=True)
class Allocation:
    """How to spend compute: parameters, tokens, passes over the unique tokens, and the loss to expect."""

    params: float
    tokens: float
    epochs: float
    loss: float


def optimal_allocation(flops: float, unique_tokens: float, params: Mapping[str, float] | None = None) -> Allocation:
    """The parameters and tokens that a law gives the lowest loss at ``6 N D = flops``, repeats allowed.

    Args:
        flops: compute to spend.
        unique_tokens: how many different tokens there are.
        params: the law's parameters, as `Fit.params` holds them; the published ones by default.

    Raises:
        BadInput: a budget or a number of tokens that is not positive.

    Example:
        >>> best = optimal_allocation(1e22, 25e9)
        >>> round(best.tokens / 1e9, 2), round(best.epochs, 3), round(best.params / 1e9, 3)
        (237.21, 9.488, 7.026)
    """
    if not (flops > 0 and unique_tokens > 0):
        raise BadInput(f"flops and unique_tokens must be positive, but are {flops:g} and {unique_tokens:g}")
    theta = np.array([(params or PUBLISHED)[parameter.name] for parameter in PARAMETERS])

    def loss(log_N: float) -> float:
        N = np.exp(log_N)
        D = flops / (6.0 * N)
        X = {"params": np.array([N]), "tokens": np.array([D]), "unique_tokens": np.array([min(unique_tokens, D)])}
        return float(predict(theta, X)[0][0])

    grid: list[float] = np.linspace(float(np.log(1e3)), float(np.log(flops / 6e3)), 400).tolist()
    i = int(np.argmin([loss(log_N) for log_N in grid]))
    around = grid[max(i - 1, 0)], grid[min(i + 1, len(grid) - 1)]
    scipy: Any = optimize
    least = scipy.minimize_scalar(loss, bounds=around, method="bounded", options={"xatol": 1e-10})
    N = float(np.exp(least.x))
    D = flops / (6.0 * N)
    return Allocation(N, D, max(D / unique_tokens, 1.0), float(least.fun))


def answer(table: Table, *, flops: float, unique_tokens: float, seed: int = 0) -> Answer | Undecided:
    """The allocation by the law fitted to the table; drawn as tokens over parameters at that compute."""
    made = fit("data_constrained", table, seed=seed)
    if isinstance(made, Undecided):
        return made
    best = optimal_allocation(flops, unique_tokens, made.params)
    N = np.geomspace(best.params / 10.0, best.params * 10.0, 41)
    tokens = flops / (6.0 * N)
    plans = Table({"params": N, "tokens": tokens, "unique_tokens": np.minimum(unique_tokens, tokens)})
    curve = made.predict(plans)
    if isinstance(curve, Undecided):
        return curve
    rows = {"params": N, "predicted": curve.y, "low": curve.low, "high": curve.high}
    values = {"params": best.params, "tokens": best.tokens, "epochs": best.epochs, "loss": best.loss}
    says = f"{number(best.params)} parameters on {number(best.tokens)} tokens, {number(best.epochs)} epochs"
    return Answer(CARD.name, "1", says, values, Table(rows), made.warnings)


QUESTION = Question(card=CARD, version="1", columns=("params", "tokens", "unique_tokens", "y"), answer=answer)
