"""Several ranks of one run are one run.

Processes of one training that log side by side say so in their paths: ``rank_0/metrics.csv``, ``train.rank3.log``.
What several of them logged of a metric at one x is averaged there, as each saw its own part of the data; NaN in any of
them stays NaN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from forerun.core import Curve, Event, FrozenMap, Run
from forerun.core.run import Status
from forerun.runs.assemble import in_force

_RANK = re.compile(r"(^|[/_.\-])(?:global_|local_)?rank[_\-=]?(\d{1,6})(?=$|[/_.\-])", re.IGNORECASE)
_GRAVEST: tuple[Status, ...] = ("crashed", "stalled", "running", "ended", "finished")


def ranks_merged(runs: Iterable[Run]) -> list[Run]:
    """The runs, those whose paths differ only in a rank put together; tables name their runs and are left alone.

    Example:
        >>> parts = [Run(f"a/rank{r}", {"loss": Curve([1, 2], [r, r], metric="loss")}, "x") for r in (0, 1)]
        >>> [(run.id, run.curves["loss"].y.tolist()) for run in ranks_merged(parts)]
        [('a', [0.5, 0.5])]
    """
    grouped: dict[tuple[str, str], list[tuple[int, Run]]] = {}
    for run in runs:
        rank, rest = _rank(run)
        grouped.setdefault((run.format, rest) if rank >= 0 else (run.format, f"\0{run.id}"), []).append((rank, run))
    taken = {run.id for group in grouped.values() for _, run in group}
    return [_merged(key[1], group, taken) for key, group in grouped.items()]


def gravest(runs: Sequence[Run]) -> Status:
    """Of several processes' states the one that tells most of the whole."""
    return next(status for status in _GRAVEST if any(run.status == status for run in runs))


def _rank(run: Run) -> tuple[int, str]:
    """The rank in a run's id, -1 when there is none, and the id without it."""
    match = None if run.source is not None or run.task is not None else _RANK.search(run.id)
    if match is None:
        return -1, run.id
    rest = run.id[: match.start()] + run.id[match.end() :]
    return int(match[2]), rest.strip("/_-")


def _merged(id: str, group: list[tuple[int, Run]], taken: set[str]) -> Run:
    ordered = sorted(group, key=lambda pair: pair[0])
    first = ordered[0][1]
    if len({rank for rank, _ in ordered}) < 2:
        return first
    runs = [run for _, run in ordered]
    names = dict.fromkeys(name for run in runs for name in run.curves)
    by_metric = {name: [run.curves[name] for run in runs if name in run.curves] for name in names}
    shared = ", ".join(name for name, curves in by_metric.items() if len(curves) > 1)
    message = f"{len(runs)} ranks" + (f"; averaged: {shared}" if shared else "")
    axis = next(iter(first.curves.values())).axis
    return replace(
        first,
        id=id if id and id not in taken else first.id,
        curves=FrozenMap({name: _mean(curves) for name, curves in by_metric.items()}),
        status=gravest(runs),
        schedule=next((run.schedule for run in runs if run.schedule is not None), None),
        segments=FrozenMap({}),
        events=(*first.events, Event("ranks", None, axis, message)),
        damage=tuple(damage for run in runs for damage in run.damage),
    )


def _mean(curves: Sequence[Curve]) -> Curve:
    """The mean of what was logged at each x, of those that logged there."""
    first = curves[0]
    alike = [curve for curve in curves if curve.axis == first.axis]
    if len(alike) == 1:
        return first
    x, place = np.unique(np.concatenate([curve.x for curve in alike]), return_inverse=True)
    total = np.bincount(place, np.concatenate([curve.y for curve in alike]), x.size)
    with_lr = next((curve for curve in alike if curve.lr is not None), None)
    lr = None if with_lr is None or with_lr.lr is None else in_force(with_lr.x, with_lr.lr, x)
    return replace(first, x=x, y=total / np.bincount(place, minlength=x.size), lr=lr)
