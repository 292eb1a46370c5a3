"""How many times the data another training needs to end at the same loss, and what noise leaves of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from forerun.core import Array, BadInput, Undecided

_fit = cast(Callable[..., Any], optimize.curve_fit)  # scipy's own types leave its keywords unknown


@dataclass(frozen=True)
class DataSpeedUp:
    """Data that the baseline would need, over data used.

    Args:
        estimate: the factor. low, high: interval, given the noise of final losses. method: how it was made.
    """

    estimate: float
    low: float
    high: float
    method: str


def data_equivalent(
    data: ArrayLike,
    baseline: ArrayLike,
    loss: float,
    at: float,
    *,
    noise: float,
    level: float = 0.95,
    draws: int = 400,
    seed: int = 0,
) -> DataSpeedUp | Undecided:
    """The speed-up in data of a training that ends at a loss, over a baseline that was trained on several amounts.

    The baseline's losses follow ``L(D) = A D^-B + E``, of which four points leave one degree of freedom: so the noise
    of a final loss must be known from elsewhere, such as other seeds.

    Args:
        data: amounts the baseline was trained on, shape (n,), 4 or more; tokens, or multiples of any unit.
        baseline: its final losses, shape (n,).
        loss: final loss of the other training.
        at: the data that it used, in the unit of data.
        noise: sd of a final loss over seeds, in the loss' unit; 0 asks for no interval.
        level: mass of the interval.
        draws: of losses within their noise.
        seed: of the draws.

    Returns:
        Undecided where the law does not fit, or the loss lies below what it can reach.

    Raises:
        BadInput: fewer than 4 points, or amounts that do not grow.

    Source: Wen et al. 2025, Fantastic Pretraining Optimizers, section on data-efficiency speed-up.

    Example:
        >>> d = np.array([1.0, 2.0, 4.0, 8.0])
        >>> data_equivalent(d, 2.0 + d**-0.5, 2.0 + 16.0**-0.5, 8.0, noise=0.0).estimate
        2.0...
    """
    x, y = np.asarray(data, np.float64), np.asarray(baseline, np.float64)
    if x.shape != y.shape or x.ndim != 1 or x.size < 4 or (np.diff(x) <= 0.0).any():
        raise BadInput(f"needs losses of 4 or more growing amounts of data, but got {x.size} and {y.size}")
    estimate = _factor(x, y, loss, at)
    if estimate is None:
        return Undecided("the baseline's law does not reach that loss", "a baseline trained on more data")
    if not noise:
        return DataSpeedUp(estimate, estimate, estimate, "power law, no noise given")
    rng = np.random.default_rng(seed)
    again = [_factor(x, y + noise * rng.standard_normal(x.size), loss + noise * float(rng.standard_normal()), at)
             for _ in range(draws)]  # fmt: skip
    factors = np.array([np.inf if factor is None else factor for factor in again])
    low, high = np.quantile(factors, [0.5 - level / 2, 0.5 + level / 2], method="inverted_cdf").tolist()
    return DataSpeedUp(estimate, low, high, f"power law, losses drawn with sd {noise:g}")


def _factor(x: Array, y: Array, loss: float, at: float) -> float | None:
    start = [max(y[0] - y[-1], 1e-9), 0.5, y[-1]]
    try:
        fitted = cast(tuple[Array, Array], _fit(_law, x / x[0], y, p0=start, maxfev=20_000))
    except RuntimeError:
        return None
    scale, power, floor = fitted[0].tolist()
    if loss <= floor or scale <= 0.0 or power <= 0.0:
        return None
    return float(((loss - floor) / scale) ** (-1.0 / power) * x[0] / at)


def _law(x: Array, scale: float, power: float, floor: float) -> Array:
    return scale * x**-power + floor
