"""When a window of learning closes: from which onset on a deficit of fixed length does no lasting harm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, BadInput, Undecided


@dataclass(frozen=True)
class CriticalPeriod:
    """What deficits of the same length did, by when they began.

    Args:
        open_until: the last onset that is known to harm, in steps.
        closed_from: the first onset from which on none harms by more than the tolerance; the window closes between
            the two.
        harm, low, high: of each onset the share of the undisturbed score that is lost, and its interval.
    """

    open_until: float
    closed_from: float
    harm: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def critical_period(
    onsets: ArrayLike, scores: ArrayLike, undisturbed: ArrayLike, *, tolerance: float = 0.1, level: float = 0.95
) -> CriticalPeriod | Undecided:
    """The step at which the window closes, from runs that suffered the same deficit early or late.

    All runs train as long after their deficit as every other, or the late ones are only short of time. Harm is known
    where its interval lies above zero, excluded where it lies below the tolerance.

    Args:
        onsets: shape (k,), increasing, the step at which the deficit begins.
        scores: shape (k, seeds), final scores, above zero and higher is better; give errors as 1 - error.
        undisturbed: shape (seeds,), scores of the same seeds without a deficit.
        tolerance: the share of the undisturbed score that may be lost, arbitrary.
        level: of the intervals, Student's over seeds.

    Returns:
        Undecided where no onset is known to harm, where harm is not excluded at the last one, under two onsets and
        under two seeds.

    Raises:
        BadInput: onsets that do not increase, unlike shapes, or an undisturbed score that is not above zero.

    Source: Achille, Rovere and Soatto 2019, arXiv 1711.08856; Kleinman, Achille and Soatto 2023, arXiv 2308.12221, for
    deep linear networks; the closing step with its interval is ours.

    Example:
        >>> scores = [[0.50, 0.52], [0.70, 0.71], [0.89, 0.90], [0.90, 0.90]]
        >>> window = critical_period([0, 100, 200, 400], scores, [0.90, 0.91], tolerance=0.15)
        >>> window.open_until, window.closed_from
        (100.0, 200.0)
    """
    at, grid, whole = (np.asarray(one, dtype=np.float64) for one in (onsets, scores, undisturbed))
    if grid.shape != (at.size, whole.size) or (np.diff(at) <= 0.0).any():
        raise BadInput(f"{at.size} onsets, scores {grid.shape}, {whole.size} undisturbed", where="critical_period")
    if not (whole > 0.0).all():
        raise BadInput("undisturbed scores must be above zero; give an error as 1 - error", where="critical_period")
    if at.size < 2 or whole.size < 2:
        return Undecided(f"{at.size} onsets and {whole.size} seeds", "two onsets and two seeds, better five")
    harm, low, high = _harms(1.0 - grid / whole, level)
    harmful, harmless = low > 0.0, high < tolerance
    if not (harmful & ~harmless).any():
        return Undecided("no onset is known to do harm", "a longer deficit, an earlier one, or more seeds")
    if not harmless[-1]:
        return Undecided(f"harm of {harm[-1]:.0%} at the last onset is not excluded", "later onsets, or more seeds")
    closed = int(np.flatnonzero(~harmless)[-1]) + 1
    last = int(np.flatnonzero((harmful & ~harmless)[:closed])[-1])
    columns = (tuple(float(v) for v in one) for one in (harm, low, high))
    return CriticalPeriod(float(at[last]), float(at[closed]), *columns)


def _harms(shares: Array, level: float) -> tuple[Array, Array, Array]:
    n = shares.shape[1]
    mean, error = shares.mean(axis=1), shares.std(axis=1, ddof=1) / np.sqrt(n)
    reach = float(special.stdtrit(n - 1, 0.5 + level / 2)) * error
    return mean, mean - reach, mean + reach
