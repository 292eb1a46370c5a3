"""The value of a schedule at t: its form's formula, and its policy past the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Family, Schedule
from forerun.schedules.form import Form

SCHEDULES: Family[Form] = Family(
    kind="schedule",
    table={
        "path": "forerun.schedules.logged:PATH",
        "constant": "forerun.schedules.constant:CONSTANT",
        "linear": "forerun.schedules.linear:LINEAR",
        "cosine": "forerun.schedules.cosine:COSINE",
        "wsd": "forerun.schedules.wsd:WSD",
        "then": "forerun.schedules.then:THEN",
        "scale": "forerun.schedules.scale:SCALE",
    },
    group="forerun.schedules",
    of=Form,
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
    form, at = SCHEDULES.load(schedule.name), np.asarray(t, dtype=np.float64)
    last = form.end(schedule)
    past = at > last
    if schedule.past_end == "error" and past.any():
        raise BadInput(f"t={at[past].min():g} lies past the end, {last:g}", where=f"schedule {schedule.name!r}")
    values = np.asarray(form.value(schedule, at))
    return np.where(past, 0.0, values) if schedule.past_end == "zero" else values


def end(schedule: Schedule) -> float:
    """The last t a schedule speaks of.

    Example:
        >>> end(Schedule("path", {"x": [0, 10], "value": [0.1, 0.0]}).then(Schedule("linear", {"peak": 1, "steps": 5})))
        15.0
    """
    return SCHEDULES.load(schedule.name).end(schedule)


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
