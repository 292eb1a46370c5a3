"""Schedules: the value of a learning rate (or of anything scheduled) at t, as pure functions of a `Schedule`.

A member is a module with ``CARD`` and ``value(schedule, t) -> array``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Family, Schedule

SCHEDULES: Family[Any] = Family(
    kind="schedule",
    table={
        "path": "forerun.schedules.path",
        "constant": "forerun.schedules.constant",
        "linear": "forerun.schedules.linear",
        "cosine": "forerun.schedules.cosine",
        "wsd": "forerun.schedules.wsd",
    },
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


def value_held(schedule: Schedule, t: ArrayLike) -> Array:
    """As `value`, NaN before the first known value replaced by that value: a log often starts after the run did.

    Example:
        >>> value_held(Schedule("path", {"x": [5, 10], "value": [0.1, 0.0]}), [1, 5, 10]).tolist()
        [0.1, 0.1, 0.0]
    """
    rate = value(schedule, t)
    known = np.isfinite(rate)
    first = int(np.argmax(known))
    return np.where(np.arange(rate.size).reshape(rate.shape) < first, rate.flat[first], rate) if known.any() else rate
