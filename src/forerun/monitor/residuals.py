"""What a curve is expected to be next by its last values, and how far noise moves it.

Moves between neighbours tell the noise, which no trend enters; the median of the last values is what is expected. A
value never tells what is expected of itself. Detectors of jumps and of changes read values beside this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array
from forerun.stats.robust import MAD_TO_SD

LEAST = 16
"""Points before anything is expected."""
_NOISE = 256  # points whose moves tell the noise
_LEVEL = 64  # points that tell the level and its spread; of a short past a quarter, at least 16
_STRIDE = 32  # points judged by one reference, so that long curves are cheap
_EARLY = (16, 24, 40, 48, 56)  # further places to look anew
_OF_TWENTIETH = 3.29  # twice what it is under normal noise: it counts where most steps are zero, as in rounded values
_COLUMNS = ("center", "sd", "known", "span", "digit")
_SILENT = [0.0, np.inf, 0.0, 0.0, 0.0]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Expected:
    """What was expected of each of n values, by those before it.

    Args:
        center: shape (n,), the level.
        sd: shape (n,), of the noise around it; infinite before the first `LEAST` values.
        known: shape (n,), how many values tell all this, at most 256; 0 before the first `LEAST`.
        span: shape (n,), what the values that tell it span, without their highest fiftieth.
        digit: shape (n,), their least move that is no zero, which is often the last digit logged.
    """

    center: Array
    sd: Array
    known: Array
    span: Array
    digit: Array

    def residuals(self, y: Array) -> Array:
        """Values beside what was expected of them, in sds of the noise; 0 where nothing was."""
        return (y - self.center) / self.sd


def nothing() -> dict[str, Any]:
    """Where it stands before the first value."""
    return {"recent": [], "count": 0, "reference": _SILENT}


def expect(state: dict[str, Any], y: Array) -> tuple[dict[str, Any], Expected]:
    """What was expected of the next values, and where it stands after them, as JSON can carry it.

    One value or many at a time, it is the same.

    Args:
        state: where it stood.
        y: shape (n,), the next values, finite, higher being worse.

    Example:
        >>> state, expected = expect(nothing(), np.array([1.0, 2.0] * 20 + [9.0]))
        >>> expected.residuals(np.array([1.0, 2.0] * 20 + [9.0]))[[0, -1]].round().tolist()
        [0.0, 7.0]
    """
    before: int = state["count"]
    history, count = np.concatenate([np.asarray(state["recent"], float), y]), before + y.size
    anew = looks(before, count)
    table = np.concatenate([[state["reference"]], _references(history, anew + history.size - count, anew)])
    rows = table[np.searchsorted(anew, np.arange(before, count), side="right")]
    after = {"recent": history[-(_NOISE + _STRIDE) :].tolist(), "count": count, "reference": table[-1].tolist()}
    return after, Expected(**dict(zip(_COLUMNS, rows.T, strict=True)))


def looks(before: int, count: int) -> Places:
    """The places, from one up to another, at which what is expected is looked at anew."""
    early = [place for place in _EARLY if before <= place < count]
    return np.array(sorted({*range(-(-before // _STRIDE) * _STRIDE, count, _STRIDE), *early}), dtype=np.intp)


def _references(history: Array, ends: Places, counts: Places) -> Array:
    """What the ``_NOISE`` values before each end tell, (ends, 5)."""
    if not ends.size:  # as at most points that come alone
        return np.empty((0, len(_SILENT)))
    table = np.tile(np.array(_SILENT), (ends.size, 1))
    whole = counts >= _NOISE
    if whole.any():
        table[whole] = _reference(history[ends[whole, None] + np.arange(-_NOISE, 0)])
    for i in np.flatnonzero(~whole & (counts >= LEAST)):
        table[i] = _reference(history[None, ends[i] - counts[i] : ends[i]])[0]
    return table


def _reference(windows: Array) -> Array:
    """Of windows (w, n): moves tell the noise beside a trend, the last values the level."""
    n = windows.shape[1]
    moves = np.diff(windows, axis=1)
    steps = np.abs(moves)
    step_sd = np.maximum(MAD_TO_SD * np.median(steps, axis=1), np.quantile(moves, 0.95, axis=1) / _OF_TWENTIETH)
    recent = windows[:, -min(_LEVEL, max(16, n // 4)) :]
    center = np.median(recent, axis=1)
    spread = MAD_TO_SD * np.median(np.abs(recent - center[:, None]), axis=1)
    sd = np.maximum(np.maximum(step_sd / np.sqrt(2.0), spread), 1e-6 * np.abs(center) + 1e-300)
    span = np.quantile(windows, 0.98, axis=1) - windows.min(axis=1)
    digit = np.min(np.where(steps > 0.0, steps, np.inf), axis=1)
    return np.array([center, sd, np.full(len(windows), float(n)), span, digit]).T
