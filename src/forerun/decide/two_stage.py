"""Whether a run that is to go on longer than its rate was tuned for should do so at a lower rate."""

from __future__ import annotations

from forerun.core import BadInput, Card, RateChange, Undecided
from forerun.decide.beside import not_going
from forerun.decide.policy import Policy, Situation, Verdict
from forerun.decide.rates import changed, is_sure, open_between, steered, unchanged, when
from forerun.laws.questions.longer_run import two_stage_factor

CARD = Card(
    name="two_stage",
    does="Of a run that is to go on longer, lowers the rate for the rest by the factor that keeps its peak best.",
    source="Schaipp et al. 2025, section 5 (the factor); the multi-power law (Luo et al. 2025) for the gain",
    assumes="The peak was tuned for the planned length; as cooldown_now.",
    needs="The learning rate over steps, planned to the end with a cooldown; a run beside that has cooled down.",
    promises="The sign of what it advises on recorded pairs of schedules: evidence/rate_gains.",
    known_answer="A loss whose falls give much and whose area gives little gains by a lower rate for the rest.",
    control="Where the area gives nearly all, it keeps the rate; without a planned cooldown it does not say.",
)
_STEPS = 400  # the factor depends on shares alone; as many as the paper's figure, and quick


def two_stage(by: float = 2.0) -> Policy:
    """The policy for another horizon.

    Args:
        by: the new planned end over the old one, above 1.

    Example:
        >>> two_stage(by=4.0).card.name
        'two_stage'
    """

    def decide(situation: Situation) -> dict[str, Verdict]:
        return {run: _decide(situation, run, by) for run in situation.wanted}

    return Policy(card=CARD, version="1", decide=decide, forecasts_in_replay=False)


def _decide(situation: Situation, run: str, by: float) -> Verdict:
    if not situation.runs[run].going:
        return not_going(situation.runs[run], CARD.name)
    of = steered(situation, run)
    if isinstance(of, Undecided):
        return of
    cooldown = of.cooldown()
    if of.is_cooling() or not cooldown:
        return Undecided("it is not in a stable phase before a planned cooldown", "a plan that cools down")
    end, share = by * of.end, cooldown / of.end
    try:
        factor = two_stage_factor(_STEPS, round(by * _STEPS), share)
    except BadInput as refused:
        return Undecided(str(refused), "a shorter run")
    plain, lower = of.stays(end, share * end), of.stays(end, share * end, factor)
    gain = of.gain(plain, lower)
    if isinstance(gain, Undecided):
        return gain
    if not is_sure(gain):
        return open_between(of, gain)
    if gain.gain.estimate < 0:
        return unchanged(of, gain, f"on the way to {when(end)} a rate times {factor:.2f} would end higher", CARD.name)
    reason = f"on the way to {when(end)}, go on at {factor:.2f} of the rate"
    undo = f"resume from a checkpoint at {when(of.now)}"
    return changed(of, gain, RateChange("change lr", factor, lower), reason, undo, CARD.name)


TWO_STAGE = two_stage()
