"""Warmup, stable phase, cooldown: a constant rate that falls in a straight line over the last steps."""

from __future__ import annotations

from forerun.core import Array, BadInput, Card, Schedule
from forerun.schedules.form import Form
from forerun.schedules.warmup import done, planned, planned_end, ramp

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


def _value(schedule: Schedule, t: Array) -> Array:
    peak, steps, warmup, final, cooldown = planned(schedule, "final", "cooldown")
    if warmup + cooldown > steps:
        raise BadInput(
            f"a warmup of {warmup:g} and a cooldown of {cooldown:g} do not fit into {steps:g} steps",
            where="schedule 'wsd'",
        )
    left = 1.0 - (1.0 - final) * done(t, steps - cooldown, steps)
    return peak * ramp(t, warmup) * left


WSD = Form(card=CARD, value=_value, end=planned_end)
