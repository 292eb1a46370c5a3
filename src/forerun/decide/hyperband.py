"""Hyperband: successive halving begun at several lengths at once, each run in one bracket."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from forerun.core import Card, Decision
from forerun.decide.asha import at_rungs
from forerun.decide.policy import Policy, Situation

CARD = Card(
    name="hyperband",
    does="Puts runs into brackets that stop from 1/16 on, from 1/4 on or never; the best quarter passes a rung.",
    source="Li et al. 2018 (Hyperband), asynchronous; a run's bracket is drawn by its id, as Optuna does",
    assumes="As asha; that ranks may turn after the first rung is what the later brackets are for.",
    needs="Where runs end.",
    promises="Regret and speed-up on recorded sweeps: evidence/early_stopping.",
    known_answer="A run of the bracket that never stops goes on, whatever its rank; brackets are drawn 16 : 6 : 3.",
    control="Where ranks never turn it is slower than asha.",
)


def hyperband(eta: float = 4.0, rungs: int = 2) -> Policy:
    """The policy with other settings.

    Args:
        eta: one in so many runs passes a rung, and rungs lie so many times further each.
        rungs: of the bracket that begins to stop first; each of the others has one fewer.
    """
    shares = [eta**-k for k in range(rungs, 0, -1)]

    def decide(situation: Situation) -> Mapping[str, Decision]:
        return {run: judge(situation, run) for run in situation.wanted}

    def judge(situation: Situation, run: str) -> Decision:
        skipped = bracket(run, eta, rungs)
        rivals = {name: one for name, one in situation.runs.items() if bracket(name, eta, rungs) == skipped}
        return at_rungs(Situation(rivals), run, shares[skipped:], eta, CARD.name)

    return Policy(card=CARD, version="1", decide=decide, forecasts_in_replay=False)


def bracket(run: str, eta: float = 4.0, rungs: int = 2) -> int:
    """How many rungs a run skips: drawn by its id, so that every bracket costs as much.

    Source: Li et al. 2018, algorithm 1: a bracket of s rungs takes ``(s_max + 1) / (s + 1) eta^s`` runs.
    """
    sizes = [(rungs + 1) / (rungs - skipped + 1) * eta ** (rungs - skipped) for skipped in range(rungs + 1)]
    digest = hashlib.sha1(run.encode(), usedforsecurity=False).digest()
    drawn = int.from_bytes(digest[:8], "big") / 2**64 * sum(sizes)
    for skipped, size in enumerate(sizes):
        drawn -= size
        if drawn < 0:
            return skipped
    return rungs


HYPERBAND = hyperband()
