"""Quantities of the usual kinds, each by the interval that fits it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Undecided
from forerun.evaluate.audits.audit import Measurement
from forerun.evaluate.differences.comparison import Comparison
from forerun.stats.clusters import clustered_mean
from forerun.stats.proportions import proportion_interval
from forerun.stats.ranks import Association

Tolerated = tuple[float, float] | None
LEVEL = 0.95


def mean_of(
    name: str, values: ArrayLike, groups: ArrayLike | None = None, *, tolerated: Tolerated = None
) -> Measurement:
    """The mean of values: Wilson's interval where all are 0 or 1, else Student's, robust to groups.

    Example:
        >>> print(mean_of("share right", [1, 1, 1, 0]))
        share right 0.75 (0.3006 to 0.9544), n = 4
    """
    v = np.asarray(values, np.float64)
    if groups is None and np.isin(v, (0.0, 1.0)).all():
        return share_of(name, int(v.sum()), v.size, tolerated=tolerated)
    clusters = v.size if groups is None else np.unique(np.asarray(groups)).size
    if clusters < 2:
        return Measurement(name, float(v.mean()), None, None, v.size, "no interval of one value", tolerated)
    mean = clustered_mean(v, groups)
    half = float(special.stdtrit(mean.df, 0.5 + LEVEL / 2)) * mean.se
    method = "Student's t" if groups is None else "cluster-robust t (CR2)"
    return Measurement(name, mean.mean, mean.mean - half, mean.mean + half, v.size, method, tolerated)


def share_of(name: str, count: int, n: int, *, tolerated: Tolerated = None) -> Measurement:
    """A share with Wilson's interval."""
    low, high = proportion_interval(count, n, level=LEVEL)
    return Measurement(name, count / n, float(low), float(high), n, "Wilson", tolerated)


def difference_of(name: str, comparison: Comparison, *, tolerated: Tolerated = None) -> Measurement:
    """A paired difference."""
    c = comparison
    return Measurement(name, c.estimate, c.low, c.high, c.n, c.method, tolerated)


def association_of(
    name: str, association: Association | Undecided, method: str, *, tolerated: Tolerated = None
) -> Measurement:
    """A rank correlation or an area under the curve; not a number where it cannot be said."""
    if isinstance(association, Undecided):
        return Measurement(name, float("nan"), None, None, 0, association.why, tolerated)
    a = association
    return Measurement(name, a.value, a.low, a.high, a.n, method, tolerated)


def plain(name: str, value: float, n: int, method: str) -> Measurement:
    """A number without an interval, with why."""
    return Measurement(name, float(value), None, None, n, method)
