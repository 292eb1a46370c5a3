"""Asynchronous successive halving: at each rung only the best share of the runs that came there goes on."""

from __future__ import annotations

from collections.abc import Mapping

from forerun.core import Card, Decision
from forerun.decide.beside import loss_at, not_going, others, simple
from forerun.decide.policy import Policy, Situation

CARD = Card(
    name="asha",
    does="Lets a run pass 1/16 and 1/4 of its length only while it is among the best quarter that came there.",
    source="Li et al. 2020 (ASHA), algorithm 2, in its stopping form: what is stopped is never resumed",
    assumes="Runs are compared at one x; ranks at a rung are those at the end.",
    needs="Where runs end.",
    promises="Regret and speed-up on recorded sweeps: evidence/early_stopping.",
    known_answer="Of eight runs at a rung the two best pass.",
    control="Of runs whose order is reversed after the rung it keeps the wrong ones.",
)


def asha(eta: float = 4.0, rungs: int = 2) -> Policy:
    """The policy with other settings.

    Args:
        eta: one in so many runs passes a rung, and rungs lie so many times further each.
        rungs: how many there are; the last lies at 1/eta of a run's end.
    """
    shares = [eta**-k for k in range(rungs, 0, -1)]

    def decide(situation: Situation) -> Mapping[str, Decision]:
        return {run: at_rungs(situation, run, shares, eta, CARD.name) for run in situation.wanted}

    return Policy(card=CARD, version="1", decide=decide, forecasts_in_replay=False)


def at_rungs(situation: Situation, run: str, shares: list[float], eta: float, policy: str) -> Decision:
    """What the last rung that a run has come to says of it.

    Args:
        situation: the runs that are compared.
        shares: where the rungs lie, as shares of the run's end, increasing.
        eta: one in so many passes.
        policy: whose decision it is.
    """
    one = situation.runs[run]
    if not one.going:
        return not_going(one, policy)
    if one.end is None or not len(one.curve):
        return simple("continue", "nothing says where it ends", policy)
    end = one.end
    passed = [share for share in shares if one.curve.x[-1] >= share * end]
    own = loss_at(one, passed[-1] * end) if passed else None
    if own is None:
        return simple("continue", "it has not come to a rung", policy)
    values = [loss_at(other, passed[-1] * end) for other in others(situation, run)]
    recorded = [value for value in values if value is not None]
    better, n = sum(value < own for value in recorded), len(recorded) + 1
    place = f"at {passed[-1]:.1%} of its end it ranks {better + 1} of {n}"
    if better >= max(1, int(n / eta)):
        return simple("stop", f"{place}; one in {eta:g} goes on", policy)
    return simple("continue", place, policy)


ASHA = asha()
