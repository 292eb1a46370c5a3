"""Linear decay to a share of the peak, after a linear warmup."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Array, Card
from forerun.core.form import Form
from forerun.schedules.extending import STRETCH
from forerun.schedules.planned import Falling

CARD = Card(
    name="linear",
    does="Rises over the warmup, then falls in a straight line to a share of the peak at the end.",
    source="Defazio et al. 2023 (the last iterate's bound is least under linear decay); standard",
    assumes="The end is known.",
    needs="params peak, steps; warmup and final, a share of the peak (default 0).",
    promises="Exact.",
    known_answer="peak .1, steps 110, warmup 10: .05 at 5, .1 at 10, .05 at 60, 0 at 110.",
    control="Past the end with policy error it raises.",
)


@dataclass(frozen=True, kw_only=True)
class Linear(Falling):
    """A straight line from the peak to the end."""

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.risen(t) * (1.0 - (1.0 - self.final) * self.after_warmup(t))


LINEAR = Form(card=CARD, formula=Linear, extend=STRETCH)
