"""Whether to let the learning rate fall from now on, to 0 at the planned end, instead of going on as planned."""

from __future__ import annotations

import numpy as np

from forerun.core import Card, RateChange, Undecided
from forerun.decide.beside import not_going
from forerun.decide.policy import Policy, Situation, Verdict
from forerun.decide.rates import Steered, changed, is_sure, open_between, steered, unchanged, when

CARD = Card(
    name="cooldown_now",
    does="Lets the learning rate fall straight to 0 at the planned end, where that surely ends lower than the plan.",
    source="the multi-power law (Luo et al. 2025), averaged over its shapes; linear cooldowns: Hägele et al. 2024",
    assumes="One loss in pre-training; runs beside it that agree with it are of its model and data.",
    needs="The learning rate over steps, a planned end, and a run beside that has cooled down from the same peak.",
    promises="The sign of what it advises on recorded pairs of schedules: evidence/rate_gains.",
    known_answer="It cools down where a run beside has gained by that, and waits where later is better.",
    control="With no cooldown seen, and at a rate that is already falling, it does not say.",
)
_LATER = np.array([0.25, 0.5, 0.75])  # of the steps left, where a later cooldown could begin; ours


def cooldown_now(steps: float | None = None) -> Policy:
    """The policy with a cooldown of another length.

    Args:
        steps: over which the rate falls; default all that are left to the planned end, where the run then ends anyway.

    Example:
        >>> cooldown_now(steps=2000).card.name
        'cooldown_now'
    """

    def decide(situation: Situation) -> dict[str, Verdict]:
        return {run: _decide(situation, run, steps) for run in situation.wanted}

    return Policy(card=CARD, version="1", decide=decide, forecasts_in_replay=False)


def _decide(situation: Situation, run: str, steps: float | None) -> Verdict:
    if not situation.runs[run].going:
        return not_going(situation.runs[run], CARD.name)
    of = steered(situation, run)
    if isinstance(of, Undecided):
        return of
    if of.is_cooling():
        return Undecided("its learning rate is falling already", "nothing: let it fall to its end")
    length = of.end - of.now if steps is None else min(steps, of.end - of.now)
    cooled = of.stays(of.now + length, length)
    gain = of.gain(of.as_planned(), cooled)
    if isinstance(gain, Undecided):
        return gain
    if not is_sure(gain):
        return open_between(of, gain)
    if gain.gain.estimate < 0:
        return unchanged(of, gain, "to cool down now would end higher than what is planned", CARD.name)
    later = None if steps is not None else _better_later(of)
    if later is not None:
        return later
    change = RateChange("cooldown", length, cooled)
    reason = f"cool down from now on, over {when(length).removeprefix('step ')} steps"
    return changed(of, gain, change, reason, f"resume from a checkpoint at {when(of.now)}", CARD.name)


def _better_later(of: Steered) -> Verdict | None:
    """Going on, where a cooldown that begins later and ends with this one surely ends lower; None where none does."""
    left = of.end - of.now
    now = of.stays(of.end, left)
    for share in _LATER:
        gain = of.gain(of.stays(of.end, (1.0 - float(share)) * left), now)
        if not isinstance(gain, Undecided) and is_sure(gain) and gain.gain.estimate < 0:
            begins = when(of.now + float(share) * left)
            return unchanged(of, gain, f"a cooldown from {begins} on would end lower than one from now", CARD.name)
    return None


COOLDOWN_NOW = cooldown_now()
