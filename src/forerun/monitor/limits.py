"""Beyond which score one value, or two in a row, are no noise: by how far scores have reached in the curve so far.

Two in a row are judged by how often a far score has followed another, so noise that comes in bursts is no event. The
first looks at a curve may err as often as many later ones: a chance of false alarms is spent evenly on each doubling.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array
from forerun.monitor.residuals import LEAST, Places, looks
from forerun.stats.reach import EDGES, reach

_WINDOW = 2048  # scores that tell how far they reach
_STRIDE = 32
_NEAR = 1.0  # score at which a value is back at the level
_FAR = int(np.searchsorted(EDGES, 2.0))  # bin from which a score is far
_LUCK = 2.0  # sds by which more far scores in a row than chance makes are luck
_ONE, _TWO = 2e-6, 3e-5  # false alarms per point, of one value and of two in a row, if noise has the tails of `reach`,
_SPENT = 5e-3  # or so many over the number of points, where that is more: a third of a percent each doubling


def nothing() -> dict[str, Any]:
    """Where it stands before the first score."""
    return {"bins": [], "count": 0, "limits": [np.inf, np.inf], "jumped": False}


def limits(state: dict[str, Any], scores: Array) -> tuple[dict[str, Any], Array]:
    """Of the next scores, shape (n,), the limits of one and of two in a row, (n, 2); and where it stands after them.

    Example:
        >>> after, table = limits(nothing(), np.random.default_rng(0).normal(size=2000))
        >>> table[[15, 16, 64, 1999]].round(1).tolist()
        [[inf, inf], [7.6, 2.9], [5.5, 2.6], [4.6, 2.6]]
    """
    before = int(state["count"])
    follows, jumped = _after_jumps(scores, state["jumped"])
    none = follows | (scores <= 0.0)
    new = np.where(none, -1, np.searchsorted(EDGES, scores, side="right") - 1)
    bins, count = np.append(np.asarray(state["bins"], int), new), before + scores.size
    places = looks(before, count)
    known = np.where((places >= LEAST)[:, None], _limits(bins, places + (bins.size - count), places), np.inf)
    table = np.concatenate([[state["limits"]], known])
    rows = table[np.searchsorted(places, np.arange(before, count), side="right")]
    kept = bins[-(_WINDOW + _STRIDE) :].tolist()
    return {"bins": kept, "count": count, "limits": table[-1].tolist(), "jumped": jumped}, rows


def _after_jumps(scores: Array, jumped: bool) -> tuple[NDArray[np.bool_], bool]:
    """Which scores follow one of the last bin with none near the level between, so are part of it; and the next one."""
    places = np.arange(1, scores.size + 1)
    far = np.maximum.accumulate(np.where(scores >= EDGES[-2], places, 0 if jumped else -1))
    near = np.maximum.accumulate(np.where(scores <= _NEAR, places, -1))
    within = far > near
    return np.append(jumped, within[:-1]) & (scores > _NEAR), bool(within[-1])


def _limits(bins: Places, ends: Places, places: Places) -> Array:
    """Of one and of two in a row at each end, which is at a place of the curve, (ends, 2)."""
    if not ends.size:  # as at most points that come alone
        return np.empty((0, 2))
    counts = _sums(bins[:, None] == np.arange(EDGES.size - 1), ends)
    of = np.clip(places - LEAST, 0, _WINDOW).astype(float)
    one, two = (np.maximum(rate, _SPENT / np.maximum(places, 1.0)) for rate in (_ONE, _TWO))
    return np.stack([reach(counts, of, one), reach(counts, of, two, _follows(bins >= _FAR, ends, of))], axis=1)


def _follows(far: NDArray[np.bool_], ends: Places, of: Array) -> Array:
    """How much likelier a score is to be far after one that is, beyond what chance would make it."""
    both = far & np.append(False, far)[: far.size]
    singles, pairs = _sums(np.stack([far, both], axis=1), ends).T
    chance = singles**2 / np.maximum(of, 1.0)
    return np.maximum(pairs - chance - _LUCK * np.sqrt(chance + 1.0), 0.0) / np.maximum(singles, 1.0)


def _sums(hits: NDArray[np.bool_], ends: Places) -> Array:
    """How many of the `_WINDOW` places before each end are hit, in each column."""
    sums: Array = np.concatenate([np.zeros((1, hits.shape[1])), np.cumsum(hits, axis=0, dtype=np.float64)])
    return sums[ends] - sums[np.maximum(ends - _WINDOW, 0)]
