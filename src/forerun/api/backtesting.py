"""`backtest`: forecasts made within finished runs, scored against what happened."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np

from forerun.api.parts import done_in_parts
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
    jobs: int | None = None,
    journal: Where | None = None,
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
        jobs: methods and folds at once, through joblib; default one, or what `joblib.parallel_config` says. The scores
            are the same wherever and however they are made.
        journal: the file in which what was answered is kept; where it holds some of it from a call that was killed, the
            rest alone is made.

    Returns:
        One `Score` a source and method, and source ``"ALL"``, the plain mean over sources.
    """
    runs = _table_runs(tables, progress)
    pasts = [past for run in runs for past in pasts_of(run)]
    every = protocol.choose(pasts, max(max_curves, learn_curves))
    if beside is not None:
        every = with_others(every, protocol.choose(pasts, len(pasts)), beside, twins=twins)
    left_out = set(NOT_BACKTESTED) - ({"siblings"} if beside else set())
    default = [name for name in FORECASTERS.working() if name not in left_out]
    names = list(dict.fromkeys([protocol.BASELINE, *(([method] if isinstance(method, str) else method) or default)]))
    scoring = {id(past) for past in protocol.first(every, max_curves)}
    folds = [
        (learn, [case for past in fold if id(past) in scoring for case in protocol.cases_of(past)])
        for learn, fold in _folds(every, leave_out)
    ]
    parts = {_key(name, *fold): (name, *fold, clock) for fold in folds for name in names}
    answers = iter(done_in_parts(_answered, parts, jobs=jobs, journal=None if journal is None else Path(journal)))
    scored: list[protocol.Scored] = []
    micros: dict[str, list[float]] = {name: [] for name in names}
    for _, cases in folds:
        for name in names:
            answer = next(answers)
            micros[name].append(answer["us"])
            each = zip(cases, answer["status"], answer["quantiles"], strict=True)
            scored += [protocol.Scored(case, name, status, np.array(values)) for case, status, values in each]
    if cases_file is not None:
        protocol.write_cases(scored, cases_file, beside)
    scores = protocol.summarise(scored, {name: float(np.mean(us)) for name, us in micros.items()})
    return [replace(score, beside=beside) for score in scores]


def _answered(
    name: str, learn: Sequence[protocol.Past] | None, cases: Sequence[protocol.Case], clock: Callable[[], float]
) -> dict[str, Any]:
    """What a forecaster answers to cases, undecided ones as the baseline does, and what one takes in microseconds."""
    if not cases:
        raise BadInput("no curve has 12 finite points at x > 0 of a metric that measures quality", where="backtest")
    fallback = fitted(FORECASTERS.load(protocol.BASELINE), learn)(cases)
    method = fitted(FORECASTERS.load(name), learn)
    begin = clock()
    scored = protocol.run_method(name, method, cases, fallback)
    spent = clock() - begin
    return {
        "status": [one.status for one in scored],
        "quantiles": [one.quantiles.tolist() for one in scored],
        "us": spent / len(cases) * 1e6,
    }


def _key(name: str, learn: Sequence[protocol.Past] | None, cases: Sequence[protocol.Case]) -> str:
    """A digest of all that answers depend on."""
    digest = hashlib.sha256(f"{metadata.version('forerun')}|{FORECASTERS.load(name).version}".encode())
    for past in [*(learn or ()), *(case.past for case in cases)]:
        for one in (past, *past.beside):
            digest.update(f"{one.run}|{one.curve.metric}".encode())
            digest.update(one.curve.x.tobytes() + one.curve.y.tobytes())
    for case in cases:
        digest.update(repr((len(case.shown), case.at)).encode())
    return f"{name}|{len(cases)}|{digest.hexdigest()}"


def _table_runs(tables: Where | Sequence[Where] | Iterable[Run], progress: Progress) -> list[Run]:
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
