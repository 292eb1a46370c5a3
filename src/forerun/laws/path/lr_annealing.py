"""The LR annealing law: a power of the LR area, less the momentum of the rate's falls."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card
from forerun.laws.law import Parameter
from forerun.laws.path.base import PathLaw, Paths, Slopes, read, starts_along
from forerun.laws.path.multi_power import gain_of

CARD = Card(
    name="lr_annealing",
    does="L = L₀ + A S₁^-α - C S₂: S₂ sums the rate's falls, each fading in over 1/(1-λ) steps.",
    source="Tissue et al. 2024 (2408.11029); λ fitted, warm-up in both sums",
    assumes="One model, data set and peak rate.",
    needs="Columns run, step, rate and y; a run that has cooled down.",
    promises="Four schedules that were not fitted, on trained runs, to 0.39%, where a power law in steps is 0.59% off: "
    "evidence/laws/trained_schedules.md.",
    known_answer="Losses made by the law give its parameters back.",
    control="Fitted to constant rates alone it warns that it never saw a cooldown.",
)
PARAMETERS = (
    Parameter("L0", 1e-6, 1e3, log=True),
    Parameter("A", 1e-9, 1e9, log=True),
    Parameter("alpha", 0.02, 3.0),
    Parameter("C", 1e-6, 1e9, log=True),
    Parameter("fade", 1e-5, 0.2, log=True),  # 1 - λ
)
_FADE = 0.003
_SHAPES = np.array([[3e-4], [1e-3], [3e-3], [1e-2]])


def predict(params: Array, X: Paths) -> tuple[Array, Array]:
    L0, A, alpha, C, fade = (params[..., i, None] for i in range(5))
    fall = X.area**-alpha
    momentum, by_fade = annealed(fade, X)
    y = L0 + A * fall - C * momentum
    return y, np.stack([np.ones_like(y), fall, -A * fall * np.log(X.area), -momentum, -C * by_fade], axis=-1)


def slopes(params: Array, X: Paths) -> Slopes:
    L0, A, alpha, C, fade = (params[..., i, None] for i in range(5))
    by_drop = -C * (1.0 - np.exp((X.step - X.at_step[0]) * np.log1p(-fade))) / fade
    y = (L0 + A * X.area**-alpha)[..., 0] + by_drop @ X.drop[0]
    by_area = (-alpha * A * X.area ** (-alpha - 1.0))[..., 0]
    return Slopes(y, by_area, by_drop, 0.0 * by_drop, 0.0 * by_drop)


def annealed(fade: Array, X: Paths) -> tuple[Array, Array]:
    """S₂ = Σ_k (η_{k-1} - η_k) (1 - λ^s) / (1 - λ) at every point, s the steps since each fall; and its derivative."""
    since = np.maximum(X.step[:, None] - X.at_step[X.run], 0.0)
    fade = fade[..., None]
    left = np.exp(since * np.log1p(-fade))
    grown = (1.0 - left) / fade
    by_fade = (since * left / (1.0 - fade) - grown) / fade
    drop = X.drop[X.run]
    return np.einsum("...nq,nq->...n", grown, drop), np.einsum("...nq,nq->...n", by_fade, drop)


def starts(X: Paths, y: Array) -> Array:
    return starts_along(X, y, _SHAPES, lambda shapes, X: -annealed(shapes, X)[0])[:, [0, 1, 3, 2, 4]]


def prior(X: Paths, y: Array) -> dict[str, tuple[float, float]]:
    """A constant rate tells neither C nor λ: falls fade in over hundreds of steps, and give a tenth of the loss."""
    return {"C": (_FADE * gain_of(X, y), 1.0), "fade": (_FADE, 1.0)}


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
