"""A schedule: the learning rate (or any scheduled value) as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from forerun.core.frozen import Noun


@dataclass(frozen=True, eq=False)
class Schedule(Noun):
    """A value over steps, tokens, samples or epochs, as an immutable expression that JSON can carry.

    ``forerun.schedules`` evaluates it; the noun itself computes nothing.

    Args:
        name: the schedule's name in ``forerun.schedules``, for example ``"path"``.
        params: its parameters.
        axis: what t counts.
        past_end: what the value is after the last point the expression speaks of: ``"hold"`` the last value,
            ``"zero"``, or ``"error"``.

    Example:
        >>> Schedule("path", {"x": [0, 100], "value": [0.1, 0.0]}).past_end
        'hold'
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    axis: str = "step"
    past_end: Literal["hold", "zero", "error"] = "hold"
