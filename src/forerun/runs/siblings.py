"""Which runs lie beside a run, those of the same task of a table or the same folder of logs, and where they ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from forerun.core import Array, Curve, Run
from forerun.core.run import OVER

Key = tuple[str, ...]
_ENOUGH = 2  # runs that must have ended at one x for it to be an end; one that reached its planned end counts as two


def keys_of(run: Run) -> tuple[Key, ...]:
    """What a run shares with its siblings: its task, or its folder; or the folder above, where only that differs.

    Example:
        >>> keys_of(Run("sweep/lr_1/metrics.csv", {}, "csv"))
        (('sweep/lr_1',), ('sweep', 'metrics.csv'))
    """
    if run.source is not None or run.task is not None:
        return ((run.source or "", run.task or "", "table"),)
    place = PurePosixPath(run.id)
    folder = place.parent
    above = () if folder == folder.parent else ((str(folder.parent), place.name),)
    return ((str(folder),), *above)


class Ends(NamedTuple):
    """Where runs that were read together stand on one metric and axis.

    Args:
        last: shape (n,), the last x of each.
        votes: shape (n,), how far each tells an end: 0 while it goes on, 1 where it is over, 2 where that was planned.
    """

    last: Array
    votes: Array


@dataclass
class Siblings:
    """The runs of a folder or table by what they share; everything is looked up once.

    Example:
        >>> def run(id, status, n):
        ...     return Run(id, {"loss": Curve(range(1, n + 1), [1.0] * n, metric="loss")}, "csv", status=status)
        >>> runs = [run("a", "ended", 50), run("b", "ended", 50), run("c", "running", 20)]
        >>> Siblings(runs).end_of(runs[2], runs[2].curves["loss"])
        50.0
    """

    runs: Sequence[Run]
    _members: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(list), init=False)
    _ends: dict[tuple[Key, str, str], tuple[np.ndarray, Ends]] = field(default_factory=dict, init=False)
    _place: dict[int, int] = field(default_factory=dict[int, int], init=False)

    def __post_init__(self) -> None:
        for i, run in enumerate(self.runs):
            self._place[id(run)] = i
            for key in keys_of(run):
                self._members[key].append(i)

    def beside(self, run: Run) -> list[Run]:
        """The runs beside a run, itself left out, in the order given."""
        places = sorted({i for key in keys_of(run) for i in self._members[key]})
        return [self.runs[i] for i in places if self.runs[i] is not run]

    def ends(self, run: Run, curve: Curve) -> Ends:
        """Where those beside a run stand on a curve's metric and axis."""
        keys = sorted(keys_of(run), key=lambda key: -len(self._members[key]))
        own = self._place.get(id(run), -1)
        groups = [self._of_key(key, curve.metric, curve.axis) for key in keys]
        counted = [places != own for places, _ in groups]
        for i in range(1, len(groups)):  # a run that shares both is counted once
            both = [keys[0] in keys_of(self.runs[j]) for j in groups[i][0].tolist()]
            counted[i] = counted[i] & ~np.array(both, bool)
        ends = [(of_key.last[rows], of_key.votes[rows]) for (_, of_key), rows in zip(groups, counted, strict=True)]
        return Ends(*(np.concatenate(parts) for parts in zip(*ends, strict=True)))

    def _of_key(self, key: Key, metric: str, axis: str) -> tuple[np.ndarray, Ends]:
        """The places of the runs that share a key and have the metric on the axis, and where they stand."""
        if (key, metric, axis) not in self._ends:
            curves = {i: self.runs[i].curves.get(metric) for i in self._members[key]}
            same = {i: curve for i, curve in curves.items() if curve is not None and curve.axis == axis and len(curve)}
            last = np.array([curve.x[-1] for curve in same.values()], float)
            votes = np.array([_votes(self.runs[i]) for i in same], int)
            self._ends[key, metric, axis] = np.array(list(same), int), Ends(last, votes)
        return self._ends[key, metric, axis]

    def end_of(self, run: Run, curve: Curve) -> float | None:
        """The x at which the runs beside are seen to end: where most of those that are over stand, at least two."""
        last, votes = self.ends(run, curve)
        over = votes > 0
        if not over.any():
            return None
        near = _interval(curve)
        for end in np.unique(last[over])[::-1]:
            alike = over & (np.abs(last - end) <= near)
            if votes[alike].sum() >= _ENOUGH and 2 * alike.sum() >= over.sum() and end + near >= curve.x[-1]:
                return float(end)
        return None


def _votes(run: Run) -> int:
    return 0 if run.status not in OVER else 2 if run.status == "finished" else 1


def _interval(curve: Curve) -> float:
    """The usual spacing of a curve's points."""
    return float(np.median(np.diff(curve.x))) if len(curve) > 1 else 0.0


def seen_beside(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs; one that does not go on and stands where those beside it ended, has ended too.

    Example:
        >>> def run(id, status, n):
        ...     return Run(id, {"loss": Curve(range(1, n + 1), [1.0] * n, metric="loss")}, "csv", status=status)
        >>> runs = [run("a", "ended", 50), run("b", "ended", 50), run("c", "stalled", 50), run("d", "stalled", 20)]
        >>> [run.status for run in seen_beside(runs)]
        ['ended', 'ended', 'ended', 'stalled']
    """
    if not any(run.status == "stalled" for run in runs):
        return tuple(runs)
    kin = Siblings(runs)
    return tuple(
        replace(run, status="ended") if run.status == "stalled" and _at_their_end(run, kin) else run for run in runs
    )


def _at_their_end(run: Run, kin: Siblings) -> bool:
    densest = max(run.curves.values(), key=len, default=None)
    if densest is None or len(densest) < 2:
        return False
    end = kin.end_of(run, densest)
    return end is not None and abs(end - float(densest.x[-1])) <= _interval(densest)
