"""One over steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Card
from forerun.core.form import Form
from forerun.schedules.extending import longer, ways
from forerun.schedules.planned import Planned

CARD = Card(
    name="inverse_time",
    does="Falls as one over 1 + rate times the steps taken.",
    source="Robbins and Monro 1951; Keras' InverseTimeDecay",
    assumes="The end is not known.",
    needs="params peak, steps, rate (per unit of t); warmup, start.",
    promises="Exact.",
    known_answer="peak 1, rate .1: .5 at 10, .25 at 30.",
    control="A rate that is negative is refused.",
)


@dataclass(frozen=True, kw_only=True)
class InverseTime(Planned):
    """The peak over 1 + k (t - w) after a warmup of w.

    Args:
        rate: k, per unit of the axis.
    """

    rate: float

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.risen(t) / (1.0 + self.rate * np.maximum(t - self.warmup, 0.0))


INVERSE_TIME = Form(card=CARD, formula=InverseTime, extend=ways(hold=longer))
