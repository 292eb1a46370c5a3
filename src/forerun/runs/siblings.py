"""Which runs lie beside a run, those of the same task of a table or the same folder of logs: where they ended, and
which of those that are over stand nearest to it."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from operator import itemgetter
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from forerun.core import Array, Curve, Run, frozen
from forerun.core.run import OVER
from forerun.runs.natural import Natural, natural

Key = tuple[str, ...]
Named = tuple[Natural, Run]
"""A run after its name, to be sorted by."""
_ENOUGH = 2  # runs that must have ended at one x for it to be an end; one that reached its planned end counts as two
_SINGLE = 2e-6  # relative error of a number kept in 32 bits
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)
_DISTINCT = 3  # values that agree from which two runs are one: until a metric moves, all of a sweep agree (ours)


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


def groups_of(runs: Sequence[Run], metrics: Sequence[str | None]) -> list[int | None]:
    """Of each run the group that it is compared with: of one folder, else of one file name in like folders.

    Args:
        metrics: by which each run is judged; only runs judged by one metric are compared, and none without.

    Returns:
        A number each; None where a run has no like.

    Example:
        >>> names = ("a/1.csv", "a/2.csv", "b/1.csv", "c/x.csv")
        >>> groups_of([Run(name, {}, "csv") for name in names], ["loss"] * 4)
        [0, 0, 1, None]
    """
    keys = [keys_of(run) for run in runs]
    count = Counter((key, metric) for mine, metric in zip(keys, metrics, strict=True) for key in mine)
    numbers: dict[tuple[Key, str], int] = {}
    groups: list[int | None] = []
    for mine, metric in zip(keys, metrics, strict=True):
        shared = next((key for key in mine if metric and count[key, metric] > 1), None)
        groups.append(None if shared is None else numbers.setdefault((shared, metric or ""), len(numbers)))
    return groups


def alike_groups(runs: Sequence[Run], groups: Sequence[int | None]) -> set[int]:
    """The groups of which more tells that they are trainings of one thing than that they lie in one folder.

    So it is of a table's task, where names differ in numbers alone, and where all tell settings of the same names.

    Args:
        groups: of each run, as `groups_of` gives them.

    Example:
        >>> runs = [Run(name, {}, "csv") for name in ("s/lr_0.1", "s/lr_0.01", "t/vgg", "t/nin")]
        >>> alike_groups(runs, [0, 0, 1, 1])
        {0}
    """
    members: dict[int, list[Run]] = defaultdict(list)
    for run, group in zip(runs, groups, strict=True):
        if group is not None:
            members[group].append(run)
    return {group for group, mine in members.items() if _are_alike(mine)}


def _are_alike(runs: Sequence[Run]) -> bool:
    if all(run.task is not None for run in runs):
        return True
    names = {_NUMBER.sub("#", run.id) for run in runs}
    settings = {frozenset(run.config) for run in runs}
    return len(names) == 1 or (len(settings) == 1 and settings != {frozenset()})


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
    _over: dict[tuple[Key, str, str], list[Named]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for i, run in enumerate(self.runs):
            self._place[id(run)] = i
            for key in keys_of(run):
                self._members[key].append(i)

    def beside(self, run: Run) -> list[Run]:
        """The runs beside a run, itself left out, in the order given."""
        places = sorted({i for key in keys_of(run) for i in self._members[key]})
        return [self.runs[i] for i in places if self.runs[i] is not run]

    def nearest(self, run: Run, curve: Curve, most: int) -> list[Run]:
        """Of the runs beside a run those that are over and have the curve's metric on its axis, nearest by name.

        Names stand in the order people count in, as runs of like settings or of one week do. Those of the run's folder
        come first, by turns one before and one after its own name; then those of folders alike. The run itself under
        another name, with its settings and with its values wherever both were logged, is none of them.

        Example:
            >>> def run(name, y, status="ended"):
            ...     return Run(name, {"loss": Curve([1, 2, 3], y, metric="loss")}, "csv", status=status)
            >>> going, copied = run("9", [0.9, 0.5, 0.4], "running"), run("9 (copy)", [0.9, 0.5, 0.4])
            >>> over = [run(name, [1.0, 0.6, 0.5]) for name in ("1", "2", "10")]
            >>> [one.id for one in Siblings([going, copied, *over]).nearest(going, going.curves["loss"], 3)]
            ['2', '1', '10']
        """
        chosen: dict[str, Run] = {}
        for key in keys_of(run):
            for other in _outwards(self._over_of(key, curve.metric, curve.axis), natural(run.id)):
                if len(chosen) == most:
                    break
                if not _is_same(run, other, curve.metric):
                    chosen[other.id] = other
        return list(chosen.values())

    def _over_of(self, key: Key, metric: str, axis: str) -> list[Named]:
        """The runs that share a key, are over and have the metric on the axis, in the order of their names."""
        if (key, metric, axis) not in self._over:
            over = [run for i in self._members[key] if (run := self.runs[i]).status in OVER and metric in run.curves]
            named = (
                (natural(run.id), run) for run in over if run.curves[metric].axis == axis and len(run.curves[metric])
            )
            self._over[key, metric, axis] = sorted(named, key=itemgetter(0))
        return self._over[key, metric, axis]

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


def _outwards(runs: list[Named], name: Natural) -> Iterator[Run]:
    """Runs in the order of their names from where a name stands among them, by turns one before and one after it."""
    middle = bisect_left(runs, name, key=itemgetter(0))
    for places in zip_longest(range(middle - 1, -1, -1), range(middle, len(runs))):
        yield from (runs[place][1] for place in places if place is not None)


def _is_same(run: Run, other: Run, metric: str) -> bool:
    """Whether a run is another under another name. Branches of one trunk agree so far too, but are set otherwise."""
    if run.id == other.id:
        return True
    agree = run.seed == other.seed and _agree(run.curves[metric], other.curves[metric])
    return agree and frozen.same(run.config, other.config)


def _agree(curve: Curve, other: Curve) -> bool:
    """Whether two curves have the same values wherever both were logged."""
    last = min(float(curve.x[-1]), float(other.x[-1]))
    ends = [one.y[i] for one in (curve, other) if one.x[i := one.x.searchsorted(last)] == last]
    if len(ends) == 2 and not math.isclose(*ends, rel_tol=_SINGLE):
        return False
    common = np.intersect1d(curve.x, other.x, assume_unique=True)
    y, z = (one.y[one.x.searchsorted(common)] for one in (curve, other))
    return np.unique(y).size >= _DISTINCT and np.allclose(y, z, rtol=_SINGLE, atol=0.0, equal_nan=True)


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
