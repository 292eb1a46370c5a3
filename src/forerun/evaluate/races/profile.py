"""Performance profiles and the scores they are integrated to, of medians over studies."""

from __future__ import annotations

import numpy as np

from forerun.core import Array
from forerun.evaluate.races.rules import RaceTargets, Rules
from forerun.evaluate.races.times import StudyTimes

_POINTS = 100  # of the grid on which published scores are integrated


def medians(seconds: Array) -> Array:
    """Median over studies, the last axis; inf counts, NaN is no study, and inf where there is none.

    Example:
        >>> medians(np.array([[3.0, 1.0, np.inf], [1.0, np.inf, np.inf], [2.0, 4.0, np.nan]])).tolist()
        [3.0, inf, 3.0]
    """
    ordered = np.sort(np.where(np.isnan(seconds), np.inf, seconds), axis=-1)
    n = np.isfinite(seconds).sum(axis=-1) + np.isinf(seconds).sum(axis=-1)
    low, high = np.maximum(n - 1, 0) // 2, np.minimum(n // 2, seconds.shape[-1] - 1)
    ends = (np.take_along_axis(ordered, at[..., None], axis=-1)[..., 0] for at in (low, high))
    return np.where(n > 0, sum(ends) / 2.0, np.inf)


def ratios(times: StudyTimes, targets: RaceTargets, rules: Rules, *, seconds: Array | None = None) -> Array:
    """Time over the fastest submission's, of each base workload that counts; inf where it does not count.

    A held-out variant counts only where its base was reached, a time only within ``rules.most_ratio`` of the fastest,
    and then a base only where its variant does.

    Args:
        times: of every study. targets, rules: which workloads count.
        seconds: in place of those of the times, with any axes before them.

    Returns:
        Shape (..., submissions, base workloads), in the order of `counted`.
    """
    middle = medians(times.seconds if seconds is None else seconds)
    of = dict(zip(times.workloads, np.moveaxis(middle, -1, 0), strict=True))
    nothing = np.full(next(iter(of.values())).shape, np.inf)
    base = {name: of.get(name, nothing) for name in counted(targets, rules)}
    relative = {name: _over_fastest(column, rules) for name, column in base.items()}
    for variant, name in targets.variants.items() if rules.variants else ():
        if name in base:
            of_variant = np.where(np.isfinite(base[name]), of.get(variant, nothing), np.inf)
            relative[name] = np.where(np.isfinite(_over_fastest(of_variant, rules)), relative[name], np.inf)
    return np.stack([_over_fastest(column, rules) for column in relative.values()], axis=-1)


def counted(targets: RaceTargets, rules: Rules) -> tuple[str, ...]:
    """The base workloads that a score is the mean over: those of the rules, or of the targets where none is among them.

    Workloads that nobody ran count: nobody reached them.
    """
    return tuple(name for name in targets.base if name in rules.base) or targets.base


def _over_fastest(column: Array, rules: Rules) -> Array:
    """Time over the smallest of all submissions, the last axis; inf beyond the most."""
    fastest = column.min(axis=-1, keepdims=True)
    least = np.maximum(fastest, np.finfo(float).tiny)
    ratio = np.divide(column, least, out=np.full(column.shape, np.inf), where=np.isfinite(column))
    return np.where(ratio <= rules.most_ratio, ratio, np.inf)


def scores_of_ratios(ratios: Array, rules: Rules, *, exact: bool = False) -> Array:
    """The area under the profiles from 1 to the most, over its width.

    Args:
        ratios: shape (..., workloads).
        rules: where profiles end.
        exact: the integral itself in place of that of published scores, the trapezoid rule on 100 points, from which
            it differs by half a step at most, 1/198.

    Example:
        >>> r = np.array([1.0, 2.5, np.inf])
        >>> float(scores_of_ratios(r, Rules("v0.5"), exact=True)), round(float(scores_of_ratios(r, Rules("v0.5"))), 4)
        (0.5, 0.5)
    """
    if exact:
        return (np.maximum(rules.most_ratio - ratios, 0.0) / (rules.most_ratio - 1.0)).mean(axis=-1)
    tau = np.linspace(1.0, rules.most_ratio, _POINTS)
    profile = (ratios[..., None] <= tau).mean(axis=-2)
    return (profile[..., 1:] + profile[..., :-1]).sum(axis=-1) / (2.0 * (_POINTS - 1))
