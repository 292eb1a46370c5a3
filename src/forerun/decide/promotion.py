"""Successive halving that pauses: at a rung a run waits until it is among the best share of those that came there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from forerun.core import Array, Card, Decision
from forerun.core.run import OVER
from forerun.decide.beside import ONGOING, losses, not_going, simple
from forerun.decide.policy import Policy, RunSituation, Situation

CARD = Card(
    name="promotion",
    does="Pauses runs at 1/16 and 1/4 of their length; the best quarter that came there goes on before others begin.",
    source="Li et al. 2020 (ASHA), algorithm 2, as it is written: by promotion",
    assumes="A paused run can go on where it stopped, at no cost. Ranks at a rung are those at the end.",
    needs="Where runs end, and 4 evaluations.",
    promises="Regret and speed-up on recorded sweeps: evidence/early_stopping.",
    known_answer="Of three runs at a rung none goes on; when a fourth has come, the best of the four is resumed.",
    control="The first run is paused at its rung however good it is, where asha lets it pass.",
)


@dataclass(frozen=True)
class RungStandings:
    """How runs stand at rungs.

    Args:
        names: the runs.
        passed: shape (n,), how many rungs each has come to.
        at_rung: shape (n, rungs), the loss each had there; nan where it has not come.
        open: shape (n,), whether it could go on.
    """

    names: tuple[str, ...]
    passed: Array
    at_rung: Array
    open: Array

    @classmethod
    def of(cls, runs: Mapping[str, RunSituation], shares: tuple[float, ...]) -> RungStandings:
        usable = {name: one for name, one in runs.items() if one.end is not None and len(one.curve)}
        rows = [at_rungs_of(one, shares) for one in usable.values()]
        at_rung = np.array(rows).reshape(len(usable), len(shares))
        can = [not (one.finished or one.status == "finished") for one in usable.values()]
        return cls(tuple(usable), np.isfinite(at_rung).sum(axis=1).astype(float), at_rung, np.array(can, float))

    def promotable(self, eta: float) -> str | None:
        """The run that goes on next: among the best share at the highest rung where one waits; None where none may."""
        for rung in range(self.at_rung.shape[1] - 1, -1, -1):
            came = np.flatnonzero(self.passed > rung)
            best = came[np.argsort(self.at_rung[came, rung], kind="stable")][: int(came.size / eta)]
            waits = [
                i
                for i in cast(list[int], best.tolist())
                if self.passed[i] == rung + 1 and self.open[i] and self.at_rung[i, rung] < _WORST
            ]
            if waits:
                return self.names[waits[0]]
        return None

    def foremost(self) -> str | None:
        """The run that came furthest of those that could go on, of these the best; for when no other can be begun."""
        places = [i for i in range(len(self.names)) if self.open[i] and self.passed[i] > 0]
        ranked = sorted(places, key=lambda i: (-self.passed[i], self.at_rung[i, int(self.passed[i]) - 1]))
        return self.names[ranked[0]] if ranked else None


_FEWEST = 4  # evaluations before which no run is paused; as forecasters have it
_WORST = 1e300  # what stands for a loss that is not finite


def at_rungs_of(one: RunSituation, shares: tuple[float, ...]) -> list[float]:
    """The loss that a run had at each rung, the last up to there or, where it has none, its first; nan beyond it."""
    end = one.end
    assert end is not None
    turned = np.minimum(losses(one.curve), _WORST)
    at = [max(int(one.curve.x.searchsorted(share * end, side="right")) - 1, 0) for share in shares]
    came = [one.curve.x[-1] >= share * end for share in shares]
    return [float(turned[i]) if reached else np.nan for i, reached in zip(at, came, strict=True)]


def promotion(eta: float = 4.0, rungs: int = 2) -> Policy:
    """The policy with other settings.

    Args:
        eta: one in so many runs goes on from a rung, and rungs lie so many times further each.
        rungs: how many there are; the last lies at 1/eta of a run's end.
    """
    shares = tuple(eta**-k for k in range(rungs, 0, -1))

    def decide(situation: Situation) -> Mapping[str, Decision]:
        return promoted(situation, shares, eta, CARD.name)

    return Policy(card=CARD, version="1", decide=decide, heeds_budget=True, forecasts_in_replay=False)


def promoted(situation: Situation, shares: tuple[float, ...], eta: float, policy: str) -> dict[str, Decision]:
    """What to do with each run: go on to the next rung, wait there, or go on from it."""
    wanted = {name: situation.runs[name] for name in situation.wanted}
    if all(one.going and not _at_a_rung(one, shares) for one in wanted.values()):
        return {name: simple("continue", "it has not come to its next rung", policy) for name in wanted}
    chosen: set[str | None] = set()
    for group in {one.group for one in wanted.values()}:
        beside = {name: one for name, one in situation.runs.items() if one.group == group}
        standings = RungStandings.of(beside, shares)
        chosen.add(standings.promotable(eta) or (None if situation.waiting else standings.foremost()))
    return {name: _said(one, name in chosen, shares, policy) for name, one in wanted.items()}


def _said(one: RunSituation, chosen: bool, shares: tuple[float, ...], policy: str) -> Decision:
    quota = "it is among the best share that came to its rung" if chosen else "others at its rung stand better"
    if one.going:
        if not _at_a_rung(one, shares) and np.isfinite(one.curve.y[-1:]).all():
            return simple("continue", "it has not come to its next rung", policy)
        return simple("continue" if chosen else "stop", quota, policy)
    if one.finished or one.status not in OVER or one.status == "finished":
        return not_going(one, policy)
    return Decision("resume" if chosen else "leave", (quota,), None, None, ONGOING, policy)


def _at_a_rung(one: RunSituation, shares: tuple[float, ...]) -> bool:
    """Whether the last evaluation is the first at or beyond a rung, or is not finite."""
    if one.end is None or not len(one.curve):
        return False
    if len(one.curve) < _FEWEST:
        return not np.isfinite(one.curve.y[-1])
    x, before = float(one.curve.x[-1]), float(one.curve.x[-2]) if len(one.curve) > 1 else -np.inf
    return not np.isfinite(one.curve.y[-1]) or any(before < share * one.end <= x for share in shares)


PROMOTION = promotion()
