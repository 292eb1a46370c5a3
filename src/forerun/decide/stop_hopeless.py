"""Stop a run whose forecast leaves it hardly a chance to end better than the best of the runs beside it."""

from __future__ import annotations

from collections.abc import Mapping

from forerun.core import Card, Undecided
from forerun.core.situation import Situation, Verdict
from forerun.decide.beside import best_loss, not_going, others, simple
from forerun.decide.improvement import chance_to_beat, forecast_losses
from forerun.decide.policy import Policy

CARD = Card(
    name="stop_hopeless",
    does="Stops a run whose forecast gives it less than a chance of 5% to end better than the best beside it stands.",
    source="Domhan et al. 2015, section 3.2: P(y_end > y_best) below a threshold",
    assumes="The forecast is calibrated for runs of this kind.",
    needs="A forecast, and a run beside it.",
    promises="No faster than no stopping on MLPerf v4, 2.4% wrongly stopped: evidence/early_stopping.",
    known_answer="With the best beside it at its 4% quantile a run is stopped, at its 6% quantile it goes on.",
    control="A run whose forecast knows nothing of a late drop is stopped, and the drop is lost.",
)


def stop_hopeless(least: float = 0.05) -> Policy:
    """The policy with another threshold.

    Args:
        least: chance to beat the incumbent below which a run is stopped; Domhan et al. have 0.05.
    """

    def decide(situation: Situation) -> Mapping[str, Verdict]:
        return {run: judge(situation, run) for run in situation.wanted}

    def judge(situation: Situation, run: str) -> Verdict:
        one = situation.runs[run]
        if not one.going:
            return not_going(one, CARD.name)
        if isinstance(one.forecast, Undecided):
            return one.forecast
        rivals = others(situation, run)
        if not rivals:
            return simple("continue", "no run is beside it", CARD.name)
        chance = chance_to_beat(forecast_losses(one.forecast), best_loss(rivals))
        said = f"a chance of {chance:.0%} to end better than the best of {len(rivals) + 1} runs stands"
        return simple("stop" if chance < least else "continue", said, CARD.name)

    return Policy(card=CARD, version="1", decide=decide)


STOP_HOPELESS = stop_hopeless()
