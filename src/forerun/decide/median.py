"""The median rule: stop a run whose best so far is worse than the running mean of half of the others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forerun.core import Card, Decision
from forerun.core.display import number
from forerun.decide.beside import losses, not_going, others, simple
from forerun.decide.policy import Policy, RunSituation, Situation

CARD = Card(
    name="median",
    does="Stops a run whose best so far is worse than the median of the others' running means up to there.",
    source="Golovin et al. 2017 (Vizier), section 3.4",
    assumes="Runs keep their ranks; noise is averaged out by the running means.",
    needs="5 other runs that came as far, and a tenth of the run.",
    promises="Regret and speed-up on recorded sweeps: evidence/early_stopping.",
    known_answer="Beside five better runs that came as far a run is stopped; beside five worse ones it goes on.",
    control="Of runs whose curves cross, it stops the one that would have ended first.",
)


def median(grace: float = 0.1, least: int = 5) -> Policy:
    """The policy with other settings.

    Args:
        grace: share of a run that is never judged.
        least: other runs that must have come as far.
    """

    def decide(situation: Situation) -> Mapping[str, Decision]:
        return {run: judge(situation, run) for run in situation.wanted}

    def judge(situation: Situation, run: str) -> Decision:
        one = situation.runs[run]
        if not one.going or not len(one.curve):
            return not_going(one, CARD.name)
        x = float(one.curve.x[-1])
        if one.end is not None and x < grace * one.end:
            return simple("continue", f"it has not come to {grace:.0%} of its end", CARD.name)
        means = [
            _mean(other, x)
            for other in others(situation, run)
            if len(other.curve) and other.curve.x[0] <= x <= other.curve.x[-1]
        ]
        if len(means) < least:
            return simple("continue", f"only {len(means)} other runs came as far", CARD.name)
        best, middle = float(losses(one.curve).min()), float(np.median(means))
        sides = f"the median of {len(means)} other runs' means so far"
        if best > middle:
            return simple("stop", f"its best {one.curve.metric} is worse than {sides}", CARD.name)
        return simple("continue", f"its best {one.curve.metric}, {number(abs(best))}, is within {sides}", CARD.name)

    return Policy(card=CARD, version="2", decide=decide, forecasts_in_replay=False)


def _mean(one: RunSituation, x: float) -> float:
    return float(losses(one.curve)[: one.curve.x.searchsorted(x, side="right")].mean())


MEDIAN = median()
