"""Half a cosine from the peak to a share of it, after a linear warmup."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Array, Card
from forerun.core.form import Form
from forerun.schedules.extending import STRETCH
from forerun.schedules.planned import Falling, half_cosine

CARD = Card(
    name="cosine",
    does="Rises over the warmup, then falls along half a cosine to a share of the peak at the end.",
    source="Loshchilov and Hutter 2017, without restarts",
    assumes="The end is known.",
    needs="params peak, steps; warmup and final, a share of the peak (default 0).",
    promises="Exact.",
    known_answer="peak .1, steps 110, warmup 10: .1 at 10, .05 at 60, 0 at 110.",
    control="Past the end with policy error it raises.",
)


@dataclass(frozen=True, kw_only=True)
class Cosine(Falling):
    """Half a cosine from the peak to the end."""

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.risen(t) * self.left(half_cosine(self.after_warmup(t)))


COSINE = Form(card=CARD, formula=Cosine, extend=STRETCH)
