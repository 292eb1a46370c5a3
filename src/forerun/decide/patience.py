"""Patience, as trainers have it: stop a run whose metric has not improved for so many evaluations."""

from __future__ import annotations

from forerun.core import Card, Decision
from forerun.core.display import counted
from forerun.core.standing import standing
from forerun.decide.beside import not_going, simple
from forerun.decide.policy import Policy, RunSituation, each_alone

CARD = Card(
    name="patience",
    does="Stops a run whose metric has not improved for 5 evaluations.",
    source="Prechelt 1998, the UP criteria; EarlyStopping of Keras and Lightning",
    assumes="That what has not improved for so long will not; noise alone makes a run that still improves seem still.",
    needs="6 evaluations.",
    promises="Regret and speed-up on recorded sweeps: evidence/early_stopping.",
    known_answer="A run whose best value lies 5 evaluations back is stopped, one whose lies 4 back goes on.",
    control="A long plateau before a late drop is stopped, and the drop is lost.",
)


def patience(points: int = 5) -> Policy:
    """The policy with another patience.

    Args:
        points: evaluations without a new best from which a run is stopped.
    """

    def decide(one: RunSituation) -> Decision:
        if not one.going:
            return not_going(one, CARD.name)
        stands = one.standing or standing(one.curve)
        since = len(one.curve) if stands is None else stands.points_since
        if since >= points:
            return simple("stop", f"{one.curve.metric} has not improved for {counted(since, 'evaluation')}", CARD.name)
        return simple("continue", f"{one.curve.metric} improved {counted(since, 'evaluation')} ago", CARD.name)

    return Policy(
        card=CARD,
        version="1",
        decide=each_alone(decide),
        heeds_others=False,
        forecasts_in_replay=False,
    )


PATIENCE = patience()
