"""Does a benchmark decide between two models alike: at another checkpoint, and at a larger scale?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput
from forerun.evaluate.trust.signal_noise import rows_of
from forerun.stats.proportions import proportion_interval

_DRAWS = 1000
_TOLD_BY_CHECKPOINTS = 1.5
"""Independent pairs that a pair counts for which several checkpoints decide. With it intervals of 4 to 8 models hold
93.5% or more in three made worlds, with 2 they do not (evidence/audits); of one checkpoint a pair counts for one."""


@dataclass(frozen=True)
class Decisions:
    """A share of pairs of models that are decided alike.

    Args:
        share: of them; half by chance. low, high: 95% interval, models drawn anew, and no narrower than Wilson's of
            so many pairs. models, pairs: how many.
    """

    share: float
    low: float
    high: float
    models: int
    pairs: int


def decision_accuracy(small: ArrayLike, target: ArrayLike, *, seed: int = 0) -> Decisions:
    """Share of pairs that a small scale ranks as the target does.

    Args:
        small, target: shape (m,), scores of the same m recipes at both scales.
        seed: of the draws.

    Raises:
        BadInput: fewer than 3 recipes, or lengths that differ.

    Source: Magnusson et al. 2025 (DataDecide); Heineman et al. 2025. The interval draws recipes, as pairs share them.

    Example:
        >>> decision_accuracy([1, 2, 3, 4], [1, 2, 4, 3]).share
        0.8333333333333334
    """
    s, t = np.asarray(small, np.float64), np.asarray(target, np.float64)
    if s.shape != t.shape or s.size < 3:
        raise BadInput(f"needs 3 recipes or more at both scales, but has {s.size} and {t.size}")
    above = [np.sign(one[:, None] - one[None, :]) for one in (s, t)]
    return _over_pairs((above[0] == above[1]).astype(np.float64), seed, 1.0)


def same_again(checkpoints: Sequence[ArrayLike], *, seed: int = 0) -> Decisions:
    """Share of pairs that one checkpoint decides as the mean of the others does: what noise leaves of decisions.

    Args:
        checkpoints: of every model, scores at its last checkpoints, as many of each, 3 models or more.
        seed: of the draws.

    Raises:
        BadInput: too few of either.

    Source: ours; the share that noise alone decides is twice what lacks to 1.

    Example:
        >>> same_again([[1.0, 1.1], [2.0, 2.1], [3.0, 3.1]]).share
        1.0
    """
    v = rows_of(checkpoints)
    if len(v) < 3:
        raise BadInput(f"needs 3 models or more, but has {len(v)}")
    n = v.shape[1]
    others = (v.sum(axis=1, keepdims=True) - v) / (n - 1.0)
    first, second = (np.sign(one[:, None, :] - one[None, :, :]) for one in (v, others))
    return _over_pairs(np.where(first * second == 0.0, 0.5, first == second).mean(axis=2), seed, _TOLD_BY_CHECKPOINTS)


def _over_pairs(alike: Array, seed: int, worth: float) -> Decisions:
    """The mean over pairs of models; its interval by models drawn anew, none paired with itself.

    Of few models that all are decided alike, models drawn anew are too: so Wilson's interval of as many pairs as these
    are worth is the least that is told.
    """
    m = len(alike)
    pairs = 1.0 - np.eye(m)
    times = np.random.default_rng(seed).multinomial(m, np.full(m, 1.0 / m), size=_DRAWS).astype(np.float64)
    drawn, right = ((times @ (pairs * one) * times).sum(axis=1) for one in (np.ones((m, m)), alike))
    low, high = (float(q) for q in np.quantile(right[drawn > 0.0] / drawn[drawn > 0.0], [0.025, 0.975]))
    share, n = float(alike[np.triu_indices(m, 1)].mean()), m * (m - 1) // 2
    least, most = (float(end) for end in proportion_interval(share * n * worth, n * worth))
    return Decisions(share, min(low, least), max(high, most), m, n)


def order_consistency(checkpoints: Sequence[ArrayLike]) -> float:
    """Mean Kendall's tau-a of the models' order between neighbouring checkpoints.

    Source: the rules by which FineWeb's benchmarks were chosen (Penedo et al. 2024).

    Example:
        >>> order_consistency([[1.0, 2.0, 3.0], [2.0, 3.0, 2.0]])
        0.0
    """
    v = rows_of(checkpoints)
    sign = np.sign(v[:, None, :] - v[None, :, :])[np.triu_indices(len(v), 1)]
    return float((sign[:, 1:] * sign[:, :-1]).mean())
