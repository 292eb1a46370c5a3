"""A schedule that changes only every so often: its profile, sampled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Card, Schedule
from forerun.core.form import Form, above_zero
from forerun.schedules.extending import within
from forerun.schedules.pieces import increasing

CARD = Card(
    name="sample",
    does="Another schedule's value at the latest multiple of a span, or at the latest of several points.",
    source="Chen et al. 2022 (REX), section 3: a schedule is a profile and a sampling rate",
    assumes="Nothing of the schedule that is sampled.",
    needs="params of, a schedule, and every, a span of its axis, or at, points of it.",
    promises="Exact.",
    known_answer="Linear from 1 over 10, every 5: 1 at 4, .5 at 5 and 9, 0 at 10.",
    control="A span of 0 is refused.",
)
_ROUNDING = 4.0 * np.finfo(float).eps  # by what share a quotient may miss the whole number that it stands for


def quotient(t: Array, span: float) -> Array:
    """How often a span fits into t; a whole number that is missed by rounding alone is that number.

    Example:
        >>> quotient(np.array([0.3, 0.35]), 0.1).tolist()
        [3.0, 3.4999999999999996]
    """
    exact = t / span
    near = np.rint(exact)
    return np.where(np.abs(exact - near) <= _ROUNDING * np.abs(near), near, exact)


def whole(t: Array, span: float) -> Array:
    """How many whole spans fit into t.

    Example:
        >>> whole(np.array([0.2, 0.3, 0.3999]), 0.1).tolist()
        [2.0, 3.0, 3.0]
    """
    return np.floor(quotient(t, span))


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """A schedule and a span, or points.

    Args:
        of: the schedule.
        every: the span, on its axis.
        at: shape (n,), increasing: points on its axis.
    """

    of: Schedule
    every: float | None = above_zero(None)
    at: Array | None = None

    def __post_init__(self) -> None:
        if (self.every is None) == (self.at is None):
            raise BadInput("say either every, a span, or at, the points")
        if self.at is not None:
            increasing("at", self.at)

    @property
    def end(self) -> float:
        """That of the schedule."""
        return self.of.end

    def lr(self, t: Array) -> Array:
        """The value at t."""
        if self.at is not None:
            return self.of.lr(np.append(0.0, self.at)[np.searchsorted(self.at, t, side="right")])
        return self.of.lr(whole(t, self.every) * self.every if self.every else t)


SAMPLE = Form(card=CARD, formula=Sampled, extend=within)
