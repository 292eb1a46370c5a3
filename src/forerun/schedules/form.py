"""A form of schedule as a value: the formula behind a `Schedule` of that name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forerun.core import Array, Card, Schedule


@dataclass(frozen=True)
class Form:
    """One way to write a schedule down.

    Args:
        card: its data sheet.
        value: the value at t (any shape), up to the end; what comes after is `forerun.schedules.value`'s to say.
        end: the last t the schedule speaks of.
    """

    card: Card
    value: Callable[[Schedule, Array], Array]
    end: Callable[[Schedule], float]
