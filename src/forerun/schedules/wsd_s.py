"""One warmup, and several stable phases that each end in a cooldown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Card
from forerun.core.form import Form
from forerun.schedules.cooldowns import Cooled
from forerun.schedules.extending import again, longer, ways
from forerun.schedules.pieces import increasing
from forerun.schedules.planned import done

CARD = Card(
    name="wsd_s",
    does="Rises once, and then stays at the peak and cools down, several times: each end is a finished model.",
    source="Wen et al. 2024 (WSD-S); as in OLMo-core, which goes back to the peak at once",
    assumes="The ends at which a finished model is wanted are known one by one.",
    needs="params peak, steps, cooldown; ends, of the periods before the last; shape, warmup, start and final.",
    promises="Exact; extended by 'again' the past stays as it was.",
    known_answer="peak 1, ends 50, steps 100, cooldown 10: 1 at 40, .5 at 45, 1 at 50 and 90, .5 at 95, 0 at 100.",
    control="A period that is shorter than its cooldown is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Periods(Cooled):
    """Stable phases and cooldowns in turn.

    Args:
        ends: shape (n,), increasing: where periods before the last one end; at an end the next begins at the peak.
    """

    ends: Array

    def __post_init__(self) -> None:
        super().__post_init__()
        increasing("ends", self.ends)
        lengths = np.diff(np.concatenate([[self.warmup], self.ends, [self.steps]]))
        if lengths.min() < self.cooldown:
            raise BadInput(f"a period of {lengths.min():g} steps is shorter than a cooldown of {self.cooldown:g}")

    def lr(self, t: Array) -> Array:
        """The value at t."""
        end = np.append(self.ends, self.steps)[np.searchsorted(self.ends, t, side="right")]
        return self.risen(t) * self.cooled(done(t, end - self.cooldown, end), self.final)


WSD_S = Form(card=CARD, formula=Periods, extend=ways(again=again, hold=longer))
