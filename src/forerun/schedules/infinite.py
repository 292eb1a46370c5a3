"""Warmup, a fall to a constant that may last for ever, and an annealing branched off it whenever it is wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Card, Schedule
from forerun.core.form import Extension, Form, above_zero
from forerun.schedules.extending import ways
from forerun.schedules.planned import done, half_cosine, rise

CARD = Card(
    name="infinite",
    does="Rises, falls to a constant rate, stays there without an end, or anneals before the end that steps give.",
    source="Ibrahim et al. 2024 (arXiv 2403.08763) and Singh et al. 2025 (arXiv 2503.02844)",
    assumes="Data goes on coming, and a finished model is annealed off a checkpoint of the constant phase.",
    needs="params peak, cooldown (default .1 of steps); constant (.1), shape, anneal, steps, final (.01).",
    promises="Exact; without steps it has no end.",
    known_answer="warmup 10, cooldown 20: .55 at 20, .1 from 30 on; anneal 20, steps 100: .0316 at 90, .01 at 100.",
    control="An annealing without steps, which say where it ends, is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Infinite:
    """Four phases; the last two stand open. The default shares are a choice, and no finding of the papers'.

    Args:
        peak: the highest value.
        warmup: how long it rises to the peak.
        start: share of the peak at t = 0, where the warmup begins.
        cooldown: how long it falls to the constant; a tenth of ``steps`` where it is not given.
        constant: the constant as a share of the peak.
        shape: of that fall: ``"cosine"`` or ``"inverse_sqrt"``.
        steps: where it ends; without, never.
        anneal: how long before ``steps`` it falls by a constant factor to ``final``.
        final: share of the peak at the end of the annealing.
    """

    peak: float
    warmup: float = 0.0
    start: float = 0.0
    cooldown: float | None = None
    constant: float = above_zero(0.1)
    shape: str = "cosine"
    steps: float | None = None
    anneal: float = 0.0
    final: float = above_zero(0.01)

    def __post_init__(self) -> None:
        if self.shape not in FALLS:
            raise BadInput(f"no shape {self.shape!r} of the fall; there are: {', '.join(FALLS)}")
        if self.steps is None and (self.anneal or self.cooldown is None):
            missing = "anneal ends at steps" if self.anneal else "cooldown is a tenth of steps unless it is given"
            raise BadInput(f"{missing}: say steps")
        if self.warmup + self._cooldown + self.anneal > self.end:
            raise BadInput(f"warmup, cooldown and anneal do not fit into {self.end:g} steps")

    @property
    def _cooldown(self) -> float:
        return 0.1 * self.end if self.cooldown is None else self.cooldown

    @property
    def end(self) -> float:
        """The last step, if there is one."""
        return math.inf if self.steps is None else self.steps

    def lr(self, t: Array) -> Array:
        """The value at t."""
        fallen = FALLS[self.shape](done(t, self.warmup, self.warmup + self._cooldown))
        level = self.constant + (1.0 - self.constant) * fallen
        annealed = done(t, self.end - self.anneal, self.end) if self.anneal else 0.0
        return self.peak * rise(t, self.warmup, self.start) * level * (self.final / self.constant) ** annealed


def _inverse_sqrt(x: Array) -> Array:
    """From 1 to 0 as 1 / sqrt(1 + 10 x) falls; 10 is the steepness in code released with the papers."""
    h = 1.0 / np.sqrt(1.0 + _STEEPNESS * x)
    last = 1.0 / np.sqrt(1.0 + _STEEPNESS)
    return (h - last) / (1.0 - last)


_STEEPNESS = 10.0
FALLS = {"cosine": half_cosine, "inverse_sqrt": _inverse_sqrt}


def _held(schedule: Schedule, new: Extension) -> Schedule:
    """A longer constant phase; a cooldown that was a tenth of the steps stays what it was."""
    first = {"cooldown": 0.1 * schedule.end} if schedule.params.get("cooldown") is None else {}
    return schedule.with_params(steps=new.to, **first)


INFINITE = Form(card=CARD, formula=Infinite, extend=ways(hold=_held))
