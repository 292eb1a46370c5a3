"""A policy as a value, and what it may know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forerun.core import Budget, Card, Curve, Decision, Finding, Forecast, Undecided
from forerun.core.run import Status
from forerun.core.standing import Standing


@dataclass(frozen=True)
class RunSituation:
    """What a policy may know of one run.

    Args:
        curve: the metric the decision is about.
        forecast: of that metric at the planned end, or why there is none.
        findings: on any of the run's metrics that measure quality.
        finished: the run has reached its planned end.
        target: the value aimed at, None when there is none.
        seconds_left: wall time to the forecast's last point, None where the log has no clock.
        cost_per_hour: what an hour of the run costs, None when not set.
        status: whether the run is still going.
        standing: the curve's best value and what has come since; None where no value is finite.
    """

    curve: Curve
    forecast: Forecast | Undecided
    findings: tuple[Finding, ...]
    finished: bool = False
    target: float | None = None
    seconds_left: float | None = None
    cost_per_hour: float | None = None
    status: Status = "running"
    standing: Standing | None = None


@dataclass(frozen=True)
class Situation:
    """What a policy may know: every run that can be spoken of, and what may still be spent on them.

    Args:
        runs: by run id.
        budget: None where nothing limits it.
    """

    runs: Mapping[str, RunSituation]
    budget: Budget | None = None


Verdict = Decision | Undecided


@dataclass(frozen=True)
class Policy:
    """A method that says what to do with runs; it proposes and never acts.

    Args:
        card: its data sheet.
        version: changes when its decisions do.
        decide: a decision for every run of the situation, or why there is none.
        heeds_budget: whether it minds what may still be spent; to one that does not no budget may be given.
        heeds_others: whether what it says of a run may differ with the runs beside it; of one that does not, only runs
            that have changed are decided on anew while runs are followed.
    """

    card: Card
    version: str
    decide: Callable[[Situation], Mapping[str, Verdict]]
    heeds_budget: bool = False
    heeds_others: bool = True


def each_alone(decide: Callable[[RunSituation], Verdict]) -> Callable[[Situation], dict[str, Verdict]]:
    """The rule of a policy that looks at every run by itself, whatever the others do and whatever may be spent."""

    def every(situation: Situation) -> dict[str, Verdict]:
        return {run: decide(one) for run, one in situation.runs.items()}

    return every
