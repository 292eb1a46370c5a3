"""A schedule: the learning rate (or any scheduled value) as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from forerun.core.errors import BadInput
from forerun.core.frozen import Noun


@dataclass(frozen=True, eq=False)
class Schedule(Noun):
    """A value over steps, tokens, samples or epochs, as an immutable expression that JSON can carry.

    ``forerun.schedules`` evaluates it; the noun itself computes nothing. Schedules compose into schedules.

    Args:
        name: the schedule's name in ``forerun.schedules``, for example ``"path"``.
        params: its parameters.
        axis: what t counts.
        past_end: what the value is after the last point the expression speaks of: ``"hold"`` the last value,
            ``"zero"``, or ``"error"``.

    Example:
        >>> Schedule("path", {"x": [0, 100], "value": [0.1, 0.0]}).past_end
        'hold'
        >>> from forerun.schedules import value
        >>> stable = Schedule("constant", {"peak": 0.1, "steps": 80, "warmup": 10})
        >>> plan = stable.then(Schedule("linear", {"peak": 0.1, "steps": 20})).scale(0.5)
        >>> value(plan, [5, 80, 90, 100]).tolist()
        [0.025, 0.05, 0.025, 0.0]
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    axis: str = "step"
    past_end: Literal["hold", "zero", "error"] = "hold"

    def then(self, other: Schedule, *, at: float | None = None) -> Schedule:
        """This schedule, and from ``at`` on the other from its own start; past its end holds what the other says.

        Args:
            other: over the same axis.
            at: where it takes over, on this schedule's axis. Default: this schedule's end.

        Raises:
            BadInput: the two count different things, or ``at`` is not a finite number from 0 on.
        """
        if other.axis != self.axis:
            raise BadInput(
                f"a schedule over {self.axis} cannot go on over {other.axis}", where=f"schedule {self.name!r}"
            )
        if at is not None and not 0 <= at < math.inf:
            raise BadInput(f"at must be a finite number from 0 on, but is {at}", where=f"schedule {self.name!r}")
        parts = {"first": self, "second": other} | ({} if at is None else {"at": float(at)})
        return Schedule("then", parts, self.axis, other.past_end)

    def scale(self, by: float) -> Schedule:
        """This schedule times a constant.

        Raises:
            BadInput: the constant is not finite.
        """
        if not math.isfinite(by):
            raise BadInput(f"a schedule is scaled by a finite number, not by {by}", where=f"schedule {self.name!r}")
        return Schedule("scale", {"of": self, "by": float(by)}, self.axis, self.past_end)
