"""Warmup, stable phase, cooldown: a constant rate that falls over the last steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forerun.core import Array, Card, Schedule
from forerun.core.form import Extension, Form
from forerun.schedules.cooldowns import Cooled
from forerun.schedules.extending import longer, ways
from forerun.schedules.planned import done

CARD = Card(
    name="wsd",
    does="Rises over the warmup, stays at the peak, and falls over the cooldown, by default in a straight line.",
    source="Hu et al. 2024 (WSD); shapes of the cooldown as in Hägele et al. 2024",
    assumes="The end is known when the cooldown starts, and not before.",
    needs="params peak, steps, cooldown; shape: linear, 1-sqrt, exp, cosine, mirror_cosine, square or half_life.",
    promises="Exact.",
    known_answer="peak .1, steps 100, cooldown 20: .1 at 80, .05 at 90, 0 at 100; 1-sqrt: .0293 at 90.",
    control="A cooldown and a warmup that overlap are refused.",
)


@dataclass(frozen=True, kw_only=True)
class StableDecay(Cooled):
    """The peak until the cooldown."""

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return self.risen(t) * self.cooled(done(t, self.steps - self.cooldown, self.steps), self.final)


def _stretched(schedule: Schedule, new: Extension) -> Schedule:
    """The cooldown stays the share of the whole that it was."""
    return schedule.with_params(steps=new.to, cooldown=schedule.params["cooldown"] * new.to / schedule.params["steps"])


def _in_two_stages(schedule: Schedule, new: Extension) -> Schedule:
    """Where the cooldown would have begun, the value drops by a factor."""
    first = schedule.params["steps"] - schedule.params["cooldown"]
    return replace(_stretched(schedule, new), name="two_stage").with_params(first=first, factor=new.factor)


WSD = Form(card=CARD, formula=StableDecay, extend=ways(hold=longer, stretch=_stretched, two_stage=_in_two_stages))
