"""Stop a run whose forecast leaves it hardly a chance to improve on its own best by anything worth the name."""

from __future__ import annotations

import numpy as np

from forerun.core import Card, Undecided
from forerun.core.situation import RunSituation, Verdict
from forerun.decide.beside import losses, not_going, simple
from forerun.decide.improvement import chance_to_beat, forecast_losses
from forerun.decide.policy import Policy, each_alone

CARD = Card(
    name="stop_converged",
    does="Stops a run with less than a chance of 5% to improve on its best by 1% of what it has gained so far.",
    source="ours; the chance is the conservative criterion of Domhan et al. 2015, section 3.2, held against itself",
    assumes="The forecast is calibrated for runs of this kind.",
    needs="A forecast, and a finite value.",
    promises="1.02 times as fast as no stopping on MLPerf v4, 5% wrongly stopped: evidence/early_stopping.",
    known_answer="Gone from 10 to 1, it goes on with .91 at its 6% quantile and is stopped with it at its 4%.",
    control="A plateau whose forecast knows nothing of a late drop is stopped, and the drop is lost.",
)


def stop_converged(gain: float = 0.01, least: float = 0.05) -> Policy:
    """The policy with other settings.

    Args:
        gain: an improvement worth the name, as a share of that from the first values to the best; arbitrary.
        least: chance of it below which a run is stopped.
    """

    def decide(one: RunSituation) -> Verdict:
        if not one.going:
            return not_going(one, CARD.name)
        if isinstance(one.forecast, Undecided):
            return one.forecast
        known = losses(one.curve)
        finite = known[np.isfinite(known)]
        if not finite.size:
            return Undecided("none of its values is finite", "one that is")
        best = float(finite.min())
        worth = gain * (float(np.median(finite[:3])) - best)
        chance = chance_to_beat(forecast_losses(one.forecast), best - worth)
        said = f"a chance of {chance:.0%} to improve on its best by {gain:.0%} of what it has gained so far"
        return simple("stop" if chance < least else "continue", said, CARD.name)

    return Policy(card=CARD, version="1", decide=each_alone(decide), heeds_others=False)


STOP_CONVERGED = stop_converged()
