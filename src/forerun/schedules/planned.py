"""What schedules of a planned length share: the rise to the peak, and the share of what comes after it that is over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A rise to the peak over so many steps of a known number.

    Args:
        peak: the highest value, in the unit of what is scheduled.
        steps: where the schedule ends, on its axis; the warmup counts.
        warmup: how many of them rise to the peak in a straight line.
        start: share of the peak at t = 0, where the warmup begins. The default 0 leaves the weights as they are at
            update 0; 0.01 is what Hägele et al. 2024 use, and 1 / warmup raises the rate by equal steps from the first.
    """

    peak: float
    steps: float
    warmup: float = 0.0
    start: float = 0.0

    def __post_init__(self) -> None:
        if self.warmup > self.steps:
            raise BadInput(f"a warmup of {self.warmup:g} is longer than {self.steps:g} steps")
        if self.start and not self.warmup:
            raise BadInput(f"start={self.start:g} is where a warmup begins: say warmup")

    @property
    def end(self) -> float:
        """The last step."""
        return self.steps

    def risen(self, t: Array) -> Array:
        """The peak, and on the way to it the part of it that is reached."""
        share = np.clip(t / self.warmup, 0.0, 1.0) if self.warmup > 0 else np.ones_like(t)
        return self.peak * (self.start + (1.0 - self.start) * share)

    def after_warmup(self, t: Array) -> Array:
        """The share of what comes after the warmup that is over."""
        return done(t, self.warmup, self.steps)


@dataclass(frozen=True, kw_only=True)
class Falling(Planned):
    """A rise to the peak and a fall to a share of it.

    Args:
        final: share of the peak at the end.
    """

    final: float = 0.0

    def left(self, share: Array) -> Array:
        """What is left of the peak where this share of the way down to ``final`` is still to go."""
        return self.final + (1.0 - self.final) * share


def done(t: Array, start: float, end: float) -> Array:
    """The share of the way from start to end that is over, in [0, 1]."""
    return np.clip((t - start) / (end - start), 0.0, 1.0) if end > start else (t >= end).astype(float)
