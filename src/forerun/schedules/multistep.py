"""A constant that is cut by a factor at given points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Card
from forerun.core.form import Form
from forerun.schedules.extending import longer, ways
from forerun.schedules.pieces import increasing
from forerun.schedules.planned import Planned

CARD = Card(
    name="multistep",
    does="Stays at the peak and is multiplied by a factor at each of several points.",
    source="standard; torch's MultiStepLR",
    assumes="The points are known, as from a recipe.",
    needs="params peak, steps, milestones; factor (default .1), warmup, start.",
    promises="Exact.",
    known_answer="peak 1, milestones 30 and 80: 1 at 29, .1 at 30, .01 at 80.",
    control="Milestones that do not increase are refused.",
)


@dataclass(frozen=True, kw_only=True)
class Cuts(Planned):
    """The peak, cut at milestones.

    Args:
        milestones: shape (n,), increasing, on the schedule's axis.
        factor: what is left by each cut.
    """

    milestones: Array
    factor: float = 0.1  # torch's default

    def __post_init__(self) -> None:
        super().__post_init__()
        increasing("milestones", self.milestones)

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.risen(t) * self.factor ** np.searchsorted(self.milestones, t, side="right")


MULTISTEP = Form(card=CARD, formula=Cuts, extend=ways(hold=longer))
