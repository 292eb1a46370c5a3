"""One over the square root of steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Card
from forerun.core.form import Form, above_zero
from forerun.schedules.extending import longer, ways
from forerun.schedules.planned import Planned

CARD = Card(
    name="inverse_sqrt",
    does="Falls as one over the square root of the steps taken, without an end in view.",
    source="Vaswani et al. 2017; as in Transformers and big_vision",
    assumes="The end is not known, or a cooldown follows.",
    needs="params peak, steps; timescale (default the warmup, or 10000 without one), warmup, start.",
    promises="Exact.",
    known_answer="peak 1, warmup 100: 1 at 100, .5 at 400, .25 at 1600.",
    control="A timescale of 0 is refused.",
)


@dataclass(frozen=True, kw_only=True)
class InverseSqrt(Planned):
    """The peak times sqrt(s / (t - w + s)) after a warmup of w.

    Args:
        timescale: s, after which it has fallen by the first 1 - sqrt(1/2).
    """

    timescale: float | None = above_zero(None)

    def lr(self, t: Array) -> Array:
        """The value at t."""
        scale = self.timescale or self.warmup or 10_000.0  # the default of Transformers and of big_vision
        return self.risen(t) * np.sqrt(scale / (np.maximum(t - self.warmup, 0.0) + scale))


INVERSE_SQRT = Form(card=CARD, formula=InverseSqrt, extend=ways(hold=longer))
