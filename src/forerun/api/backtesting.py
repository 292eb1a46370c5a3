"""`backtest`: forecasts made within finished runs, scored against what happened."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TextIO, cast

import numpy as np

from forerun.api.reading import Where, read
from forerun.core import BadInput, Forecast, Run, Undecided, UnknownName
from forerun.evaluate.forecasts import backtest as protocol
from forerun.evaluate.forecasts.beside import with_others
from forerun.forecast import FORECASTERS
from forerun.forecast.forecaster import Forecaster, Sibling, State
from forerun.runs.discover import Progress

NOT_BACKTESTED = ("mcmc", "siblings")
"""Forecasters a backtest leaves out unless asked for: one takes seconds a curve, one needs runs beside each case."""


def backtest(
    tables: Where | Sequence[Where] | Iterable[Run],
    *,
    method: str | Sequence[str] = (),
    max_curves: int = 400,
    learn_curves: int = 2000,
    leave_out: str | None = None,
    beside: int | None = None,
    twins: bool = True,
    cases_file: TextIO | None = None,
    clock: Callable[[], float] = time.perf_counter,
    progress: Progress = lambda units: units,
) -> list[protocol.Score]:
    """Forecast finished runs from within and score the forecasts; `forerun.evaluate.forecasts` has the protocol.

    Args:
        tables: tidy tables or folders of logs, or runs already read.
        method: a forecaster's name or several; default all but `NOT_BACKTESTED`, with ``siblings`` where runs stand
            beside each case. The baseline always takes part.
        max_curves: most curves a source that are scored.
        learn_curves: most curves a source that anything refitted learns from; at least those scored.
        leave_out: ``None`` scores methods as shipped. A source's name refits everything learned on the other
            sources and scores that source alone; ``"each"`` does so for every source in turn, ``"task"`` for five folds
            of the tasks, ``"half"`` for two.
        beside: how many finished runs of the same source, task and metric each case is given, whole, at most.
        twins: whether those may be runs of the same settings and another seed.
        cases_file: where every scored case is written as a line of JSON.
        clock: seconds, for the time a forecast takes.
        progress: wraps the list of files to be read.

    Returns:
        One `Score` a source and method, and source ``"ALL"``, the plain mean over sources.
    """
    runs = table_runs(tables, progress)
    pasts = [past for run in runs for past in pasts_of(run)]
    every = protocol.choose(pasts, max(max_curves, learn_curves))
    if beside is not None:
        every = with_others(every, protocol.choose(pasts, len(pasts)), beside, twins=twins)
    left_out = set(NOT_BACKTESTED) - ({"siblings"} if beside else set())
    default = [name for name in FORECASTERS.working() if name not in left_out]
    names = list(dict.fromkeys([protocol.BASELINE, *(([method] if isinstance(method, str) else method) or default)]))
    members = {name: FORECASTERS.load(name) for name in names}
    scored: list[protocol.Scored] = []
    micros: dict[str, list[float]] = {name: [] for name in names}
    scoring = {id(past) for past in protocol.first(every, max_curves)}
    for learn, fold in _folds(every, leave_out):
        judge = [past for past in fold if id(past) in scoring]
        ready = {name: fitted(member, learn) for name, member in members.items()}
        cases = [case for past in judge for case in protocol.cases_of(past)]
        rows, part = protocol.backtest(cases, ready, clock=clock)
        scored += part
        for row in rows:
            if row.source == "ALL":
                micros[row.method].append(row.us_per_forecast)
    if cases_file is not None:
        protocol.write_cases(scored, cases_file, beside)
    scores = protocol.summarise(scored, {name: float(np.mean(us)) for name, us in micros.items()})
    return [replace(score, beside=beside) for score in scores]


def table_runs(tables: Where | Sequence[Where] | Iterable[Run], progress: Progress) -> list[Run]:
    """The runs of tables or folders, or those already read."""
    if isinstance(tables, (str, os.PathLike)):
        return list(read(tables, progress=progress))
    listed = list(tables)
    paths = [one for one in listed if isinstance(one, (str, os.PathLike))]
    return list(read(paths, progress=progress)) if paths else cast(list[Run], listed)


def pasts_of(run: Run) -> list[protocol.Past]:
    """A run's curves as the backtest takes them; a run without a source is its own."""
    return [
        protocol.Past(run.source or "logs", run.task or run.id, run.id, curve, run.schedule, run.config, run.seed)
        for curve in run.curves.values()
    ]


def _folds(
    pasts: Sequence[protocol.Past], leave_out: str | None
) -> Sequence[tuple[list[protocol.Past] | None, list[protocol.Past]]]:
    """Pairs of what is learned from (None: as shipped) and what is scored."""
    if leave_out is None:
        return [(None, list(pasts))]
    sources = list(dict.fromkeys(past.source for past in pasts))
    if leave_out in ("task", "half"):
        keys = [protocol.fold_of(past, 5 if leave_out == "task" else 2) for past in pasts]
    else:
        keys = [past.source for past in pasts]
        if leave_out != "each" and leave_out not in sources:
            raise UnknownName("source", leave_out, sources)
    left_out = [leave_out] if leave_out not in ("each", "task", "half") else list(dict.fromkeys(keys))
    folds = [
        (
            [p for p, key in zip(pasts, keys, strict=True) if key != one],
            [p for p, key in zip(pasts, keys, strict=True) if key == one],
        )
        for one in left_out
    ]
    if any(not learn for learn, _ in folds):
        raise BadInput("nothing is left to learn from; give tables of at least two sources", where="--leave-out")
    return folds


def fitted(member: Forecaster, learn: Sequence[protocol.Past] | None) -> protocol.Method:
    """A forecaster as the backtest calls it: as shipped, or after it learned from curves."""
    state = member.default() if learn is None else learned_from(member, learn)

    def method(cases: Sequence[protocol.Case]) -> list[Forecast | Undecided]:
        return member.predict(
            state,
            [case.shown for case in cases],
            [[case.at] for case in cases],
            schedule=[case.past.schedule for case in cases],
            siblings=[[Sibling(one.run, one.curve, one.schedule) for one in case.past.beside] for case in cases],
        )

    return method


def learned_from(member: Forecaster, pasts: Sequence[protocol.Past]) -> State:
    """A forecaster's state after it learned from complete curves, every source weighing the same."""
    return member.fit(
        [past.curve for past in pasts],
        [past.source for past in pasts],
        tasks=[past.task for past in pasts],
        schedule=[past.schedule for past in pasts],
    )
