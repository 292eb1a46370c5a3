"""A constant that is cut by a factor every so often."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Array, Card
from forerun.core.form import Form, above_zero
from forerun.schedules.extending import longer, ways
from forerun.schedules.planned import Planned
from forerun.schedules.sample import whole

CARD = Card(
    name="step",
    does="Stays at the peak and is multiplied by a factor every so many steps.",
    source="standard; torch's StepLR",
    assumes="The steps between cuts are enough to settle.",
    needs="params peak, steps, every; factor (default .1), warmup, start.",
    promises="Exact.",
    known_answer="peak 1, every 30, factor .1: 1 at 29, .1 at 30, .01 at 60.",
    control="A span of 0 between cuts is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Stairs(Planned):
    """The peak, cut at multiples of a span.

    Args:
        every: the span, counted from t = 0.
        factor: what is left by each cut.
    """

    every: float = above_zero()
    factor: float = 0.1  # torch's default

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.risen(t) * self.factor ** whole(t, self.every)


STEP = Form(card=CARD, formula=Stairs, extend=ways(hold=longer))
