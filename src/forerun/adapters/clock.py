"""From updates to a schedule's axis: how many steps, tokens, samples or epochs lie behind update n."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Schedule


@dataclass(frozen=True)
class Clock:
    """Where on a schedule's axis the optimizer's update n stands: ``at + (n - since) * per_step``.

    Args:
        per_step: what an update adds, in units of the axis.
        since: the update from which that holds.
        at: where the axis stood then.

    Example:
        >>> Clock(per_step=1 / 3).t([3, 6, 9]).tolist()  # 3 updates an epoch: whole epochs to the bit
        [1.0, 2.0, 3.0]
        >>> Clock(per_step=4096).turned(1000, 8192).t([999, 1000, 1001]).tolist()
        [4087808.0, 4096000.0, 4104192.0]
    """

    per_step: float = 1.0
    since: int = 0
    at: float = 0.0

    def t(self, n: ArrayLike) -> Array:
        """The place on the axis of updates n, any shape."""
        steps = np.asarray(n, dtype=np.float64) - self.since
        if self.at == 0.0 and (whole := _whole(1.0 / self.per_step)):
            return steps / whole  # 3 * (1 / 3) is not 1 for every count, 3 / 3 is
        return self.at + steps * self.per_step

    def turned(self, n: int, per_step: float) -> Clock:
        """This clock up to update n, from there on at another pace."""
        return self if per_step == self.per_step else Clock(per_step, n, float(self.t(n)))

    def last(self, end: float) -> float:
        """The last update at or before a place on the axis, counted from 0; infinite where the axis is."""
        if math.isinf(end):
            return math.inf
        near = math.floor((end - self.at) / self.per_step) + self.since
        return max(n for n in (near - 1, near, near + 1) if self.t(n) <= end)

    def state(self) -> dict[str, float]:
        """Its fields, as JSON carries them."""
        return dataclasses.asdict(self)


def clock_of(schedule: Schedule, per_step: float | None) -> Clock:
    """The clock of a run that begins, for a schedule over any axis.

    Args:
        schedule: what is followed.
        per_step: what an update adds on the schedule's axis; None is 1 over steps.

    Raises:
        BadInput: it is None over another axis than steps, or no positive finite number.
    """
    if per_step is None and schedule.axis != "step":
        raise BadInput(
            f"the schedule counts {schedule.axis}; say per_step, how many {schedule.axis} an update adds",
            where=f"schedule {schedule.name!r}",
        )
    pace = 1.0 if per_step is None else float(per_step)
    if not 0 < pace < math.inf:
        raise BadInput(f"per_step must be a positive finite number, but is {pace:g}")
    return Clock(pace)


def _whole(inverse: float) -> int:
    """The whole number that a float is, but for its rounding; 0 where it is none."""
    whole = round(inverse)
    return whole if whole and abs(inverse - whole) <= 1e-9 * whole else 0
