"""Do things happen as often as confidences say? Reliability tables, calibration errors, Brier scores, and their null.

A calibration error that is estimated from bins is above 0 even for perfect confidences, the more so the fewer items:
`calibration_error(..., debiased=True)` takes away what chance adds to its square, `calibration_test` says how large it
would be by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, BadInput

Norm = Literal["l1", "l2", "max"]
Bins = Literal["width", "mass"]
BINS = 15
"""Bins by default; Guo et al. 2017."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """A row a bin that holds items, confidences increasing.

    Args:
        count: items. confidence: their mean confidence. frequency: the share of them that came true.
    """

    count: Array
    confidence: Array
    frequency: Array


@dataclass(frozen=True)
class Brier:
    """The Brier score and its parts: ``score = reliability - resolution + uncertainty + within``.

    Args:
        score: mean squared difference of confidence and outcome; lower is better.
        reliability: what miscalibration costs. resolution: what telling items apart gains.
        uncertainty: the score of the overall frequency. within: what bins hide; 0 where each has one confidence.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float


@dataclass(frozen=True)
class CalibrationTest:
    """A calibration error beside those of confidences that are right.

    Args:
        error: as measured. expected: its mean if confidences are right. p_value: how often it is as large by chance.
    """

    error: float
    expected: float
    p_value: float


def _checked(confidence: ArrayLike, outcome: ArrayLike) -> tuple[Array, Array]:
    p, y = np.asarray(confidence, np.float64), np.asarray(outcome, np.float64)
    if p.ndim != 1 or p.shape != y.shape or not p.size:
        raise BadInput(f"needs an outcome for every confidence, but has shapes {p.shape} and {y.shape}")
    if not ((p >= 0) & (p <= 1)).all():
        i = int(np.argmin((p >= 0) & (p <= 1)))
        raise BadInput(f"a confidence must be 0 to 1, but confidence[{i}] is {p[i]:g}")
    if not np.isin(y, (0.0, 1.0)).all():
        i = int(np.argmin(np.isin(y, (0.0, 1.0))))
        raise BadInput(f"an outcome must be 0 or 1, but outcome[{i}] is {y[i]:g}")
    return p, y


def _binned(p: Array, bins: int, by: Bins) -> NDArray[np.intp]:
    """The bin of each confidence: 1.0 is in the last, and equal confidences are in one."""
    if by == "width":
        return np.searchsorted(np.linspace(0.0, 1.0, bins + 1)[1:-1], p, side="right")
    return np.searchsorted(np.sort(p), p, side="left") * bins // p.size


def _sums(index: NDArray[np.intp], p: Array, y: Array) -> Reliability:
    count = np.bincount(index)
    full = np.flatnonzero(count)
    means = [np.bincount(index, one)[full] / count[full] for one in (p, y)]
    return Reliability(count[full].astype(np.float64), *means)


def reliability(confidence: ArrayLike, outcome: ArrayLike, *, bins: int = BINS, by: Bins = "width") -> Reliability:
    """Confidence and frequency of each bin that holds an item.

    Args:
        confidence: shape (n,), 0 to 1.
        outcome: shape (n,), 0 or 1.
        bins: how many at most.
        by: bins of equal width, or of equal mass (as many items, ties in one bin).

    Raises:
        BadInput: shapes that differ, or values out of range.

    Example:
        >>> table = reliability([0.2, 0.3, 1.0], [0, 1, 1], bins=2)
        >>> table.count.tolist(), table.confidence.tolist(), table.frequency.tolist()
        ([2.0, 1.0], [0.25, 1.0], [0.5, 1.0])
    """
    p, y = _checked(confidence, outcome)
    return _sums(_binned(p, bins, by), p, y)


def _error(table: Reliability, norm: Norm, debiased: bool) -> float:
    gap, weight, f = table.confidence - table.frequency, table.count / table.count.sum(), table.frequency
    if norm == "max":
        return float(np.abs(gap).max())
    if norm == "l1":
        return float(weight @ np.abs(gap))
    chance = np.where(table.count > 1, f * (1 - f) / np.maximum(table.count - 1, 1), 0.0) if debiased else 0.0
    return float(np.sqrt(max(float(weight @ (gap**2 - chance)), 0.0)))


def calibration_error(
    confidence: ArrayLike,
    outcome: ArrayLike,
    *,
    norm: Norm = "l1",
    bins: int = BINS,
    by: Bins = "width",
    debiased: bool = False,
) -> float:
    """How far confidences are from frequencies: ECE (l1), the root mean square (l2), or the largest gap (max).

    Args:
        confidence: shape (n,), 0 to 1.
        outcome: shape (n,), 0 or 1.
        norm: over bins, each weighed by its items; the root of l2 is taken once.
        bins: how many at most.
        by: bins of equal width or equal mass.
        debiased: of l2, take from each squared gap what chance adds to it; a bin with one item has none to take.

    Raises:
        BadInput: values out of range, or another norm debiased.

    Source: Guo et al. 2017; debiased Kumar, Liang and Ma 2019.

    Example:
        >>> calibration_error([0.9, 0.9, 0.9, 0.9], [1, 1, 0, 0])
        0.4
    """
    if debiased and norm != "l2":
        raise BadInput(f"only norm 'l2' can be debiased, not {norm!r}")
    return _error(reliability(confidence, outcome, bins=bins, by=by), norm, debiased)


def calibration_test(
    confidence: ArrayLike,
    outcome: ArrayLike,
    *,
    norm: Norm = "l1",
    bins: int = BINS,
    by: Bins = "width",
    draws: int = 1000,
    rng: np.random.Generator | None = None,
) -> CalibrationTest:
    """Is the calibration error more than chance? Outcomes are drawn as if every confidence were right.

    Args:
        confidence: shape (n,), 0 to 1.
        outcome: shape (n,), 0 or 1.
        norm, bins, by: as in `calibration_error`.
        draws: of all outcomes.
        rng: by default seeded with 0.

    Raises:
        BadInput: shapes that differ, or values out of range.

    Source: consistency resampling, Bröcker and Smith 2007.

    Example:
        >>> calibration_test([0.9] * 40, [1] * 20 + [0] * 20).p_value < 0.01
        True
    """
    p, y = _checked(confidence, outcome)
    rng, index = rng or np.random.default_rng(0), _binned(p, bins, by)
    error = _error(_sums(index, p, y), norm, False)
    outcomes = ((rng.random(p.size) < p).astype(np.float64) for _ in range(draws))
    null = np.array([_error(_sums(index, p, drawn), norm, False) for drawn in outcomes])
    return CalibrationTest(error, float(null.mean()), float((1 + (null >= error).sum()) / (1 + draws)))


def brier(confidence: ArrayLike, outcome: ArrayLike, *, bins: int | None = None, by: Bins = "width") -> Brier:
    """The Brier score with Murphy's parts; without bins, every confidence that occurs is its own.

    Args:
        confidence: shape (n,), 0 to 1.
        outcome: shape (n,), 0 or 1.
        bins, by: as in `calibration_error`.

    Raises:
        BadInput: shapes that differ, or values out of range.

    Source: Murphy 1973; what bins hide, Stephenson, Coelho and Jolliffe 2008.

    Example:
        >>> brier([0.5, 0.5, 1.0, 1.0], [0, 1, 1, 1])
        Brier(score=0.125, reliability=0.0, resolution=0.0625, uncertainty=0.1875, within=0.0)
    """
    p, y = _checked(confidence, outcome)
    index = np.unique(p, return_inverse=True)[1] if bins is None else _binned(p, bins, by)
    table, base = _sums(index, p, y), float(y.mean())
    weight = table.count / p.size
    score, unsure = float(((p - y) ** 2).mean()), base * (1.0 - base)
    cost = float(weight @ (table.confidence - table.frequency) ** 2)
    gain = float(weight @ (table.frequency - base) ** 2)
    return Brier(score, cost, gain, unsure, score - cost + gain - unsure)
