"""Is one system better than another on the same items? The paired difference by the interval that fits the scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, BadInput, Direction
from forerun.evaluate.differences.comparison import Comparison, by_student, verdict
from forerun.stats.clusters import clustered_mean
from forerun.stats.proportions import mcnemar, paired_proportions, paired_shares

_FEW = 40  # clusters below which the degrees of freedom are an approximation of weight; Cameron and Miller 2015


def over_items(
    first: ArrayLike,
    second: ArrayLike,
    *,
    direction: Direction = "max",
    groups: ArrayLike | None = None,
    tries: float | None = None,
    seed_variance: tuple[float, float] = (0.0, np.inf),
    margin: float | None = None,
    level: float = 0.95,
    power: float = 0.8,
) -> Comparison:
    """Compare two systems that answered the same items.

    Scores of 0 and 1 are compared by Bonett and Price's interval and the exact test of McNemar, means of several such
    tries by the same interval for so many; others, items in clusters, and systems of several seeds by Student's t with
    a cluster-robust error.

    Args:
        first, second: shape (n,), the i-th of each from the same item, finite.
        direction: which way the metric is better.
        groups: shape (n,), what items share, such as a text they are about; None when nothing.
        tries: scores of 0 or 1 that each item's is the mean of; None where it is no such share.
        seed_variance: what seeds add to the variance of the difference, and its degrees of freedom.
        margin: asks for equivalence too, in the metric's unit.
        level: mass of the interval.
        power: how often the minimum detectable effect is found.

    Raises:
        BadInput: shapes that differ, fewer than 2 items, or a score that is not finite.

    Example:
        >>> comparison = over_items([1] * 9 + [0] * 3, [0] * 9 + [0] * 3)
        >>> comparison.verdict, comparison.estimate, round(comparison.low, 2)
        ('better', 0.75, 0.32)
    """
    a, b = _checked(first, second)
    sign = 1.0 if direction == "max" else -1.0
    if groups is None and not seed_variance[0] and np.isin([a, b], (0.0, 1.0)).all():
        return _of_shares(int((sign * (a - b) > 0).sum()), int((sign * (a - b) < 0).sum()), a.size,
                          margin=margin, level=level, power=power)  # fmt: skip
    if groups is None and not seed_variance[0] and tries is not None:
        return _of_tries(sign * (a - b), tries, margin=margin, level=level, power=power)
    mean = clustered_mean(sign * (a - b), groups)
    extra, extra_df = seed_variance
    variance = mean.se**2 + extra
    df = variance**2 / (mean.se**4 / mean.df + extra**2 / extra_df) if variance else mean.df
    warnings = () if groups is None or mean.clusters >= _FEW else (f"{mean.clusters} clusters: the interval is rough",)
    if not variance:
        return _alike(mean.mean, a.size, margin=margin, level=level, warnings=warnings)
    method = ("Student's t" if groups is None else "cluster-robust t (CR2)") + (", items and seeds" if extra else "")
    return by_student(a.size, mean.mean, float(np.sqrt(variance)), df,
                      margin=margin, level=level, power=power, method=method, warnings=warnings)  # fmt: skip


def _alike(estimate: float, n: int, *, margin: float | None, level: float, warnings: tuple[str, ...]) -> Comparison:
    """Items that all differ by the same leave no spread to tell an interval by: their signs are all there is."""
    p_value = min(2.0 * 0.5**n, 1.0) if estimate else 1.0
    sure = verdict(estimate, estimate, margin) if p_value <= 1.0 - level or not estimate else "cannot tell"
    notes = (*warnings, "all items differ by the same: nothing says how sure that is but their signs")
    return Comparison(n, estimate, estimate, estimate, np.inf, margin, sure, p_value, "sign test", notes)


def _checked(first: ArrayLike, second: ArrayLike) -> tuple[Array, Array]:
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.shape != b.shape or a.ndim != 1 or a.size < 2:
        raise BadInput(f"needs the same items of both, at least 2, but got {a.size} and {b.size} scores")
    if not np.isfinite(a + b).all():
        i = int(np.argmin(np.isfinite(a + b)))
        raise BadInput(f"item {i} has scores {a[i]:g} and {b[i]:g}; say what an item without a score is worth")
    return a, b


def _of_shares(
    only_first: int, only_second: int, n: int, *, margin: float | None, level: float, power: float
) -> Comparison:
    difference, low, high = (float(v) for v in paired_proportions(only_first, only_second, n, level=level))
    p_value = float(mcnemar(only_first, only_second))
    return Comparison(n, difference, low, high, _detectable(low, high, level, power), margin,
                      verdict(low, high, margin), p_value, "Bonett-Price, McNemar")  # fmt: skip


def _of_tries(difference: Array, tries: float, *, margin: float | None, level: float, power: float) -> Comparison:
    total, n = float(difference.sum()), difference.size
    low, high, error = (float(v) for v in paired_shares(total, (difference**2).sum(), n, tries=tries, level=level))
    p_value = 2.0 * float(special.stdtr(n + 1.0, -abs(total) / (n + 2.0) / error))
    return Comparison(n, total / n, low, high, _detectable(low, high, level, power), margin,
                      verdict(low, high, margin), p_value, f"Bonett-Price, {tries:g} tries")  # fmt: skip


def _detectable(low: float, high: float, level: float, power: float) -> float:
    z, z_power = (float(special.ndtri(q)) for q in (0.5 + level / 2, power))
    return (high - low) / 2 * (1.0 + z_power / z)
