"""The mean of values that come in clusters, such as questions on one text: its standard error, and how sure that is.

For a mean every cluster-robust estimator is a sum over clusters of their residuals' squared sums, weighed by the share
of all values that the cluster has. With a value a cluster it is Student's, so there is one formula for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import BadInput

Kind = Literal["CR0", "CR2", "jackknife"]
_POWERS: dict[Kind, float] = {"CR0": 0.0, "CR2": 1.0, "jackknife": 2.0}


@dataclass(frozen=True)
class ClusteredMean:
    """A mean, and what its interval is made of.

    Args:
        mean: of all values.
        se: its standard error.
        df: degrees of freedom of Student's t; n - 1 without clusters, fewer where clusters are few or uneven.
        clusters: how many.
    """

    mean: float
    se: float
    df: float
    clusters: int


def clustered_mean(values: ArrayLike, groups: ArrayLike | None = None, *, kind: Kind = "CR2") -> ClusteredMean:
    """The mean of clustered values with its robust standard error.

    Args:
        values: shape (n,), finite.
        groups: shape (n,), the cluster of each; None when each value is its own.
        kind: CR2 is unbiased where clusters do not matter; CR0 (Miller's) is too small when clusters are few; the
            jackknife leaves one cluster out at a time, and is too large.

    Raises:
        BadInput: fewer than 2 clusters, or lengths that differ.

    Source: Bell and McCaffrey 2002 (CR2 and its degrees of freedom); Miller 2024 (CR0).

    Example:
        >>> clustered_mean([1.0, 0.0, 1.0, 1.0], ["a", "a", "b", "b"]).se
        0.25
        >>> clustered_mean([1.0, 0.0, 1.0, 1.0]).df
        3.0
    """
    v = np.asarray(values, np.float64)
    labels = np.arange(v.size) if groups is None else np.asarray(groups)
    if labels.shape != v.shape or v.ndim != 1:
        raise BadInput(f"every value has one group, but there are {v.size} values and {labels.size} groups")
    _, group, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if sizes.size < 2:
        raise BadInput(f"a standard error needs 2 clusters or more, but there is {sizes.size}")
    n, mean = float(v.size), float(v.mean())
    residuals = np.bincount(group, v - mean)
    share = sizes / n
    variance = float((residuals**2 / (1.0 - share) ** _POWERS[kind]).sum()) / n**2
    if kind == "jackknife":
        variance *= 1.0 - 1.0 / sizes.size
    u = share**2 / (1.0 - share)
    df = 1.0 / float((share**2).sum() + u.sum() ** 2 - (u**2).sum())
    return ClusteredMean(mean, float(np.sqrt(variance)), df, int(sizes.size))


def pooled_error(errors: ArrayLike, sizes: ArrayLike) -> float:
    """The standard error of a mean over items of several sets, from those of their means; the sets are given.

    Args:
        errors: shape (k,), standard errors of the sets' means.
        sizes: shape (k,), items of each, 2 or more.

    Raises:
        BadInput: shapes that differ, or a set of fewer than 2 items.

    Source: pooled variance, ``sqrt(sum((n - 1) n e^2) / (N - k) / N)``, as lm-evaluation-harness has it.

    Example:
        >>> pooled_error([0.25, 0.25], [4, 4])
        0.1767766952966369
    """
    e, n = np.asarray(errors, np.float64), np.asarray(sizes, np.float64)
    if e.shape != n.shape or e.ndim != 1 or (n < 2.0).any():
        raise BadInput(f"every set has an error and 2 items or more, but there are {e.size} errors and sizes {n}")
    return float(np.sqrt(((n - 1.0) * n * e**2).sum() / (n.sum() - n.size) / n.sum()))
