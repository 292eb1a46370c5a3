"""A finding: a detector saw something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forerun.core.frozen import Noun

FindingKey = tuple[str, str, float]
"""A detector, the metric it saw something on, and the x at which that begins."""


@dataclass(frozen=True, eq=False)
class Finding(Noun):
    """An alarm with its span and evidence.

    Args:
        kind: what was seen: non_finite, spike, plateau, ...
        metric, axis: the curve it was seen on.
        start: x at which it begins.
        end: x at which it ended; None while it lasts.
        alarm: x at which it was raised.
        statistic, threshold: the evidence's number and what it had to pass.
        promise: the rate at which this detector errs, and per what.
        detector: what raised it.
        message: one sentence for a reader.
        evidence: further numbers.
    """

    kind: str
    metric: str
    axis: str
    start: float
    end: float | None
    alarm: float
    statistic: float
    threshold: float
    promise: str
    detector: str
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def key(self) -> FindingKey:
        """Which event it tells of: the same while that lasts and when it is over."""
        return self.detector, self.metric, self.start
