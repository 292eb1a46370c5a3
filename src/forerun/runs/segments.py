"""From the records of one metric in the order they were written to one curve: repeats, late points and resumes.

A run that is interrupted and resumed from a checkpoint logs some steps twice. The records after the resume are what
the surviving model went through, so they win; the records they replace are kept as segments, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array

_LEAST = 3  # points a training must have come to before another can begin (ours)
_LONG, _NEAR = (
    50,
    0.01,
)  # of a training this long, a share of its way from its first x that still counts as there (ours)


@dataclass(frozen=True)
class Resolved:
    """One metric's records put in order.

    Args:
        kept: indices into the records, giving strictly increasing x.
        segments: each stretch of increasing x as written, as indices; one stretch when nothing was resumed.
        repeated: records dropped because a later one has the same x in the same stretch.
        superseded: records dropped because a resumed stretch covers or precedes them.
        late: records written after one with larger x without a resume; they are kept, in order of x.
    """

    kept: np.ndarray
    segments: tuple[np.ndarray, ...]
    repeated: int
    superseded: int
    late: int

    @property
    def as_written(self) -> bool:
        """Whether every record is kept where it stood."""
        return len(self.segments) == 1 and not self.late and self.kept.size == self.segments[0].size


def resolve(x: Array) -> Resolved:
    """Order the records of one metric, the latest winning.

    A jump back in x starts a resumed stretch when at least two records lie at or below the largest x so far; a
    single record that is followed by one beyond the largest x so far is a late point (an evaluation that took long),
    not a resume.

    Args:
        x: shape (n,), finite, in the order written.

    Example:
        >>> resolved = resolve(np.array([1.0, 2, 3, 4, 2, 3, 4, 5]))
        >>> resolved.kept.tolist(), resolved.superseded, len(resolved.segments)
        ([0, 4, 5, 6, 7], 3, 2)
    """
    if (x[1:] > x[:-1]).all():
        every = np.arange(x.size)
        return Resolved(every, (every,), 0, 0, 0)
    starts = _resume_starts(x)
    stretches = [np.arange(a, b) for a, b in zip([0, *starts], [*starts, x.size], strict=True)]
    survivors: list[np.ndarray] = []
    limit, repeated, late, superseded = np.inf, 0, 0, 0
    for stretch in reversed(stretches):
        alive = stretch[x[stretch] < limit]
        superseded += stretch.size - alive.size
        late += int((x[alive] < np.maximum.accumulate(x[alive])).sum()) if alive.size else 0
        ordered = alive[np.argsort(x[alive], kind="stable")]
        last = np.append(np.diff(x[ordered]) > 0, True)[: ordered.size]
        repeated += int((~last).sum())
        survivors.append(ordered[last])
        limit = min(limit, float(x[stretch].min(initial=np.inf)))
    return Resolved(np.concatenate(survivors[::-1]), tuple(stretches), repeated, superseded, late)


def _resume_starts(x: Array) -> list[int]:
    if x.size < 2:
        return []
    backs = np.flatnonzero(np.diff(x) < 0) + 1
    starts: list[int] = []
    checked, highest = 0, -np.inf
    for i in backs.tolist():
        highest, checked = max(highest, float(x[checked:i].max())), i
        if x[i] >= highest:
            continue
        follower = float(x[i + 1]) if i + 1 < x.size else highest
        if follower <= highest:
            starts.append(i)
            highest = -np.inf
    return starts


def restarts(x: Array) -> list[int]:
    """Where a metric's records begin a training anew: at its first x or below, after it had moved on.

    A single record that is followed by one beyond all before it came late, and begins nothing.

    Args:
        x: shape (n,), finite, in the order written.

    Example:
        >>> restarts(np.array([1.0, 2, 3, 4, 1, 2, 3])), restarts(np.array([1.0, 2, 3, 4, 3, 4, 5]))
        ([4], [])
        >>> restarts(np.array([1.0, 2, 3, 1, 4, 5]))
        []
    """
    starts: list[int] = []
    begin, checked, highest = 0, 0, -np.inf
    for i in (np.flatnonzero(x[1:] < x[:-1]) + 1).tolist():
        highest, checked = max(highest, float(x[checked:i].max())), i
        first = float(x[begin])
        near = first + _NEAR * (highest - first) if i - begin >= _LONG else first
        late = i + 1 < x.size and x[i + 1] > highest
        if x[i] > near or late or np.unique(x[begin:i][:_LONG]).size < _LEAST:
            continue
        starts.append(i)
        begin, highest = i, -np.inf
    return starts
