"""A constant factor a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Card
from forerun.core.form import Form, above_zero
from forerun.schedules.extending import longer, ways
from forerun.schedules.planned import Planned

CARD = Card(
    name="exponential",
    does="Falls by the same factor over every span of equal length.",
    source="standard; torch's ExponentialLR, optax's exponential_decay",
    assumes="What is left matters as a share.",
    needs="params peak, steps, factor; every, the span it is for (default 1), warmup, start.",
    promises="Exact.",
    known_answer="peak 1, factor .5, every 10: .5 at 10, .25 at 20.",
    control="A span of 0 is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Exponential(Planned):
    """A fall by a factor, from the end of the warmup on; `Schedule.sample` makes stairs of it.

    Args:
        factor: what is left after each span.
        every: the span.
    """

    factor: float
    every: float = above_zero(1.0)

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.risen(t) * self.factor ** (np.maximum(t - self.warmup, 0.0) / self.every)


EXPONENTIAL = Form(card=CARD, formula=Exponential, extend=ways(hold=longer))
