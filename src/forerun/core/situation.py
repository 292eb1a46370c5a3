"""What may be known when it is decided what to do with runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forerun.core.curve import Curve
from forerun.core.decision import Budget, Decision
from forerun.core.finding import Finding
from forerun.core.forecast import Forecast
from forerun.core.run import OVER, Status
from forerun.core.schedule import Schedule
from forerun.core.standing import Standing
from forerun.core.undecided import Undecided


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
        end: where the run ends, as planned or assumed, in units of the curve's axis; None where nothing says.
        assumed: nobody said that the run ends there.
        group: runs of one group are taken for trainings of one thing, whose values can be compared.
        alike: whether that is told, by a table's task, names that differ in numbers alone or the names of settings; or
            only that they lie in one folder.
        plan: the learning rate as logged, continued where it is known how it goes on; None where none was logged.
        grad_norm: the usual norm of its gradient, the median of the finite ones; None where none was logged.
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
    end: float | None = None
    assumed: bool = False
    group: int | None = None
    alike: bool = True
    plan: Schedule | None = None
    grad_norm: float | None = None

    @property
    def going(self) -> bool:
        """Whether the run goes on by itself."""
        return not self.finished and self.status not in OVER


@dataclass(frozen=True)
class Situation:
    """What a policy may know: every run that can be spoken of, and what may still be spent on them.

    Args:
        runs: by run id, in the order they were begun.
        budget: None where nothing limits it.
        only: the runs an answer is wanted of; None for all. What is known of the others counts all the same.
        waiting: runs that could be begun instead of going on with these.
    """

    runs: Mapping[str, RunSituation]
    budget: Budget | None = None
    only: tuple[str, ...] | None = None
    waiting: int = 0

    @property
    def wanted(self) -> tuple[str, ...]:
        """The runs an answer is wanted of."""
        return tuple(self.runs) if self.only is None else self.only


Verdict = Decision | Undecided
"""What a policy says of a run: what to do with it, or why that cannot be said."""
