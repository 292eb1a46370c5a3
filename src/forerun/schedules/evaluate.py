"""The value of a schedule at t, as functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Schedule


def value(schedule: Schedule, t: ArrayLike) -> Array:
    """The scheduled value at t, vectorised: `Schedule.lr`, for what is no learning rate.

    Args:
        t: any shape, in units of ``schedule.axis``, from 0 on.

    Raises:
        UnknownName: no schedule of that name, or a parameter that it does not have.
        BadInput: t lies past the end of a schedule whose policy is ``"error"``.

    Example:
        >>> value(Schedule("path", {"x": [0, 10], "value": [0.1, 0.0]}), [0, 9, 10]).tolist()
        [0.1, 0.1, 0.0]
    """
    return schedule.lr(t)


def end(schedule: Schedule) -> float:
    """The last t a schedule speaks of.

    Example:
        >>> end(Schedule("path", {"x": [0, 10], "value": [0.1, 0.0]}).then(Schedule("linear", {"peak": 1, "steps": 5})))
        15.0
    """
    return schedule.end


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
