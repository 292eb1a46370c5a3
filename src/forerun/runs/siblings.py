"""Which runs lie beside a run: those of the same task of a table, or of the same folder of logs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from forerun.core import Curve, Run
from forerun.core.run import OVER

Key = tuple[str, ...]


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


def siblings(runs: Sequence[Run]) -> Mapping[str, list[Run]]:
    """By run id, the runs beside each, itself left out, in the order given.

    Example:
        >>> runs = [Run("a/1.csv", {}, "csv"), Run("a/2.csv", {}, "csv"), Run("b/1.csv", {}, "csv")]
        >>> {id: [run.id for run in beside] for id, beside in siblings(runs).items()}
        {'a/1.csv': ['a/2.csv', 'b/1.csv'], 'a/2.csv': ['a/1.csv'], 'b/1.csv': ['a/1.csv']}
    """
    by_key: dict[Key, list[int]] = defaultdict(list)
    for i, run in enumerate(runs):
        for key in keys_of(run):
            by_key[key].append(i)
    beside = (sorted({i for key in keys_of(run) for i in by_key[key]}) for run in runs)
    return {
        run.id: [runs[i] for i in places if runs[i] is not run] for run, places in zip(runs, beside, strict=True)
    }  # fmt: skip


def common_end(curve: Curve, beside: Iterable[Run], *, least: int = 1) -> float | None:
    """The x at which at least ``least`` runs beside that are over ended alike, beyond the curve or with it.

    Args:
        curve: of the run; siblings count where they have its metric on its axis.
        beside: the runs beside it.
        least: how many must have ended there.
    """
    ends = np.array([c.x[-1] for run in beside if run.status in OVER and (c := _same(run, curve)) is not None])
    near = _interval(curve)
    for end in sorted(set(ends.tolist()), reverse=True):
        alike = int((np.abs(ends - end) <= near).sum())
        if alike >= max(least, (len(ends) + 1) // 2) and end + near >= curve.x[-1]:
            return float(end)
    return None


def _same(run: Run, curve: Curve) -> Curve | None:
    other = run.curves.get(curve.metric)
    return other if other is not None and other.axis == curve.axis and len(other) else None


def _interval(curve: Curve) -> float:
    """The usual spacing of a curve's points."""
    return float(np.median(np.diff(curve.x))) if len(curve) > 1 else 0.0


def seen_beside(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs; one that does not go on and stands where two beside it ended, has ended too.

    Example:
        >>> def run(id, status, n):
        ...     return Run(id, {"loss": Curve(range(1, n + 1), [1.0] * n, metric="loss")}, "csv", status=status)
        >>> runs = [run("a", "ended", 50), run("b", "ended", 50), run("c", "stalled", 50), run("d", "stalled", 20)]
        >>> [run.status for run in seen_beside(runs)]
        ['ended', 'ended', 'ended', 'stalled']
    """
    if not any(run.status == "stalled" for run in runs):
        return tuple(runs)
    beside = siblings(runs)
    return tuple(
        replace(run, status="ended") if run.status == "stalled" and _at_their_end(run, beside[run.id]) else run
        for run in runs
    )


def _at_their_end(run: Run, beside: list[Run]) -> bool:
    densest = max(run.curves.values(), key=len, default=None)
    if densest is None or len(densest) < 2:
        return False
    end = common_end(densest, beside, least=2)
    return end is not None and abs(end - float(densest.x[-1])) <= _interval(densest)
