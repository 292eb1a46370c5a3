"""A run that two logs tell of is one run: a terminal's text beside a trainer's state, a table beside event files.

Two logs of one folder are of one run where a metric of both agrees point by point, after rounding to the digits of the
coarser. Nothing but the numbers tells: two seeds differ in them. Only logs of different formats are compared, as two of
one format are rather two runs that went alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePosixPath

import numpy as np

from forerun.core import Array, Curve, Event, FrozenMap, Run
from forerun.core.metrics import meaning
from forerun.core.run import OVER
from forerun.runs.convert import moved
from forerun.runs.readers import READERS

_PLACES = frozenset("log logs runs tb tensorboard tb_logs tensorboard_logs vis_data events csv wandb".split())
"""Folders that hold a run's logs and are not the run's own."""
_POINTS, _SHARE = 5, 0.9  # points that agree, and their share of the shorter (ours)
_IN_ORDER = 8  # points that agree where there is no axis to go by (ours)
_MANY, _COMPARED = 64, 6  # runs of a folder compared each with each, and metrics of each of them (ours)
_WIDEST = 32  # values of one log that stand at one rounded x of the other, at most (ours)
_DIGITS, _SINGLE = 7, 2e-6  # digits looked for, and the relative error of a number kept in 32 bits


def twins_merged(runs: Sequence[Run], root: str = "") -> list[Run]:
    """The runs, each told of once: of two logs of one run the one with more points, with what only the other has.

    Args:
        runs: as read, named by their paths.
        root: name of the folder they were read from.

    Example:
        >>> x, y = [1, 2, 3, 4, 5, 6], [3.123, 2.5, 2.251, 2.1, 2.04, 2.01]
        >>> text = Run("a/out.txt", {"loss": Curve(x, np.round(y, 1), metric="loss")}, "text", "a/out.txt")
        >>> table = Run("a/log.csv", {"train_loss": Curve(x, y, metric="train_loss")}, "csv", "a/log.csv")
        >>> [(run.id, run.events[0].message) for run in twins_merged([text, table])]
        [('a/log.csv', 'a/out.txt tells of the same run: 6 points of loss agree with train_loss')]
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(_home(run, root), []).append(run)
    twins: dict[int, Run | None] = {}
    for group in groups.values():
        if len({run.format for run in group}) > 1:
            twins |= _merged(group)
    return [remaining for run in runs if (remaining := twins.get(id(run), run)) is not None]


def _home(run: Run, root: str) -> str:
    """The folder a run's log belongs to."""
    if run.source is not None or run.task is not None:
        return f"\0{run.id}"
    path = PurePosixPath("." if run.path == root else run.path)
    folder = path if _of_folders(run.format) else path.parent
    while folder.name.lower() in _PLACES or folder.parent.name.lower() in ("runs", "wandb"):
        folder = folder.parent
    return str(folder)


@lru_cache(maxsize=256)
def _of_folders(format: str) -> bool:
    """Whether a format's logs are folders."""
    return format in READERS.working() and READERS.load(format).unit is not None


def _merged(group: Sequence[Run]) -> dict[int, Run | None]:
    """What becomes of the runs of one folder: None of those that another tells of."""
    remaining: list[tuple[int, Run]] = []
    result: dict[int, Run | None] = {}
    for run in sorted(group, key=_richness, reverse=True):
        for place, (key, other) in enumerate(remaining):
            if run.format == other.format or run.path == other.path or not _worth(group, run, other):
                continue
            if (agreed := _agreement(other, run)) is not None:
                remaining[place] = (key, _with(other, run, agreed))
                result[key], result[id(run)] = remaining[place][1], None
                break
        else:
            remaining.append((id(run), run))
    return result


def _richness(run: Run) -> tuple[int, bool, int]:
    """The longer log first; of about as long ones a text last, which rounds; then that of more points."""
    lengths = [len(curve) for curve in run.curves.values()]
    return int(20 * np.log(max(lengths, default=1))), run.format != "text", sum(lengths)


def _worth(group: Sequence[Run], run: Run, other: Run) -> bool:
    """Of very many logs in a folder only those of like names are compared."""
    return len(group) <= _MANY or PurePosixPath(run.path).stem == PurePosixPath(other.path).stem


def _agreement(one: Run, other: Run) -> str | None:
    """How two runs agree; None where they do not, or where metrics of one name disagree."""
    agreed: str | None = None
    for a in _densest(one):
        for b in _densest(other):
            points = _agreeing(one, a, other, b)
            if points and agreed is None:
                agreed = f"{points} points of {b.metric} agree" + (f" with {a.metric}" if a.metric != b.metric else "")
            elif not points and a.metric == b.metric and min(len(a), len(b)) >= _POINTS:
                return None
    return agreed


def _densest(run: Run) -> list[Curve]:
    measured = [curve for name, curve in run.curves.items() if meaning(name).quality and len(curve) >= _POINTS]
    return sorted(measured, key=len, reverse=True)[:_COMPARED]


def _agreeing(one: Run, a: Curve, other: Run, b: Curve) -> int:
    """Points of two curves that agree, 0 where the curves do not."""
    for first, second in _on_one_axis(one, a, other, b):
        short, long = sorted((first, second), key=len)
        near = 0.6 * 10.0 ** -min(_digits(short.x), _digits(long.x)) if _digits(short.x) else 1e-9
        return _alike(short.y, _nearest(short, long, near), len(short))
    if a.axis != b.axis and len(a) == len(b) >= _IN_ORDER:
        return _alike(a.y, b.y, len(a))
    return 0


def _on_one_axis(one: Run, a: Curve, other: Run, b: Curve) -> Iterator[tuple[Curve, Curve]]:
    if a.axis == b.axis:
        yield a, b
    elif (a_moved := moved(one, a, b.axis)) is not None:
        yield a_moved, b
    elif (b_moved := moved(other, b, a.axis)) is not None:
        yield a, b_moved


def _nearest(short: Curve, long: Curve, near: float) -> Array:
    """Of the long curve's values about each x of the short one that nearest to the short one's; NaN where none is."""
    begin = np.searchsorted(long.x, short.x - near)
    end = np.searchsorted(long.x, short.x + near, side="right")
    values = np.full(len(short), np.nan)
    for at in range(min(int((end - begin).max(initial=0)), _WIDEST)):
        candidate = long.y[np.minimum(begin + at, len(long) - 1)]
        better = np.abs(candidate - short.y) < np.abs(values - short.y)
        values = np.where((begin + at < end) & (better | np.isnan(values)), candidate, values)
    return values


def _alike(y: Array, z: Array, n: int) -> int:
    both = np.isfinite(y) & np.isfinite(z)
    y, z = y[both], z[both]
    if y.size < max(_POINTS, _SHARE * n):
        return 0
    digits = min(_digits(y), _digits(z))
    coarse = 0.6 * 10.0**-digits if digits < _DIGITS else 0.0
    same = np.abs(y - z) <= np.maximum(coarse, _SINGLE * np.abs(y))
    distinct = np.unique(y[same]).size
    return int(same.sum()) if same.sum() >= _SHARE * n and distinct >= _POINTS else 0


def _digits(values: Array) -> int:
    """Digits behind the point that the values are written with, as many as are looked for where there are more."""
    for digits in range(_DIGITS):
        scaled = values[:1000] * 10.0**digits
        if (np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(1.0, np.abs(scaled))).all():
            return digits
    return _DIGITS


def _with(run: Run, other: Run, agreed: str) -> Run:
    """A run with what only another log of it has."""
    taken = {name: curve for name, curve in other.curves.items() if name not in run.curves and _new(run, other, curve)}
    ended = run.status not in OVER and other.status in ("finished", "crashed")
    message = f"{other.id} tells of the same run: {agreed}" + (f"; from it: {', '.join(taken)}" if taken else "")
    axis = next(iter(run.curves.values())).axis
    return replace(
        run,
        curves=FrozenMap({**run.curves, **taken}),
        config=FrozenMap({**other.config, **run.config}),
        horizon=FrozenMap({**other.horizon, **run.horizon}),
        status=other.status if ended else run.status,
        schedule=run.schedule or other.schedule,
        seed=other.seed if run.seed is None else run.seed,
        name=run.name or other.name,
        events=(*run.events, Event("merged", None, axis, message)),
    )


def _new(run: Run, other: Run, curve: Curve) -> bool:
    """Whether a curve is more than a closing word, and the run has none such under another name."""
    if len(curve) > 1 and meaning(curve.metric).kind not in ("time", "count"):
        return not any(_agreeing(run, own, other, curve) for own in run.curves.values() if len(own) >= _POINTS)
    return False
