"""A decision: what to do with a run, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forerun.core.frozen import Noun

Action = Literal["continue", "stop", "fork", "change", "roll back", "ask", "resume", "leave"]
"""``resume`` and ``leave`` are for runs that are not running: worth going on with, or not."""


@dataclass(frozen=True, eq=False)
class Range(Noun):
    """An estimate with its 80% range and unit."""

    estimate: float
    low: float
    high: float
    unit: str


@dataclass(frozen=True, eq=False)
class Decision(Noun):
    """An action with its reasons; a proposal, never carried out by what made it.

    Args:
        action: continue, stop, fork, change, roll back or ask; resume or leave of a run that is not running.
        reasons: sentences, each naming the forecast or finding it rests on.
        gain: expected improvement of the metric if the run goes on, None where it cannot be said.
        cost: what going on costs, None where the log does not tell.
        undo: what would undo the decision.
        policy: what made it.
    """

    action: Action
    reasons: tuple[str, ...]
    gain: Range | None
    cost: Range | None
    undo: str
    policy: str
