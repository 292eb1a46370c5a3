"""Up and down in straight lines, again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Card
from forerun.core.form import Form, above_zero
from forerun.schedules.extending import longer, ways
from forerun.schedules.sample import whole

CARD = Card(
    name="cyclic",
    does="Rises from a share of the peak to the peak and falls back, in straight lines, cycle after cycle.",
    source="Smith 2017; torch's CyclicLR: triangular, triangular2 (decay .5), exp_range (fade)",
    assumes="The range between low and peak is known from a range test.",
    needs="params peak, steps, low, up; down (default as up), decay a cycle and fade a step (default 1).",
    promises="Exact.",
    known_answer="peak 1, low .1, up 10: .1 at 0, .55 at 5, 1 at 10, .1 at 20; with decay .5 the next is .55 high.",
    control="A rise of no length is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Triangles:
    """Triangles on a floor.

    Args:
        peak: the highest value.
        steps: where the schedule ends, on its axis.
        low: the floor as a share of the peak.
        up, down: how long it rises and falls; as long as it rises where down is not given.
        decay: what is left of the height above the floor after each cycle.
        fade: the same, after each unit of t.
    """

    peak: float
    steps: float
    low: float
    up: float = above_zero()
    down: float | None = above_zero(None)
    decay: float = 1.0
    fade: float = 1.0

    @property
    def end(self) -> float:
        """The last step."""
        return self.steps

    def lr(self, t: Array) -> Array:
        """The value at t."""
        down = self.up if self.down is None else self.down
        cycle = whole(t, self.up + down)
        at = np.maximum(t - cycle * (self.up + down), 0.0)
        share = np.where(at <= self.up, at / self.up, np.maximum(1.0 - (at - self.up) / down, 0.0))
        height = (1.0 - self.low) * self.decay**cycle * self.fade**t
        return self.peak * (self.low + height * share)


CYCLIC = Form(card=CARD, formula=Triangles, extend=ways(hold=longer))
