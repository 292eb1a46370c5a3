"""A decision: what to do with a run, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forerun.core.errors import BadInput
from forerun.core.frozen import Noun
from forerun.core.placing import Placing
from forerun.core.schedule import Schedule

Action = Literal["continue", "stop", "fork", "change", "roll back", "ask", "resume", "leave"]
"""``resume`` and ``leave`` are for runs that are not running: worth going on with, or not."""
RateAct = Literal["cooldown", "change lr", "extend"]
"""Let the learning rate fall to its end from here on, multiply it from here on, or follow it to another end."""


@dataclass(frozen=True, eq=False)
class Range(Noun):
    """An estimate with its 80% range and unit."""

    estimate: float
    low: float
    high: float
    unit: str


@dataclass(frozen=True, eq=False)
class RateChange(Noun):
    """What a decision does to the learning rate.

    Args:
        act: cooldown, change lr or extend.
        amount: of a cooldown how long it is, in units of the curve's axis; of a change of the rate the factor; of an
            extension where the run is to end.
        schedule: the rate from the run's beginning to its new end; None where what lies behind is not known.

    Example:
        >>> RateChange("cooldown", 200.0).amount
        200.0
    """

    act: RateAct
    amount: float
    schedule: Schedule | None = None


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
        change: what becomes of the learning rate, where it is to be changed.
        placing: where the run is likely to end among those it was compared with, None where it was with none.
    """

    action: Action
    reasons: tuple[str, ...]
    gain: Range | None
    cost: Range | None
    undo: str
    policy: str
    change: RateChange | None = None
    placing: Placing | None = None

    def __str__(self) -> str:
        return f"{self.action}: {self.reasons[0] if self.reasons else 'no reason given'}"


@dataclass(frozen=True, eq=False)
class Budget(Noun):
    """What may still be spent on all runs together.

    Args:
        amount: how much.
        unit: ``"hours"``, ``"cost"`` (of a run's hours at its price), or an axis: so many more steps, tokens ...

    Raises:
        BadInput: the amount is not a number from 0 on.

    Example:
        >>> Budget(20, "hours").amount
        20
    """

    amount: float
    unit: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.amount < float("inf"):
            raise BadInput(f"a budget is an amount from 0 on, not {self.amount:g}", where=self.unit)

    @classmethod
    def of(cls, words: str, where: str = "budget") -> Budget:
        """``hours=20`` as a budget.

        Raises:
            BadInput: not of that form.

        Example:
            >>> Budget.of("step=1e6")
            Budget(amount=1000000.0, unit='step')
        """
        unit, _, amount = words.partition("=")
        try:
            number = float(amount)
        except ValueError as error:
            raise BadInput(f"is UNIT=AMOUNT, such as hours=20, not {words!r}", where=where) from error
        return cls(number, unit)
