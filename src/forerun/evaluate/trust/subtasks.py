"""Fewer subtasks, more signal: those of a good ratio are chosen on half of the models and judged on the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, BadInput
from forerun.evaluate.trust.signal_noise import ratio_of

Places = NDArray[np.int64]
_FEWEST = 4


@dataclass(frozen=True)
class Filtered:
    """Subtasks chosen on some models, and what they give on the others.

    Args:
        chosen: names, best first. before, after: signal to noise of the mean over all and over the chosen subtasks, on
            models that nothing was chosen on. on_chosen: the same as after, on the models it was chosen on.
        gain: after less before, mean over splits. low, high: the middle 95% of splits.
    """

    chosen: tuple[str, ...]
    before: float
    after: float
    on_chosen: float
    gain: float
    low: float
    high: float


def filtered(
    checkpoints: Mapping[str, Sequence[ArrayLike]], *, share: float = 0.5, splits: int = 50, seed: int = 0
) -> Filtered:
    """Choose subtasks by signal to noise on half of the models, judge them on the other half, for many halves.

    What looks best on the models it was chosen on looks too good; the gap is ``on_chosen - after``.

    Args:
        checkpoints: of every subtask, each model's last checkpoints, models in one order, 4 or more.
        share: of the subtasks that stays.
        splits: of the models.
        seed: of the splits.

    Raises:
        BadInput: fewer than 4 models or 2 subtasks, or shapes that differ.

    Source: subtask filtering of Heineman et al. 2025, with a split.

    Example:
        >>> quiet = [[1.0, 1.01], [2.0, 2.01], [3.0, 3.01], [4.0, 4.01]]
        >>> loud = [[1.0, 3.0], [2.0, 0.0], [1.0, 2.5], [2.0, 0.5]]
        >>> filtered({"quiet": quiet, "loud": loud}, splits=5).chosen
        ('quiet',)
    """
    names = list(checkpoints)
    v = np.array([np.asarray(checkpoints[name], np.float64) for name in names])
    if v.ndim != 3 or v.shape[0] < 2 or v.shape[1] < _FEWEST:
        raise BadInput(f"needs 2 subtasks of {_FEWEST} models or more with as many checkpoints, but has {v.shape}")
    rng = np.random.default_rng(seed)
    halves = [np.array_split(rng.permutation(v.shape[1]), 2) for _ in range(splits)]
    results = np.array([_judged(v, first, second, share) for first, second in halves])
    order = _best(v, share)
    gains = results[:, 1] - results[:, 0]
    low, high = (float(q) for q in np.quantile(gains, [0.025, 0.975]))
    before, after, on_chosen = (float(one) for one in results.mean(axis=0))
    return Filtered(tuple(names[i] for i in order), before, after, on_chosen, float(gains.mean()), low, high)


def _best(v: Array, share: float) -> list[int]:
    """Subtasks by their ratio, best first; so many as the share says, one at least."""
    ratios = [ratio_of(one) for one in v]
    return np.argsort(ratios)[::-1][: max(1, round(share * len(v)))].tolist()


def _judged(v: Array, first: Places, second: Places, share: float) -> tuple[float, float, float]:
    chosen = _best(v[:, first], share)
    on_first, on_second = (v[:, half] for half in (first, second))
    return _ratio(on_second), _ratio(on_second[chosen]), _ratio(on_first[chosen])


def _ratio(v: Array) -> float:
    """Of the mean over subtasks."""
    return ratio_of(v.mean(axis=0))
