"""What a printed log says of one place."""

from __future__ import annotations

from dataclasses import dataclass, field

Axes = dict[str, float]


@dataclass(slots=True)
class Record:
    """What was said of one place.

    Args:
        axes: the place.
        times: when, on the axes ``wall`` and ``seconds``.
        values: by metric.
        placed: metrics (and their indices) that stand on a line which says its place.
        beside: the step is what the bar beside it says once the record is closed.
    """

    axes: Axes
    times: Axes = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    placed: list[tuple[int, str]] = field(default_factory=list)
    beside: bool = False
