"""The values of a schedule along a run, computed in stretches or at once, and looked up."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forerun.adapters.clock import Clock
from forerun.core import Array, BadInput, Schedule

_STRETCH = 1024  # values at once: what a stretch costs is then a small part of a look-up, whatever the form
_LONGEST = 1 << 26  # updates in a table, 256 MiB of float32


class RateLookup:
    """A schedule's value by number of the update.

    Args:
        schedule: what is followed.
        clock: from updates to its axis.

    Example:
        >>> plan = RateLookup(Schedule("linear", {"peak": 0.1, "steps": 4}), Clock())
        >>> plan.at(0), plan.at(2), plan.at(4), plan.at(9)
        (0.1, 0.05, 0.0, 0.0)
    """

    def __init__(self, schedule: Schedule, clock: Clock) -> None:
        self.schedule = schedule
        self.clock = clock
        self.last = clock.last(schedule.end)
        self._first = 0
        self._values: list[float] = []

    def at(self, n: int) -> float:
        """The value of update n, counted from 0.

        Raises:
            BadInput: it lies past the end of a schedule whose policy is to raise, or has no value.
        """
        i = n - self._first
        if not 0 <= i < len(self._values):
            self._first, i = n, 0
            self._values = _known(self.schedule, self.clock, np.arange(n, n + self._stretch(n))).tolist()
        return self._values[i]

    def _stretch(self, n: int) -> int:
        """How many values to compute from update n on: not into what the schedule may refuse, unless n lies there."""
        return max(1, int(min(_STRETCH, self.last + 1 - n)))


@dataclass(frozen=True)
class RateTable:
    """Every value of a schedule, for a framework that compiles its steps and there looks them up.

    A formula in its float32 would lose what this keeps: near the end of a decay the share that is left is a difference.

    Args:
        values: of update 0, 1, ..., and last the one that holds for good; of one period where ``cycles``.
        cycles: whether it begins anew after them.

    Example:
        >>> RateTable.of(Schedule("linear", {"peak": 1, "steps": 2}, past_end="zero"), Clock()).values.tolist()
        [1.0, 0.5, 0.0, 0.0]
    """

    values: Array
    cycles: bool

    @classmethod
    def of(cls, schedule: Schedule, clock: Clock, updates: int | None = None) -> RateTable:
        """The table of a schedule.

        Args:
            schedule: what is followed.
            clock: from updates to its axis.
            updates: how many the table has; the last value holds after them. Default: up to the end.

        Raises:
            BadInput: past its end the schedule raises, which a compiled step cannot; it has no end, or cycles where no
                update falls, and ``updates`` is not given; there are too many; or one has no value.
        """
        where = f"schedule {schedule.name!r}"
        if schedule.past_end == "error":
            raise BadInput("a compiled step cannot raise past the end; give it past_end='hold'", where=where)
        once = replace(schedule, past_end="hold").end
        last = clock.last(once)
        cycles = schedule.past_end == "cycle" and updates is None and math.isfinite(once)
        if updates is None and (math.isinf(last) or (cycles and clock.t(last) != once)):
            raise BadInput("it ends nowhere that an update falls; say updates, how many to follow it for", where=where)
        count = int(last) + (0 if cycles else 2) if updates is None else updates
        if not 0 < count <= _LONGEST:
            raise BadInput(f"a table has from 1 to {_LONGEST} updates, not {count}", where=where)
        return cls(_known(schedule, clock, np.arange(count)), cycles)


def _known(schedule: Schedule, clock: Clock, updates: NDArray[np.int64]) -> Array:
    """The values at updates; a path has none before its first record, and no training can go on without."""
    values = schedule.lr(clock.t(updates))
    if not np.isfinite(values).all():
        n = updates[np.argmax(~np.isfinite(values))]
        raise BadInput(f"it has no value at update {n}: let it begin at 0", where=f"schedule {schedule.name!r}")
    return values
