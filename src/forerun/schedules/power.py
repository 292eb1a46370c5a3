"""A power of the tokens trained on, below a highest rate; and a cooldown."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Card
from forerun.core.form import Form, above_zero, at_least
from forerun.schedules.cooldowns import Cooled
from forerun.schedules.extending import longer, ways
from forerun.schedules.planned import done, rise

CARD = Card(
    name="power",
    does="min(peak, batch a n^b) after n tokens, and a cooldown from where it then stands.",
    source="Shen et al. 2024 (Power scheduler): a = 4.6, b = -0.51",
    assumes="The batch size counts sequences; the constants were found for one family of models.",
    needs="axis tokens; params peak, steps (in tokens), batch, cooldown; a, b, shape, warmup, start and final.",
    promises="Exact.",
    known_answer="batch 1024: .00357 at 1e12 tokens; below a peak of .02 from 3.41e10 on.",
    control="An axis other than tokens is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Power(Cooled):
    """The paper's letters; n is t.

    Args:
        batch: sequences in a batch.
        a, b: factor and exponent.
    """

    batch: float = above_zero()
    a: float = above_zero(4.6)
    b: float = at_least(-math.inf, -0.51)

    def lr(self, t: Array) -> Array:
        """The value at t."""
        cools = self.steps - self.cooldown
        n = np.maximum(np.minimum(t, cools), 1.0)
        height = np.minimum(self.peak, self.batch * self.a * n**self.b)
        last = min(self.peak, self.batch * self.a * max(cools, 1.0) ** self.b)
        final = min(self.final * self.peak / last, 1.0) if last else 1.0
        return rise(t, self.warmup, self.start) * height * self.cooled(done(t, cools, self.steps), final)


POWER = Form(card=CARD, formula=Power, extend=ways(hold=longer), axes=("tokens",))
