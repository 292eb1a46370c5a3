"""A stable phase, a lower one from where the first run would have cooled down, and a cooldown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Card
from forerun.core.form import Form, above_zero
from forerun.schedules.cooldowns import Cooled
from forerun.schedules.extending import longer, ways
from forerun.schedules.planned import done

CARD = Card(
    name="two_stage",
    does="Stays at the peak up to a point, at a factor of it from there on, and cools down.",
    source="Schaipp et al. 2025, section 5: a tuned peak kept for a longer horizon",
    assumes="The factor is that of the bound; `longer_run` gives it.",
    needs="params peak, steps, first, factor, cooldown; shape, warmup, start and final.",
    promises="Exact.",
    known_answer="peak 1, steps 200, first 80, factor .5, cooldown 40: 1 at 79, .5 at 80 and 160, .25 at 180.",
    control="A second stage that begins in the cooldown is refused.",
)


@dataclass(frozen=True, kw_only=True)
class TwoStages(Cooled):
    """Two heights and a cooldown.

    Args:
        first: where the first stage ends, on the schedule's axis.
        factor: the second stage's share of the peak.
    """

    first: float
    factor: float = above_zero()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.warmup <= self.first <= self.steps - self.cooldown:
            raise BadInput(f"the first stage ends at {self.first:g}, in the warmup or in the cooldown")
        if self.final > self.factor:
            raise BadInput(f"final {self.final:g} is above the second stage's {self.factor:g}")

    def lr(self, t: Array) -> Array:
        """The value at t."""
        stage = np.where(t < self.first, 1.0, self.factor)
        over = done(t, self.steps - self.cooldown, self.steps)
        return self.risen(t) * stage * self.cooled(over, self.final / self.factor)


TWO_STAGE = Form(card=CARD, formula=TwoStages, extend=ways(hold=longer))
