"""Many robust fits at once: damped Gauss-Newton within bounds, vectorised over starts and bootstrap draws.

Minimises ``Σ_i w_i ρ_δ(r_i)`` with Huber's ρ (½ r² up to δ, linear beyond), summed and not averaged: a mean makes the
objective so small that default tolerances stop at once. A step solves ``(H + λ diag H) s = -g``; λ falls after a step
that helps and grows after one that does not (Marquardt 1963). Beyond δ Huber's curvature is zero; a share of the
reweighting majoriser's stands in for it, so that far starts move and near ones still converge fast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array

Residuals = Callable[[Array, NDArray[Any]], tuple[Array, Array]]
"""``(theta (k, p), which (k,)) -> residuals (k, n), jacobian (k, n, p)``; ``which`` are the problems' indices."""

_SHARES = 0.03, 1.0  # of the majoriser's curvature beyond δ: near the optimum, and far from it
_NEAR = 1e-3  # a step that lowers the objective by less than this share is near
_STILL = 3  # steps in turn that change nothing
_STUCK = 1e6  # λ from which a step that fails counts as one that changes nothing
_GROW, _SHRINK = 4.0, 0.3  # of λ; the usual order of size, arbitrary
_LEAST, _MOST = 1e-10, 1e12  # λ


@dataclass(frozen=True)
class Optimum:
    """Where each of k problems ended: theta (k, p), objective (k,), converged (k,), and steps taken in all."""

    theta: Array
    objective: Array
    converged: np.ndarray
    steps: int


def huber(residual: Array, delta: float) -> Array:
    """½ r² within δ of zero, δ (|r| - ½ δ) beyond.

    Example:
        >>> huber(np.array([0.5, 3.0]), 1.0).tolist()
        [0.125, 2.5]
    """
    size = np.abs(residual)
    return np.where(size <= delta, 0.5 * size**2, delta * (size - 0.5 * delta))


def minimise(
    residuals: Residuals,
    start: Array,
    low: Array,
    high: Array,
    weight: Array,
    *,
    delta: float = 1e-3,
    most: int = 200,
    tolerance: float = 1e-10,
    center: Array | None = None,
    precision: Array | None = None,
) -> Optimum:
    """The least of every problem that descends from its start.

    Args:
        start: shape (k, p), one row a problem.
        low, high: shape (p,), or (k, p) for problems with bounds of their own; a parameter may end at one.
        weight: shape (n,), or (k, n) for problems that weigh points differently (bootstrap draws).
        delta: where Huber's loss turns linear, in units of the residuals; ``inf`` for least squares.
        most: steps at most.
        tolerance: a problem has converged when three steps in turn each lower its objective by less than this share.
        center: shape (p,), or (k, p) for problems with priors of their own.
        precision: shape (p,), ``½ precision (theta - center)²`` is added to the objective: a weak prior.

    Example:
        >>> x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])
        >>> line = lambda theta, which: (theta * x - y, np.broadcast_to(x[:, None], (len(theta), 3, 1)))
        >>> found = minimise(line, np.array([[0.0]]), np.array([-9.0]), np.array([9.0]), np.ones(3), delta=np.inf)
        >>> found.theta.round(6).tolist()
        [[2.0]]
    """
    theta = np.clip(np.array(start, float), low, high)
    k = len(theta)
    low, high = np.broadcast_to(low, theta.shape), np.broadcast_to(high, theta.shape)
    weights = np.broadcast_to(weight, (k, weight.shape[-1]))
    flat = np.full(theta.shape[1], 0.0)
    precise: Array = flat if precision is None else precision
    middle: Array = np.broadcast_to(flat if center is None else center, theta.shape)
    r, J = (np.array(values) for values in residuals(theta, np.arange(k)))
    value = _objective(r, weights, delta) + penalty(theta, middle, precise)
    damping, near, still = np.full(k, 1e-2), np.zeros(k, bool), np.zeros(k, int)
    active = np.flatnonzero(np.isfinite(value))
    steps = 0
    while active.size and steps < most:
        steps += 1
        share = np.where(near[active], *_SHARES)[:, None]
        least, largest = low[active], high[active]
        step = _step(
            theta[active], r[active], J[active], weights[active], damping[active], share, least, largest, delta,
            (middle[active], precise),
        )  # fmt: skip
        tried = np.clip(theta[active] + step, least, largest)
        r_new, J_new = residuals(tried, active)
        new = _objective(r_new, weights[active], delta) + penalty(tried, middle[active], precise)
        better = new < value[active]
        gain = np.where(better, 1.0 - new / np.maximum(value[active], 1e-300), 0.0)
        won = active[better]
        theta[won], r[won], J[won], value[won] = tried[better], r_new[better], J_new[better], new[better]
        damping[active] = np.clip(damping[active] * np.where(better, _SHRINK, _GROW), _LEAST, _MOST)
        near[won] = gain[better] < _NEAR
        stuck = np.where(better, gain < tolerance, damping[active] > _STUCK)
        still[active] = np.where(stuck, still[active] + 1, np.where(better, 0, still[active]))
        active = active[still[active] < _STILL]
    return Optimum(theta, value, still >= _STILL, steps)


def _objective(r: Array, weight: Array, delta: float) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        total = (weight * huber(r, delta)).sum(axis=-1)
    return np.where(np.isfinite(total), total, np.inf)


def penalty(theta: Array, center: Array, precision: Array) -> Array:
    """What a weak prior adds to the objective: ½ precision (theta - center)², summed."""
    return 0.5 * (precision * (theta - center) ** 2).sum(axis=-1)


def _step(
    theta: Array,
    r: Array,
    J: Array,
    w: Array,
    damping: Array,
    share: Array,
    low: Array,
    high: Array,
    delta: float,
    prior: tuple[Array, Array],
) -> Array:
    size = np.maximum(np.abs(r), 1e-300)
    gradient = np.einsum("kn,knp->kp", w * np.clip(r, -delta, delta), J) + prior[1] * (theta - prior[0])
    fixed = ((theta <= low) & (gradient > 0)) | ((theta >= high) & (gradient < 0))
    gradient = np.where(fixed, 0.0, gradient)
    rooted = J * np.sqrt(w * np.where(size <= delta, 1.0, share * delta / size))[..., None]
    free = ~fixed
    H = (np.swapaxes(rooted, 1, 2) @ rooted + np.diag(prior[1])) * (free[:, :, None] & free[:, None, :])
    diagonal = np.einsum("kpp->kp", H)
    unit = np.sqrt(np.maximum(diagonal, 1e-14 * np.maximum(diagonal.max(axis=1, keepdims=True), 1e-300)))
    scaled = H / (unit[:, :, None] * unit[:, None, :])
    scaled = scaled + (damping[:, None] + 1e-12)[..., None] * np.eye(theta.shape[1])
    scaled = scaled + fixed[:, :, None] * np.eye(theta.shape[1])
    step = np.asarray(np.linalg.solve(scaled, (gradient / unit)[..., None]), float)[..., 0]
    return np.where(fixed, 0.0, -step / unit)
