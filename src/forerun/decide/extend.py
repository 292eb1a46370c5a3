"""Whether to go on longer than planned at the rate a run has, and cool down later."""

from __future__ import annotations

import numpy as np

from forerun.core import Card, Curve, RateChange, Undecided
from forerun.core.display import place
from forerun.decide.beside import not_going
from forerun.decide.policy import Policy, Situation, Verdict
from forerun.decide.rates import changed, is_sure, open_between, steered, unchanged, when

CARD = Card(
    name="extend",
    does="Lets a run that has not cooled down go on longer, its cooldown as long as planned, where that surely pays.",
    source="the multi-power law (Luo et al. 2025), averaged over its shapes; going on from a trunk: Hägele et al. 2024",
    assumes="As cooldown_now; data enough for the longer run.",
    needs="The learning rate over steps, planned to the end.",
    promises="The sign of what it advises on recorded pairs of schedules: evidence/rate_gains.",
    known_answer="A loss that still falls as a power of the steps is worth twice as many; a flat one is not.",
    control="A run whose rate is falling already is not extended.",
)
_WORTH = 0.01  # of the improvement so far, that going on must gain; arbitrary, as for a resume in auto


def extend(by: float = 2.0, *, worth: float = _WORTH) -> Policy:
    """The policy with another horizon.

    Args:
        by: the new planned end over the old one, above 1.
        worth: share of what was improved so far that the longer run must gain, at its middle estimate.

    Example:
        >>> extend(by=1.5).card.name
        'extend'
    """

    def decide(situation: Situation) -> dict[str, Verdict]:
        return {run: _decide(situation, run, by, worth) for run in situation.wanted}

    return Policy(card=CARD, version="1", decide=decide, forecasts_in_replay=False)


def _decide(situation: Situation, run: str, by: float, worth: float) -> Verdict:
    if not situation.runs[run].going:
        return not_going(situation.runs[run], CARD.name)
    of = steered(situation, run)
    if isinstance(of, Undecided):
        return of
    if of.is_cooling():
        return Undecided("its learning rate is falling already", "a checkpoint from before it fell")
    end = by * of.end
    longer = of.stays(end, of.cooldown())
    gain = of.gain(of.as_planned(), longer)
    if isinstance(gain, Undecided):
        return gain
    if not is_sure(gain):
        return open_between(of, gain)
    if gain.gain.estimate < worth * _improved(of.one.curve):
        little = f"to go on to {when(end)} would gain less than {worth:.0%} of what was gained so far"
        return unchanged(of, gain, little, CARD.name)
    reason = f"go on to {when(end)} instead of {place(of.end, 'step')}, and cool down there"
    return changed(of, gain, RateChange("extend", end, longer), reason, "stop at the planned end", CARD.name)


def _improved(curve: Curve) -> float:
    """By how much the loss has fallen since it began: medians of three."""
    finite = curve.y[np.isfinite(curve.y)]
    return max(0.0, float(np.median(finite[:3]) - np.median(finite[-3:])))


EXTEND = extend()
