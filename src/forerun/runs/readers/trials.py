"""Searches over settings: what became of their trials, as logs.

A trial that reported on its way is a run of its own. A search in which none did is one run: the value each trial came
to, over the trials' numbers. The best so far is not a logged value and is left to whoever plots.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from forerun.core import Direction
from forerun.runs.log import WALL, Log

AXIS = "trial"
End = Literal["", "finished", "crashed"]
ENDS: dict[str, End] = {
    "COMPLETE": "finished",
    "PRUNED": "finished",
    "COMPLETED": "finished",
    "STOPPED": "finished",
    "FAIL": "crashed",
    "FAILED": "crashed",
    "INVALID": "crashed",
}


@dataclass
class Trial:
    """One trial.

    Args:
        number: from 0, within its search.
        state: in the search's own word.
        params: the settings it tried.
        values: what it came to, one an objective; None for one that was not told.
        reports: pairs of a step and the value reported there.
        ended: unix time, None while unknown.
    """

    number: int
    state: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    values: list[float | None] = field(default_factory=list)
    reports: list[tuple[float, float]] = field(default_factory=list)
    ended: float | None = None


@dataclass
class Search:
    """Trials of one search.

    Args:
        name: empty when the file names it.
        names: what the objectives are called.
        directions: which way each is better, None where nobody said.
        trials: in the order of their numbers.
    """

    name: str
    names: Sequence[str]
    directions: Sequence[Direction | None]
    trials: list[Trial] = field(default_factory=list)


def objectives(n: int, names: Sequence[str] = ()) -> list[str]:
    """The names of n objectives, where a search gives them none.

    Example:
        >>> objectives(1), objectives(2), objectives(1, ["acc"])
        (['value'], ['value_0', 'value_1'], ['acc'])
    """
    if len(names) == n:
        return list(names)
    return ["value"] if n == 1 else [f"value_{i}" for i in range(n)]


def logs_of_search(search: Search, format: str) -> Iterator[Log]:
    """The runs of a search: its trials where they reported on their way, else the search itself."""
    directions: dict[str, Direction] = {
        n: d for n, d in zip(search.names, search.directions, strict=False) if d is not None
    }
    if not any(trial.reports for trial in search.trials):
        logs: Iterable[Log] = [_of_values(search, format)]
    else:
        logs = [_of_reports(search, trial, format) for trial in search.trials]
    for log in logs:
        log.directions = dict(directions)
        if log.n:
            yield log


def _of_values(search: Search, format: str) -> Log:
    done = [trial for trial in search.trials if any(value is not None for value in trial.values)]
    log = Log(format, id=search.name, n=len(done), axis=AXIS)
    log.axes[AXIS] = np.array([trial.number for trial in done], float)
    if any(trial.ended is not None for trial in done):
        log.axes[WALL] = np.array([np.nan if trial.ended is None else trial.ended for trial in done])
    for i, name in enumerate(search.names):
        column = [trial.values[i] if i < len(trial.values) else None for trial in done]
        rows = [row for row, value in enumerate(column) if value is not None]
        log.series[name] = (np.array(rows, np.int64), np.array([column[row] for row in rows], float))
    return log


def _of_reports(search: Search, trial: Trial, format: str) -> Log:
    """A trial's reports; of one that made none the value it came to, which then stands at its number alone."""
    name = "/".join(part for part in (search.name, str(trial.number)) if part)
    log = Log(format, id=name, end=ENDS.get(trial.state, ""), config=dict(trial.params))
    if trial.state:
        log.config["state"] = trial.state
    last = next((value for value in trial.values if value is not None), None)
    metric = search.names[0]
    if trial.reports:
        step, value = (np.array(column, float) for column in zip(*sorted(trial.reports), strict=True))
        log.n, log.axes = len(step), {"step": step}
        log.series[metric] = (np.arange(log.n), value)
        if last is not None:
            log.config[metric] = last
    elif last is not None:
        log.n, log.axes = 1, {AXIS: np.array([trial.number], float)}
        log.series[metric] = (np.array([0]), np.array([last]))
    return log
