"""What schedules of a planned length share: the warmup, and the share of what comes after it that is over."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, BadInput, Schedule


def planned(schedule: Schedule, *more: str) -> tuple[float, ...]:
    """peak, steps and warmup of a schedule, and further parameters by name; warmup and final are 0 unless given.

    Raises:
        BadInput: a parameter is missing, not finite, or negative, or the warmup is longer than the whole.
    """
    named = {"warmup": 0.0, "final": 0.0} | dict(schedule.params)
    numbers: list[float] = []
    for name in ("peak", "steps", "warmup", *more):
        value = named.get(name)
        if not isinstance(value, (int, float)) or not np.isfinite(value) or value < 0:
            raise BadInput(f"{name} must be a number from 0 on, but is {value!r}", where=f"schedule {schedule.name!r}")
        numbers.append(float(value))
    if numbers[2] > numbers[1]:
        raise BadInput(
            f"a warmup of {numbers[2]:g} is longer than {numbers[1]:g} steps", where=f"schedule {schedule.name!r}"
        )
    return tuple(numbers)


def ramp(t: Array, warmup: float) -> Array:
    """The linear warmup: 0 at the start, 1 from ``warmup`` on."""
    return np.clip(t / warmup, 0.0, 1.0) if warmup > 0 else np.ones_like(t)


def done(t: Array, start: float, end: float) -> Array:
    """The share of the way from start to end that is over, in [0, 1]."""
    return np.clip((t - start) / (end - start), 0.0, 1.0) if end > start else (t >= end).astype(float)


def planned_end(schedule: Schedule) -> float:
    """The last step of a schedule of a planned length."""
    return planned(schedule)[1]
