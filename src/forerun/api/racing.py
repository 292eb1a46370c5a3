"""`race`: which training algorithm reaches its targets sooner."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forerun.api.reading import Where
from forerun.api.scoring import Scored, read_scores
from forerun.core import BadInput, Table, Undecided
from forerun.evaluate.races.data_equivalent import DataSpeedUp, data_equivalent
from forerun.evaluate.races.race import RaceResult, run_race
from forerun.evaluate.races.rules import rules_of, targets_of
from forerun.evaluate.races.times import By, RaceTrial, trials_of
from forerun.runs.readers.text import read_json
from forerun.runs.regular import is_regular
from forerun.runs.score_readers.plain_columns import columns_of
from forerun.runs.tables import read_table

_TIMED = ("submission", "workload", "study", "trial", "hit_index", "time_to_target_s")


def race(
    what: Scored,
    targets: Where | dict[str, Any],
    *,
    rules: str = "v0.5",
    by: By = "index",
    exact: bool = False,
    budget: float = 1.0,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> RaceResult:
    """Score a field of training algorithms by their times to targets, as AlgoPerf does.

    Args:
        what: AlgoPerf's tree of logs, a table of evaluations, or one of times to targets (the columns submission,
            workload, study, trial, hit_index and time_to_target_s).
        targets: of each workload, as AlgoPerf's files write them; a path or what is in it.
        rules: of the round, ``v0.5`` or ``v0.6``.
        by: which trial stands for its study: ``index``, of the smallest number of evaluations, as published; ``time``,
            as documented.
        exact: the integral under the profiles in place of 100 points of it.
        budget: how many times the longest allowed a run that never reached its target counts in speed-ups: 1 for
            external tuning, 3 for self-tuning, 1.5 for that of v0.6.
        level: mass of the intervals.
        draws: how often studies are drawn again.
        seed: of the draws.

    Raises:
        BadInput: no run of a workload that has a target.
        UnknownName: no such rules.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp(), "evals.csv")
        >>> _ = file.write_text("submission,workload,study,trial,eval_index,time_s,metric,value\\n"
        ...     "a,wmt,0,1,0,100,bleu,31\\nb,wmt,0,1,0,90,bleu,30\\nb,wmt,0,1,1,200,bleu,31\\n")
        >>> goal = {"workloads": {"wmt": {"target_metric_name": "bleu", "validation_target_value": 30.8}}}
        >>> [(one.submission, round(one.score, 2)) for one in race(file, goal, rules="v0.6").scores]
        [('a', 1.0), ('b', 0.67)]
    """
    of_round = rules_of(rules)
    goal = targets_of(targets if isinstance(targets, dict) else read_json(Path(targets)))
    trials = _timed(what) if isinstance(what, (str, os.PathLike)) else []
    trials = trials or trials_of(read_scores(what).table, goal.targets)
    return run_race(trials, goal, of_round, by=by, exact=exact, budget=budget, level=level, draws=draws, seed=seed)


def _timed(path: Where) -> list[RaceTrial]:
    """The runs of a table of times to targets; none where it is no such table.

    Raises:
        BadInput: a cell that must be a number is none.
    """
    file = Path(path)
    if not is_regular(file):
        return []
    columns, _ = columns_of(file)
    if not set(_TIMED) <= columns.keys():
        return []
    rows = zip(*(columns[name] for name in _TIMED), strict=True)
    try:
        return [RaceTrial(str(who), str(workload), str(study), str(trial), int(index), float(seconds))
                for who, workload, study, trial, index, seconds in rows]  # fmt: skip
    except ValueError as error:
        raise BadInput(f"hit_index and time_to_target_s must be numbers: {error}", where=file.name) from error


@dataclass(frozen=True)
class DataRace:
    """A system's speed-up in data over the baseline.

    Args:
        system, baseline: names. size: of both, empty where there is no such column. data: that the system used. n:
            points of the baseline. speedup: data that the baseline would need, over that.
    """

    system: str
    baseline: str
    size: str
    data: float
    n: int
    speedup: DataSpeedUp | Undecided


def race_in_data(what: Where | Table, baseline: str, *, noise: float, seed: int = 0) -> tuple[DataRace, ...]:
    """How many times the data the baseline needs to end where others end: each at the most data it was given.

    Args:
        what: a table with the columns system, data (or tokens) and loss, and size where there are several; the baseline
            with 4 amounts of data or more at each size.
        baseline: name of a system.
        noise: sd of a final loss between seeds, in the loss' unit; 0 asks for no interval.
        seed: of the draws.

    Raises:
        BadInput: a column is missing, or the baseline has too few amounts.

    Example:
        >>> rows = {"system": ["adam"] * 4 + ["new"], "data": [1.0, 2.0, 4.0, 8.0, 8.0],
        ...         "loss": [3.0, 2 + 2**-0.5, 2.5, 2 + 8**-0.5, 2.25]}
        >>> [round(one.speedup.estimate, 3) for one in race_in_data(Table(rows), "adam", noise=0.0)]
        [2.0]
    """
    columns = (what if isinstance(what, Table) else read_table(Path(what))).columns
    amount = next((name for name in ("data", "tokens") if name in columns), "data")
    if missing := [name for name in ("system", amount, "loss") if name not in columns]:
        raise BadInput(f"needs the column {missing[0]!r}; there are {', '.join(columns)}")
    names = np.asarray([str(name) for name in columns["system"]])
    sizes = np.asarray([str(size) for size in columns.get("size", [""] * names.size)])
    data, loss = (np.asarray(columns[name], np.float64) for name in (amount, "loss"))
    if baseline not in names:
        raise BadInput(f"no system {baseline!r}; there are {', '.join(dict.fromkeys(names.tolist()))}")
    races: list[DataRace] = []
    for size in dict.fromkeys(sizes.tolist()):
        mine = np.flatnonzero((names == baseline) & (sizes == size))
        mine = mine[np.argsort(data[mine])]
        for name in dict.fromkeys(names[sizes == size].tolist()):
            if name == baseline:
                continue
            of = np.flatnonzero((names == name) & (sizes == size))
            last = int(of[np.argmax(data[of])])
            speedup = data_equivalent(
                data[mine], loss[mine], float(loss[last]), float(data[last]), noise=noise, seed=seed
            )
            races.append(DataRace(name, baseline, size, float(data[last]), mine.size, speedup))
    return tuple(races)
