"""A power of the share that is left."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Array, Card
from forerun.core.form import Form
from forerun.schedules.extending import STRETCH
from forerun.schedules.planned import Falling

CARD = Card(
    name="polynomial",
    does="Falls as a power of the share of steps that is left, to a share of the peak at the end.",
    source="standard; torch's PolynomialLR",
    assumes="The end is known.",
    needs="params peak, steps; power (default 1), warmup, start and final.",
    promises="Exact.",
    known_answer="peak 1, steps 10, power 2: .25 at 5, 0 at 10; power 1 is linear.",
    control="Past the end with policy error it raises.",
)


@dataclass(frozen=True, kw_only=True)
class Polynomial(Falling):
    """A power of what is left.

    Args:
        power: 1 is a straight line, and more falls sooner.
    """

    power: float = 1.0  # that of torch and Transformers

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.risen(t) * self.left((1.0 - self.after_warmup(t)) ** self.power)


POLYNOMIAL = Form(card=CARD, formula=Polynomial, extend=STRETCH)
