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
        return self.peak * rise(t, self.warmup, self.start)

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


def rise(t: Array, warmup: float, start: float) -> Array:
    """The share of the peak that the warmup has reached: from ``start`` to 1."""
    share = np.minimum(np.maximum(t, 0.0) / warmup, 1.0) if warmup > 0 else np.ones_like(t)
    return start + (1.0 - start) * share


def done(t: Array, start: float | Array, end: float | Array) -> Array:
    """The share of the way from start to end that is over, in [0, 1]; a way of no length is over where it begins."""
    length = np.maximum(end - start, 0.0)
    share = np.maximum(t - start, 0.0) / np.where(length > 0, length, 1.0)
    return np.where(length > 0, np.minimum(share, 1.0), t >= end)


def half_cosine(share: Array) -> Array:
    """From 1 to 0 along half a cosine."""
    return 0.5 * (1.0 + np.cos(np.pi * share))
