"""How forms take another horizon: ways by name."""

from __future__ import annotations

from collections.abc import Callable

from forerun.core import BadInput, Schedule
from forerun.core.form import Extension

Extend = Callable[[Schedule, Extension], Schedule]


def ways(**table: Extend) -> Extend:
    """One function for a form's ways, which refuses those that the form does not have."""

    def extend(schedule: Schedule, new: Extension) -> Schedule:
        if new.how not in table:
            raise BadInput(
                f"it cannot be extended by {new.how!r}, only by: {', '.join(table)}",
                where=f"schedule {schedule.name!r}",
            )
        if new.factor is not None and new.how != "two_stage":
            raise BadInput(f"{new.how!r} takes no factor", where=f"schedule {schedule.name!r}")
        return table[new.how](schedule, new)

    return extend


def longer(schedule: Schedule, new: Extension) -> Schedule:
    """More steps, everything else as it was."""
    return schedule.with_params(steps=new.to)


def again(schedule: Schedule, new: Extension) -> Schedule:
    """One more of what the schedule does several times, after its end, up to the new one; the past stays as it was."""
    steps, ends = schedule.params["steps"], schedule.params["ends"]
    if new.to <= steps:
        raise BadInput(f"to must lie after the end, {steps:g}, but is {new.to:g}", where=f"schedule {schedule.name!r}")
    return schedule.with_params(ends=[*ends, steps], steps=new.to)


def within(schedule: Schedule, new: Extension) -> Schedule:
    """The schedule that this one is made of, extended."""
    return schedule.with_params(of=schedule.params["of"].extend(new.to, new.how, factor=new.factor))


STRETCH: Extend = ways(stretch=longer)
