"""`replay`: policies at work on finished runs, judged by what they spent and what they ended with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np

from forerun.api.backtesting import table_runs
from forerun.api.reading import Where
from forerun.core import BadInput, Run
from forerun.decide import POLICIES, Policy
from forerun.evaluate.replays import replay as protocol
from forerun.evaluate.replays.candidates import ReplayTask, replay_tasks
from forerun.evaluate.replays.cases import write_cases
from forerun.evaluate.replays.journal import JournalEntry, Orders, ReplaySetup
from forerun.evaluate.replays.regret import false_kills, regret_curve, steps
from forerun.evaluate.replays.scores import BASELINE, RIVAL, PolicyScore, Spent, policy_scores
from forerun.runs.discover import Progress
from forerun.session.replayed import ReplaySituations


def replay(
    tables: Where | Sequence[Where] | Iterable[Run],
    *,
    policy: str | Policy | Sequence[str | Policy],
    orderings: int = protocol.ORDERINGS,
    resume: bool = True,
    seconds: bool = False,
    max_runs: int | None = None,
    journal: Path | None = None,
    cases_file: TextIO | None = None,
    n_jobs: int = 1,
    progress: Progress = lambda units: units,
    tasks_progress: Callable[[list[ReplayTask]], Iterable[ReplayTask]] = lambda tasks: tasks,
) -> list[PolicyScore]:
    """Let policies spend a budget on finished runs; `forerun.evaluate.replays` has the protocol.

    Args:
        tables: tidy tables or folders of logs, or runs already read.
        policy: names or values; no stopping and asha always take part.
        orderings: orders in which a task's runs start.
        resume: whether a run that was stopped can go on later, at no cost.
        seconds: whether cost is the seconds a log tells; else every evaluation costs one unit.
        max_runs: most runs a task, those of lowest SHA-1 of their id; default all.
        journal: a folder that keeps what is done; a replay that was killed goes on from there.
        cases_file: where every order of every task and policy is written as a line of JSON, with every step spent.
        n_jobs: tasks at once, through joblib: ``joblib.parallel_config(backend="ray")`` runs the same on a cluster.
        progress: wraps the files to be read.
        tasks_progress: wraps the tasks to be replayed.

    Returns:
        A row a task and policy; then the means over each source (task ``"ALL"``) and over all (both ``"ALL"``).

    Raises:
        UnknownName: no such policy.
        BadInput: no task has ten runs, or the journal is of another replay.

    Example:
        >>> from forerun.synthetic.runs import sweep
        >>> rows = replay(sweep(12, np.random.default_rng(0)), policy="median", orderings=2)
        >>> [(row.policy, row.task) for row in rows][-3:]
        [('no_stopping', 'ALL'), ('asha', 'ALL'), ('median', 'ALL')]
    """
    import joblib

    members = _members(policy)
    tasks = [_fewer(task, max_runs) for task in replay_tasks(table_runs(tables, progress), seconds=seconds)]
    if not tasks:
        raise BadInput("no task has ten runs of four evaluations of one metric", where="replay")
    setup = ReplaySetup(orderings, resume, journal)
    typeless = cast(Any, joblib)
    jobs = (typeless.delayed(replayed)(task, members, setup) for task in tasks_progress(tasks))
    done: list[dict[str, Orders]] = typeless.Parallel(n_jobs=n_jobs)(jobs)
    spent: list[Spent] = []
    for task, by_policy in zip(tasks, done, strict=True):
        for name, orders in by_policy.items():
            spent.append(_spent(task, name, orders, resume))
            if cases_file is not None:
                write_cases(task, name, orders, cases_file)
    return policy_scores(spent)


def replayed(task: ReplayTask, members: Mapping[str, Policy], setup: ReplaySetup) -> dict[str, Orders]:
    """By policy, what each order of a task was spent on; read from the journal where that is done."""
    situations = ReplaySituations(task)
    results: dict[str, Orders] = {}
    for name, member in members.items():
        entry = None if setup.journal is None else JournalEntry.of(setup.journal, task, name, member.version, setup)
        orders = None if entry is None else entry.read()
        if orders is None:
            situate = situations.with_forecast if member.forecasts_in_replay else situations.without
            starts = [protocol.order_of(task, seed) for seed in range(setup.orderings)]
            orders = [protocol.replay(task, member.decide, situate, order, resume=setup.resume) for order in starts]
            if entry is not None:
                entry.keep(orders)
        results[name] = orders
    return results


def _members(policy: str | Policy | Sequence[str | Policy]) -> dict[str, Policy]:
    given = [policy] if isinstance(policy, (str, Policy)) else list(policy)
    values = [POLICIES.load(one) if isinstance(one, str) else one for one in (BASELINE, RIVAL, *given)]
    return {one.card.name: one for one in values}


def _fewer(task: ReplayTask, most: int | None) -> ReplayTask:
    if most is None or len(task.candidates) <= most:
        return task
    ranked = sorted(task.candidates, key=lambda one: hashlib.sha1(one.run.encode(), usedforsecurity=False).digest())
    return replace(task, candidates=tuple(sorted(ranked[:most], key=lambda one: one.run)))


def _spent(task: ReplayTask, policy: str, orders: Orders, resume: bool) -> Spent:
    curves = np.stack([regret_curve(task, steps(task, stretches)) for stretches in orders])
    kills = np.array([false_kills(task, stretches, resume=resume) for stretches in orders], float)
    return Spent(task.source, task.task, task.metric, policy, task.budget, curves, kills[:, 0], kills[:, 1])
