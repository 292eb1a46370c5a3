"""Doing nothing: every run goes to its end."""

from __future__ import annotations

from forerun.core import Card, Decision
from forerun.decide.beside import not_going, simple
from forerun.decide.policy import Policy, RunSituation, each_alone

CARD = Card(
    name="no_stopping",
    does="Lets every run go to its end: the arm that every other policy is held against.",
    source="ours",
    assumes="Nothing.",
    needs="Nothing.",
    promises="Its own speed-up is 1 at least, by definition of the measure.",
    known_answer="A run that is NaN goes on.",
    control="On tasks whose runs rank early it is slower than every baseline: evidence/early_stopping.",
)


def _decide(one: RunSituation) -> Decision:
    return simple("continue", "nothing is ever stopped", CARD.name) if one.going else not_going(one, CARD.name)


NO_STOPPING = Policy(card=CARD, version="1", decide=each_alone(_decide), heeds_others=False, forecasts_in_replay=False)
