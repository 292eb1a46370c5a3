"""Warmup, stable phase, cooldown: a constant rate that falls in a straight line over the last steps."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Array, BadInput, Card, Schedule
from forerun.core.form import Extension, Form
from forerun.schedules.extending import longer, ways
from forerun.schedules.planned import Falling, done

CARD = Card(
    name="wsd",
    does="Rises over the warmup, stays at the peak, and falls in a straight line over the cooldown.",
    source="Hu et al. 2024 (WSD); linear cooldown as in Hägele et al. 2024",
    assumes="The end is known when the cooldown starts, and not before.",
    needs="params peak, steps, cooldown in steps; warmup and final, a share of the peak (default 0).",
    promises="Exact.",
    known_answer="peak .1, steps 100, cooldown 20: .1 at 80, .05 at 90, 0 at 100.",
    control="A cooldown and a warmup that overlap are refused.",
)


@dataclass(frozen=True, kw_only=True)
class StableDecay(Falling):
    """The peak until the cooldown, and a straight line to the end.

    Args:
        cooldown: the last steps, over which it falls.
    """

    cooldown: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warmup + self.cooldown > self.steps:
            raise BadInput(
                f"a warmup of {self.warmup:g} and a cooldown of {self.cooldown:g} do not fit into {self.steps:g} steps"
            )

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.risen(t) * (1.0 - (1.0 - self.final) * done(t, self.steps - self.cooldown, self.steps))


def _stretched(schedule: Schedule, new: Extension) -> Schedule:
    """The cooldown stays the share of the whole that it was."""
    return schedule.with_params(steps=new.to, cooldown=schedule.params["cooldown"] * new.to / schedule.params["steps"])


WSD = Form(card=CARD, formula=StableDecay, extend=ways(hold=longer, stretch=_stretched))
