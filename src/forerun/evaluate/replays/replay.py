"""A policy at work on finished runs, shown to it as far as it has paid for.

The protocol is fixed so that two parties get the same numbers. Runs start in one of 20 seeded orders; each evaluation
of a run is paid for; after each, the policy is asked about the run that goes on. One that it stops is not lost: before
another run is begun, the policy is asked about those that were stopped, and the first it would resume goes on instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from forerun.core import Budget, Decision
from forerun.core.run import Status
from forerun.core.situation import RunSituation, Situation, Verdict
from forerun.evaluate.replays.candidates import ReplayTask

ORDERINGS = 20
Decide = Callable[[Situation], Mapping[str, Verdict]]
Situate = Callable[[int, int, Status], RunSituation]
"""What is known of a candidate, by its place, after so many evaluations, and whether it goes on."""
Stretch = tuple[int, int]
"""A candidate, by its place, and how many evaluations it was given at a stretch."""
GOES_ON = ("continue", "resume", "ask", "change")
"""What leaves a run going; a replay can do nothing but go on or stop."""


def order_of(task: ReplayTask, seed: int) -> list[int]:
    """The order in which a task's runs start, by a seed: a shuffle of their ids' order."""
    return np.random.default_rng(seed).permutation(len(task.candidates)).tolist()


def replay(
    task: ReplayTask, decide: Decide, situate: Situate, order: Sequence[int], *, resume: bool = True
) -> list[Stretch]:
    """What a policy spends a task's budget on, stretch by stretch.

    Args:
        decide: the policy.
        situate: what is known of a run.
        order: in which runs are begun.
        resume: whether a run that was stopped can go on later, at no cost.

    Example:
        >>> from forerun.core import Curve, Undecided
        >>> from forerun.evaluate.replays.candidates import FinishedRun
        >>> runs = [FinishedRun.of(str(i), Curve([1, 2], [2.0, 1.0 + i], metric="loss")) for i in range(2)]
        >>> silent = Undecided("nobody forecast it", "a forecaster")
        >>> shown = lambda run, n, status: RunSituation(runs[run].curve, silent, (), status=status)
        >>> replay(ReplayTask("s", "t", "loss", tuple(runs), 2.0), lambda situation: {}, shown, [1, 0])
        [(1, 2), (0, 2)]
    """
    state = _State(task, situate, list(reversed(order)))
    stretches: list[Stretch] = []
    while state.left > 0:
        run = state.resumed(decide) if resume and state.stopped else None
        run = state.begun() if run is None else run
        if run is None:
            break
        stretches.append((run, state.stretch(run, decide)))
    return stretches


@dataclass
class _State:
    """A replay as far as it has come.

    Args:
        waiting: runs that were not begun, the next one last.
        known: what is known of the others, by id.
        evaluations: how many each was given, by place.
        stopped: those that were stopped before their end, by id.
        spent: so far.
    """

    task: ReplayTask
    situate: Situate
    waiting: list[int]
    known: dict[str, RunSituation] = field(default_factory=dict[str, RunSituation])
    evaluations: dict[int, int] = field(default_factory=dict[int, int])
    stopped: dict[str, int] = field(default_factory=dict[str, int])
    spent: float = 0.0

    @property
    def left(self) -> float:
        rest = self.task.budget - self.spent
        return rest if rest > 1e-9 * self.task.budget else 0.0

    def begun(self) -> int | None:
        """The next run that waits."""
        return self.waiting.pop() if self.waiting else None

    def resumed(self, decide: Decide) -> int | None:
        """The first stopped run that the policy would resume."""
        verdicts = decide(self._situation(tuple(self.stopped)))
        for run, verdict in verdicts.items():
            if run in self.stopped and isinstance(verdict, Decision) and verdict.action == "resume":
                return self.stopped.pop(run)
        return None

    def stretch(self, run: int, decide: Decide) -> int:
        """Run a candidate until it ends, the policy stops it or the budget is spent; how many evaluations it got."""
        one, n = self.task.candidates[run], 0
        while self.left > 0:
            at = self.evaluations[run] = self.evaluations.get(run, 0) + 1
            n, self.spent = n + 1, self.spent + float(one.cost[at - 1])
            if at == len(one.curve):
                self.known[one.run] = self.situate(run, at, "finished")
                break
            self.known[one.run] = self.situate(run, at, "running")
            verdict = decide(self._situation((one.run,))).get(one.run)
            if isinstance(verdict, Decision) and verdict.action not in GOES_ON:
                self.known[one.run] = self.situate(run, at, "ended")
                self.stopped[one.run] = run
                break
        return n

    def _situation(self, only: tuple[str, ...]) -> Situation:
        budget = Budget(max(self.left, 0.0) / self.task.full_run, "runs")
        return Situation(MappingProxyType(self.known), budget, only, len(self.waiting))
