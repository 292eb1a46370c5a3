"""Schedules: the value of a learning rate (or of anything scheduled) at t, as pure functions of a `Schedule`.

A member is a module with ``CARD`` and ``value(schedule, t) -> array``.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from forerun.core import Array, Family, Schedule

SCHEDULES = Family(
    kind="schedule",
    table={"path": "forerun.schedules.path"},
    group="forerun.schedules",
)


def value(schedule: Schedule, t: ArrayLike) -> Array:
    """The scheduled value at t, vectorised.

    Args:
        t: any shape, in units of ``schedule.axis``.

    Raises:
        UnknownName: no schedule of that name.
        BadInput: t lies past the end of a schedule whose policy is ``"error"``.

    Example:
        >>> value(Schedule("path", {"x": [0, 10], "value": [0.1, 0.0]}), [0, 9, 10]).tolist()
        [0.1, 0.1, 0.0]
    """
    return SCHEDULES.load(schedule.name).value(schedule, t)
