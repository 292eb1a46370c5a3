"""The functional scaling law: loss in intrinsic time, and noise that the rate injects and a kernel forgets.

``L = L₀ + A τ^-s + B' ∫ K(τ - r) η(r) dr`` with τ the LR area and ``K(u) = (1 + C u)^-(1 + κ)``. Along a path
the integral is a sum over the rate's changes: the multi-power law with γ = 0 and ``B = B' / (C κ)``.
"""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.law import Parameter
from forerun.laws.path.base import PathLaw, Paths, Slopes, read, starts_along
from forerun.laws.path.multi_power import falls_slopes, gain_of, kernel

CARD = Card(
    name="functional_scaling",
    does="L = L₀ + A τ^-s + noise: what the rate injected, forgotten by a power of the LR area since.",
    source="Li et al. 2025 (2509.19189): kernel exponent 2 - 1/β there is 1 + κ here, 0 < κ < 1",
    assumes="One model, data set and batch size.",
    needs="Columns run, step, rate and y; a run that has cooled down.",
    promises="Losses under schedules that were not fitted: evidence/laws.",
    known_answer="Losses made by the law give its parameters back.",
    control="Fitted to constant rates alone it warns that it never saw a cooldown.",
)
PARAMETERS = (
    Parameter("L0", 1e-6, 1e3, log=True),
    Parameter("A", 1e-9, 1e9, log=True),
    Parameter("s", 0.02, 3.0),
    Parameter("B", 1e-3, 1e9, log=True),
    Parameter("C", 1e-4, 1e6, log=True),
    Parameter("kappa", 0.02, 1.0),
)
_SHAPES = np.array([[C, kappa] for C in (1.0, 10.0, 100.0) for kappa in (0.2, 0.5, 0.9)])


def predict(params: Array, X: Paths) -> tuple[Array, Array]:
    L0, A, s, B, C, kappa = (params[..., i, None] for i in range(6))
    fall = X.area**-s
    drop, by_C, by_kappa, _ = kernel(C, kappa, np.zeros_like(C), X, warm_up=True)
    y = L0 + A * fall - B * drop
    parts = [np.ones_like(y), fall, -A * fall * np.log(X.area), -drop, -B * by_C, -B * by_kappa]
    return y, np.stack(parts, axis=-1)


def slopes(params: Array, X: Paths) -> Slopes:
    level = np.zeros_like(params[..., :1])  # γ
    return falls_slopes(np.concatenate([params, level], axis=-1), X, np.ones_like(X.warming[0]))


def starts(X: Paths, y: Array) -> Array:
    def gained(shapes: Array, X: Paths) -> Array:
        C, kappa = shapes.T[..., None]
        return -kernel(C, kappa, np.zeros_like(C), X, warm_up=True)[0]

    return starts_along(X, y, _SHAPES, gained)[:, [0, 1, 3, 2, 4, 5]]


def prior(X: Paths, y: Array) -> dict[str, tuple[float, float]]:
    """As the multi-power law's: a constant rate does not tell B."""
    return {"B": (gain_of(X, y), 1.0)}


LAW = PathLaw(
    card=CARD,
    version="1",
    parameters=PARAMETERS,
    read=read,
    predict=predict,
    starts=starts,
    prior=prior,
    slopes=slopes,
)
