"""Whether an early sign says which runs will be best, and what stopping the rest by it keeps and saves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import BadInput, Undecided

_FEWEST = 8  # runs; arbitrary


@dataclass(frozen=True)
class Halving:
    """What became of runs of which only the more promising went on.

    Args:
        continued: the runs that went on, by their place.
        best_continued: whether the best of all is among them.
        regret: how much worse the best that went on is than the best of all, in the score's unit.
        relative_regret: regret over what the best of all has over the median run; 0 where all are alike.
        saved: share of the compute of all full runs that was not spent.
        by_chance: the chance that as many runs drawn at random hold the best.
    """

    continued: tuple[int, ...]
    best_continued: bool
    regret: float
    relative_regret: float
    saved: float
    by_chance: float


def halving(
    early: ArrayLike, scores: ArrayLike, *, sign: float, at: float = 0.2, stop: float = 0.5
) -> Halving | Undecided:
    """Stop the less promising share of runs at an early point, and see at their full ends what that did.

    Which sign of an indicator is good is learned on other runs (`stats.ranks.rank_correlation` says it with an
    interval): learned on these, it would have seen their ends.

    Args:
        early: shape (n,), an indicator at that point, for example the gradient norm or the loss; not finite is least
            promising.
        scores: shape (n,), final scores, higher is better; give losses negated. Not finite is worst.
        sign: 1 where a high indicator promises a high score, -1 where a low one does.
        at: where runs are stopped, a share of their steps.
        stop: the share of runs that are stopped, rounded down.

    Returns:
        Undecided of fewer than eight runs, and where no score is finite.

    Raises:
        BadInput: unlike lengths; a sign that is neither 1 nor -1; shares outside (0, 1).

    Source: the early stopping of weak runs that Pareja et al. 2024, arXiv 2412.13337, propose for fine-tuning, where a
    lower gradient norm and a higher loss early on go with a better end; one rung of successive halving (Jamieson and
    Talwalkar 2016).

    Example:
        >>> outcome = halving([5, 4, 3, 2, 1, 6, 7, 8], [1, 2, 3, 4, 5, 0, 0, 0], sign=-1)
        >>> outcome.best_continued, outcome.saved, outcome.by_chance
        (True, 0.4, 0.5)
    """
    signs, score = np.asarray(early, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if signs.shape != score.shape or signs.ndim != 1:
        raise BadInput(f"{signs.size} indicators and {score.size} scores", where="halving")
    if abs(sign) != 1.0 or not 0.0 < at < 1.0 or not 0.0 < stop < 1.0:
        raise BadInput(f"sign {sign:g} at {at:g}, stop {stop:g}; give 1 or -1, and shares of 1", where="halving")
    if signs.size < _FEWEST or not np.isfinite(score).any():
        return Undecided(f"{signs.size} runs", "8 runs or more with a score")
    promise = np.where(np.isfinite(signs), sign * signs, -np.inf)
    score = np.where(np.isfinite(score), score, score[np.isfinite(score)].min())
    stopped = int(stop * signs.size)
    continued = np.sort(np.argsort(-promise, kind="stable")[: signs.size - stopped])
    best = float(score.max())
    regret, ahead = best - float(score[continued].max()), best - float(np.median(score))
    return Halving(
        continued=tuple(int(one) for one in continued),
        best_continued=regret == 0.0,
        regret=regret,
        relative_regret=regret / ahead if ahead > 0.0 else 0.0,
        saved=stopped / signs.size * (1.0 - at),
        by_chance=1.0 - stopped / signs.size,
    )
