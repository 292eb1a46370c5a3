"""Cosines that start again, each as long as the last or longer, as high or lower."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Card
from forerun.core.form import Form, above_zero, at_least
from forerun.schedules.extending import longer, ways
from forerun.schedules.planned import Falling, done, half_cosine
from forerun.schedules.sample import quotient, whole

CARD = Card(
    name="sgdr",
    does="Falls along half a cosine to a share of the peak, and starts again: cycles may grow longer and peaks lower.",
    source="Loshchilov and Hutter 2017 (SGDR); a lower peak at each restart as in timm's cycle_decay",
    assumes="A restart is worth what it undoes.",
    needs="params peak, steps, period; growth (default 1), decay of the peak (default 1), warmup, final.",
    promises="Exact.",
    known_answer="peak 1, period 10, growth 2, decay .5: 1 at 0, .5 at 5, .5 at 10, .25 at 20 and at 30.",
    control="A growth below 1, with which infinitely many cycles would fit, is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Restarts(Falling):
    """Cycles after the warmup.

    Args:
        period: the first cycle's length.
        growth: by how much each cycle is longer than the last.
        decay: by how much each peak is lower than the last; ``final`` is a share of the first one throughout.
    """

    period: float = above_zero()
    growth: float = at_least(1.0, 1.0)
    decay: float = 1.0

    def lr(self, t: Array) -> Array:
        """The value at t; a cycle that the end cuts short stays where it is."""
        cycle, start = self._cycle(np.maximum(t - self.warmup, 0.0))
        over = done(t - self.warmup, start, start + self.period * self.growth**cycle)
        height = np.maximum(self.decay**cycle, self.final)
        return self.risen(t) * (self.final + (height - self.final) * half_cosine(over))

    def _cycle(self, t: Array) -> tuple[Array, Array]:
        """Number and start of the cycle at t after the warmup; at the end it is the last one's, and no new peak."""
        length = quotient(np.asarray(self.steps - self.warmup), self.period)
        if self.growth == 1.0:
            cycle = np.minimum(whole(t, self.period), np.maximum(np.ceil(length) - 1.0, 0.0))
            return cycle, cycle * self.period
        count = int(np.log1p(length * (self.growth - 1.0)) / np.log(self.growth)) + 1
        starts = self.period * np.concatenate([[0.0], np.cumsum(self.growth ** np.arange(count))])
        starts = starts[: max(int(np.searchsorted(starts, self.steps - self.warmup)), 1)]
        cycle = np.searchsorted(starts, t, side="right") - 1
        return cycle.astype(np.float64), starts[cycle]


SGDR = Form(card=CARD, formula=Restarts, extend=ways(hold=longer))
