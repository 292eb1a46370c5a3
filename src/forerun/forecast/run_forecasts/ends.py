"""Up to where runs are forecast: where the log says they end, where those beside them ended, else a quarter further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Curve, Run
from forerun.core.run import OVER
from forerun.core.run_answers import EndBy
from forerun.runs.siblings import Siblings

ASSUMED = 1.25
"""Where nothing tells the planned end, runs are forecast at this multiple of the last x, and marked as assumed.

Of moments of a clock, which do not begin at zero, at this multiple of the time since the first.
"""
_SWEEP = 3  # runs side by side from which they are one sweep and share an assumed end
_COMPARABLE = 0.5  # least share of the longest that a run of the sweep has come
_CLOCKS = (1.0, 1e3, 1e6, 1e9)  # units of a second that clocks count in
_SINCE, _UNTIL = 1e9, 4.3e9  # unix seconds of 2001 and 2106
_LONGEST = 1e8  # seconds that a training lasts at most, three years (ours)
_AS_LARGE = ("tokens", "samples", "flops", "params")  # counts that come as far as moments do


@dataclass(frozen=True)
class End:
    """Where a run is forecast, and what tells it: asked for, the log, the runs beside it, or nothing."""

    at: float
    by: EndBy

    @property
    def assumed(self) -> bool:
        """Whether nobody said where the run ends."""
        return self.by in ("siblings", "assumed")


def ends_of(
    pairs: Sequence[tuple[Run, str]],
    kin: Siblings,
    *,
    at: float | None = None,
    before: Mapping[tuple[str, str], float] | None = None,
) -> list[End]:
    """The end of each run's metric.

    Args:
        pairs: runs and their metrics.
        kin: all runs that were read together, these among them.
        at: asked for by the user; then it holds for all.
        before: ends assumed at an earlier look, by run id and metric; they hold until a run has come there, so that an
            assumed end does not move with every record.

    Example:
        >>> run = Run("r", {"loss": Curve([1, 2], [3.0, 2.0], metric="loss")}, "example")
        >>> pairs, kin = [(run, "loss")], Siblings([run])
        >>> ends_of(pairs, kin), ends_of(pairs, kin, before={("r", "loss"): 9.0})
        ([End(at=2.5, by='assumed')], [End(at=9.0, by='assumed')])
    """
    if at is not None:
        return [End(at, "asked")] * len(pairs)
    return [_end(run, run.curves[name], kin, (before or {}).get((run.id, name))) for run, name in pairs]


def _end(run: Run, curve: Curve, kin: Siblings, before: float | None) -> End:
    last = float(curve.x[-1])
    planned = run.horizon.get(curve.axis)
    if planned is not None and (planned > last or run.status == "finished"):
        return End(planned, "log")
    ended = kin.end_of(run, curve)
    if ended is not None and ended > last:
        return End(ended, "siblings")
    if before is not None and before > last:
        return End(before, "assumed")
    if since_first(curve):
        return End(last + max(1.0, float(np.ptp(curve.x)) * (ASSUMED - 1.0)), "assumed")
    longest = last if run.status in OVER else _longest(curve, kin.ends(run, curve).last)
    return End(ASSUMED * longest, "assumed")


def since_first(curve: Curve) -> bool:
    """Whether an end is assumed by the span since the first x, as a multiple of the last says nothing.

    So it is of moments of a clock, in seconds or parts of them, and where x has not come beyond zero.
    """
    first, last = float(curve.x[0]), float(curve.x[-1])
    if last <= 0 or curve.axis in _AS_LARGE:
        return last <= 0
    age = next((size for size in _CLOCKS if _SINCE * size <= first < _UNTIL * size), None)
    return age is not None and last - first < _LONGEST * age


def _longest(curve: Curve, lasts: Array) -> float:
    """The last x of the longest run of a sweep, given those beside; the run's own where it is no sweep."""
    last = float(curve.x[-1])
    longest = float(np.max(lasts, initial=last))
    in_sweep = int((lasts >= _COMPARABLE * longest).sum()) + 1 >= _SWEEP and last >= _COMPARABLE * longest
    return longest if in_sweep else last
