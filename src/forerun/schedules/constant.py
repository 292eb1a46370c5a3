"""A constant rate after a linear warmup."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Array, Card
from forerun.core.form import Form
from forerun.schedules.extending import longer, ways
from forerun.schedules.planned import Planned

CARD = Card(
    name="constant",
    does="Rises over the warmup and stays at the peak.",
    source="standard",
    assumes="Nothing is gained by cooling down, or it is done elsewhere.",
    needs="params peak, steps; warmup (default 0).",
    promises="Exact.",
    known_answer="peak .1, warmup 10: .05 at 5, .1 at 10 and after.",
    control="Past the end with policy error it raises.",
)


@dataclass(frozen=True, kw_only=True)
class Constant(Planned):
    """The peak, once it is reached."""

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.risen(t)


CONSTANT = Form(card=CARD, formula=Constant, extend=ways(stretch=longer, hold=longer))
