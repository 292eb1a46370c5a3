"""Times to a target: of every run, and of every study that keeps one of its trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forerun.core import Array, BadInput, Table
from forerun.core.frozen import Noun
from forerun.evaluate.races.rules import RaceTarget

By = Literal["index", "time"]


@dataclass(frozen=True)
class RaceTrial:
    """A run of a race.

    Args:
        submission, workload, study, trial: which run it is.
        index: number of the first evaluation at the target; -1 where it was never reached.
        seconds: of training until then; inf where it was never reached.
    """

    submission: str
    workload: str
    study: str
    trial: str
    index: int
    seconds: float


@dataclass(frozen=True, eq=False)
class StudyTimes(Noun):
    """Seconds to the target, shape (submissions, workloads, studies); inf where it was never reached, NaN where no
    study was run."""

    submissions: tuple[str, ...]
    workloads: tuple[str, ...]
    seconds: Array


def trials_of(table: Table, targets: Mapping[str, RaceTarget]) -> list[RaceTrial]:
    """When each run reached its workload's target.

    Args:
        table: scores with a row an evaluation: the submission as system, the workload as benchmark, the number of the
            evaluation as item, study as seed, trial as sample, and seconds.
        targets: by workload; others are left out.

    Raises:
        BadInput: no seconds, or no row of a workload by its target's metric.

    Example:
        >>> rows = {"system": ["adam"] * 2, "benchmark": ["wmt"] * 2, "metric": ["bleu"] * 2, "item": ["0", "1"],
        ...         "score": [9.0, 31.0], "seed": ["0"] * 2, "sample": ["1"] * 2, "seconds": [10.0, 20.0]}
        >>> trials_of(Table(rows), {"wmt": RaceTarget("bleu", 30.8, "max")})
        [RaceTrial(submission='adam', workload='wmt', study='0', trial='1', index=1, seconds=20.0)]
    """
    columns = table.columns
    if "seconds" not in columns:
        raise BadInput("a race needs seconds of training beside each evaluation")
    runs: dict[tuple[str, str, str, str], tuple[int, float]] = {}
    blank = ("",) * table.n_rows
    for system, workload, metric, item, score, study, trial, seconds in zip(
        columns["system"], columns["benchmark"], columns["metric"], columns["item"], columns["score"],
        columns.get("seed", blank), columns.get("sample", blank), columns["seconds"], strict=True,
    ):  # fmt: skip
        target = targets.get(workload)
        if target is None or metric != target.metric:
            continue
        key, index = (system, workload, study, trial), int(float(item))
        first = runs.setdefault(key, (-1, np.inf))
        if target.reached(score) and (first[0] < 0 or index < first[0]):
            runs[key] = (index, float(seconds))
    if not runs:
        known = ", ".join(sorted({f"{name} ({target.metric})" for name, target in targets.items()})[:10])
        raise BadInput(f"no evaluation of a workload by its target's metric: {known}")
    return [RaceTrial(*key, *first) for key, first in runs.items()]


def study_times(trials: Iterable[RaceTrial], *, by: By = "index") -> StudyTimes:
    """One time a study: of the trial that reached the target at the earliest evaluation, or first.

    Args:
        trials: of all submissions.
        by: ``index``, the smallest number of evaluations with ties by time, as scores were published; ``time`` as the
            rules are written.

    Raises:
        BadInput: a time that is not above 0.

    Example:
        >>> slow, fast = RaceTrial("a", "wmt", "0", "1", 3, 90.0), RaceTrial("a", "wmt", "0", "2", 4, 80.0)
        >>> [study_times([slow, fast], by=by).seconds.item() for by in ("index", "time")]
        [90.0, 80.0]
    """
    best: dict[tuple[str, str, str], tuple[float, float]] = {}
    for one in trials:
        if not one.seconds > 0.0:
            raise BadInput(f"is {one.seconds:g} seconds; above 0, or inf where the target was never reached",
                           where=f"{one.submission}, {one.workload}, study {one.study}, trial {one.trial}")  # fmt: skip
        index = float(one.index) if one.index >= 0 else np.inf
        rank = (index, one.seconds) if by == "index" else (one.seconds, index)
        key = (one.submission, one.workload, one.study)
        best[key] = min(best.get(key, (np.inf, np.inf)), rank)
    submissions, workloads = (tuple(sorted({key[i] for key in best})) for i in (0, 1))
    studies: dict[tuple[str, str], list[float]] = {}
    for (submission, workload, _), rank in sorted(best.items()):
        studies.setdefault((submission, workload), []).append(rank[1 if by == "index" else 0])
    seconds = np.full((len(submissions), len(workloads), max(map(len, studies.values()))), np.nan)
    for (submission, workload), times in studies.items():
        seconds[submissions.index(submission), workloads.index(workload), : len(times)] = times
    return StudyTimes(submissions, workloads, seconds)
