"""Policies: what to do with a run. They propose and never act.

A policy is a module with ``CARD`` and ``decide(situation) -> Decision | Undecided``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forerun.core import Curve, Family, Finding, Forecast, Undecided
from forerun.core.run import Status
from forerun.core.standing import Standing

POLICIES: Family[Any] = Family(kind="policy", table={"auto": "forerun.decide.auto"}, group="forerun.policies")


@dataclass(frozen=True)
class Situation:
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
