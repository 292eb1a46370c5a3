"""Cases from which a net learns to correct forecasts by the runs beside a run.

Every finished curve is forecast from its origins by a forecaster that has not seen its task, for its end and for one
point before. Beside it stand other curves of its task; and, so that the net learns to leave alone what tells nothing,
curves of other tasks, half of the foreign ones bent to the run's own level and spread.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forerun.core import LEVELS, Array, Curve
from forerun.forecast.correction import LEAST, Alone, Miss, Standings, numbers, usable
from forerun.forecast.forecaster import Finished, Request, Sibling, origins
from forerun.forecast.nets.sibling_features import COUNT, Ended, Under, of_siblings
from forerun.forecast.nets.sibling_net import HIGH, LOW, LessonsBeside
from forerun.stats.scores import pinball
from forerun.stats.zscale import ZScale, zscale

_MOST = 20  # siblings of a case
_FOREIGN, _OF_GROUP = 6, 3  # curves of other tasks of a case, and how many at most are of its own group and metric
_CURVES = 600  # of a group that are learned from
_LARGEST = 8.0  # z of an outcome
_GROUP = 2000  # cases from which a group weighs no more
_FILLED = 0.2  # power by which a group of fewer weighs less


@dataclass(frozen=True)
class CaseBeside:
    """One forecast with the runs beside it."""

    group: str
    task: str
    quantiles: Array
    outcome: float
    run: Array
    siblings: Array
    foreign: Array


def half_of(group: str, task: str) -> int:
    """The half of the tasks that a task is in, 0 or 1."""
    return hashlib.sha1(f"{group}|{task}".encode(), usedforsecurity=False).digest()[-1] % 2


def taken(finished: Finished) -> list[int]:
    """The curves learned from, by place: the first of each group."""
    count: dict[str, int] = defaultdict(int)
    places: list[int] = []
    for i, group in enumerate(finished.groups):
        count[group] += 1
        places += [i] if count[group] <= _CURVES else []
    return places


def cases(finished: Finished, places: Sequence[int], alone: Alone, rng: np.random.Generator) -> list[CaseBeside]:
    """The cases of some curves, which ``alone`` has not learned from."""
    beside, foreign = _neighbours(finished, places, rng)
    requests = [request for i in places for request in _requests(finished, i, beside[i], rng)]
    of = [i for i in places for _ in origins(_usable(finished.curves[i])[0].size, least=LEAST)]
    said = alone(requests)
    siblings = [usable(one) for one in requests]
    standings = Standings(list(zip(requests, siblings, strict=True)))
    missed = standings.missed(alone(standings.requests) if standings.requests else [])
    made: list[CaseBeside] = []
    for i, request, (scale, z), own, misses_of in zip(of, requests, said, siblings, missed, strict=True):
        if not own:
            continue
        run, described = numbers(request, scale, own, misses_of)
        x, y = _usable(finished.curves[i])
        others = _foreign(finished, foreign[i], i, request, scale, z[-1], rng)
        for j, place in enumerate(request.at):
            outcome = float(np.clip(request.sign * scale.to_z(y[np.searchsorted(x, place)]), -_LARGEST, _LARGEST))
            made.append(
                CaseBeside(finished.groups[i], finished.tasks[i], z[j], outcome, run[j], described[j], others[j])
            )
    return made


def _usable(curve: Curve) -> tuple[Array, Array]:
    keep = np.isfinite(curve.y) & (curve.x > 0)
    return curve.x[keep], curve.y[keep]


def _neighbours(
    finished: Finished, places: Sequence[int], rng: np.random.Generator
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """By curve the others of its task, never a copy, and some of other tasks, both as places."""
    of_task: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    of_group: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i in places:
        metric = finished.curves[i].metric
        of_task[finished.groups[i], finished.tasks[i], metric].append(i)
        of_group[finished.groups[i], metric].append(i)
    beside: dict[int, list[int]] = {}
    foreign: dict[int, list[int]] = {}
    every = np.array(places)
    for i in places:
        metric = finished.curves[i].metric
        own = of_task[finished.groups[i], finished.tasks[i], metric]
        drawn: list[int] = rng.permutation(own)[: _MOST + 1].tolist()
        beside[i] = [j for j in drawn if j != i and not _same(finished.curves[i], finished.curves[j])][:_MOST]
        near = rng.choice(of_group[finished.groups[i], metric], 4 * _OF_GROUP).tolist()
        near = [j for j in near if finished.tasks[j] != finished.tasks[i]][:_OF_GROUP]
        foreign[i] = near + rng.choice(every, _FOREIGN - len(near)).tolist()
    return beside, foreign


def _same(one: Curve, other: Curve) -> bool:
    return np.array_equal(one.x, other.x) and np.array_equal(one.y, other.y, equal_nan=True)


def _requests(finished: Finished, i: int, beside: Sequence[int], rng: np.random.Generator) -> list[Request]:
    curve, plan = finished.curves[i], finished.schedules[i]
    x, y = _usable(curve)
    siblings = [Sibling(str(j), finished.curves[j], finished.schedules[j]) for j in beside]
    requests: list[Request] = []
    for n in origins(x.size, least=LEAST):
        at = np.unique(x[[int(rng.integers(n, x.size)), x.size - 1]])
        shown = Curve(x[:n], y[:n], curve.metric, axis=curve.axis, direction=curve.direction)
        requests.append(Request(x[:n], y[:n], at, shown, plan, siblings))
    return requests


def _foreign(
    finished: Finished, places: Sequence[int], i: int, request: Request, scale: ZScale, z: Array,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Numbers (m, f, COUNT) of curves of other tasks, beside a run of forecast ``z`` at its end."""
    run = Under(request.x, request.y, request.at, request.sign, scale)
    width = max(float(z[HIGH] - z[LOW]), 1e-3)
    ended: list[Ended] = []
    for j in places:
        x, y = _usable(finished.curves[j])
        if finished.groups[j] != finished.groups[i] or finished.tasks[j] == finished.tasks[i]:
            x, y = _bent(finished.curves[j], request, scale, rng)
        ended.append(Ended.of(x, y))
    missed = [Miss(float(rng.normal(0.0, 0.7)), width * float(np.exp(rng.normal(0.0, 0.5)))) for _ in places]
    return of_siblings(run, ended, missed).reshape(request.at.size, -1, COUNT)


def _bent(curve: Curve, request: Request, scale: ZScale, rng: np.random.Generator) -> tuple[Array, Array]:
    """A curve turned to the run's direction, most as long as the run will be, half at its level and spread."""
    x, y = _usable(curve)
    x = x * (request.at[-1] / x[-1]) if rng.random() < 0.7 else x
    y = y if curve.direction == request.curve.direction else -y
    if rng.random() < 0.5:
        own = zscale(np.interp(request.x, x, y))
        y = (y - own.center) / own.scale * scale.scale * np.exp(rng.normal(0.0, 0.5)) + scale.center
    return x, y


def lessons(made: Sequence[CaseBeside]) -> LessonsBeside:
    """Cases as arrays; every group weighs nearly the same, within it a task as the root of its cases."""
    groups = np.array([case.group for case in made])
    _, group, n_group = np.unique(groups, return_inverse=True, return_counts=True)
    tasks = np.array([f"{case.group}|{case.task}" for case in made])
    _, task, n_task = np.unique(tasks, return_inverse=True, return_counts=True)
    weight = n_task[task] ** -0.5
    weight = weight / np.bincount(group, weight)[group] * np.minimum(n_group[group], _GROUP) ** _FILLED
    quantiles = np.array([case.quantiles for case in made], np.float32)
    outcome = np.array([case.outcome for case in made], np.float32)
    loss = pinball(LEVELS, quantiles, outcome).mean(axis=1)
    scale = np.maximum(np.bincount(group, loss) / n_group, 1e-3)[group]
    siblings = np.zeros((len(made), _MOST, COUNT), np.float32)
    there = np.zeros((len(made), _MOST), np.bool_)
    for i, case in enumerate(made):
        siblings[i, : len(case.siblings)] = case.siblings
        there[i, : len(case.siblings)] = True
    return LessonsBeside(
        quantiles, outcome, weight, scale.astype(np.float32), _stacked([case.run for case in made]), siblings, there,
        _stacked([case.foreign for case in made]),
    )  # fmt: skip


def _stacked(arrays: Sequence[Array]) -> NDArray[np.float32]:
    return np.stack(arrays).astype(np.float32)
