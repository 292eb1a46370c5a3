"""Reflected exponential: slow at first, and then faster and faster to the end."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Array, BadInput, Card
from forerun.core.form import Form
from forerun.schedules.extending import STRETCH
from forerun.schedules.planned import Falling

CARD = Card(
    name="rex",
    does="Falls ever faster towards the end: (1 - p) / ((1 - beta p) / 2 + 1/2), p the share that is over.",
    source="Chen et al. 2022 (REX): beta 1 in the paper, .9 in the authors' code; init2winit's alpha is beta / 2",
    assumes="The end is known; most so where the budget is small.",
    needs="params peak, steps; beta in [0, 2) (default 1, as in the paper; 0 is linear), warmup, start and final.",
    promises="Exact; a sampling rate is `sample`.",
    known_answer="peak 1, steps 10: 1, .9474, .8889, .8235, .75, .6667, .5714, .4615, .3333, .1818, 0.",
    control="A beta of 2 or more, with which it would never fall, is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Rex(Falling):
    """A hyperbola from the peak to the end.

    Args:
        beta: how long it stays high: 0 is a straight line, towards 2 a constant that drops at the end.
    """

    beta: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.beta >= 2.0:
            raise BadInput(f"beta must be below 2, but is {self.beta:g}")

    def lr(self, t: Array) -> Array:
        """The value at t."""
        p = self.after_warmup(t)
        return self.risen(t) * self.left((1.0 - p) / ((1.0 - self.beta * p) / 2.0 + 0.5))


REX = Form(card=CARD, formula=Rex, extend=STRETCH)
