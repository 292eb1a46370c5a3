"""Successive halving that pauses: at a rung a run waits until it is among the best share of those that came there.

Three things are added to the rule of Li et al., each against a way in which it goes wrong. A run that rises is paused
wherever it is: its best lies behind it. Ranks at a rung are those of medians of three evaluations, which noise hardly
turns. And where runs evaluate at different paces, one x is not one point of their training: there nobody waits at a
rung.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from forerun.core import Array, Card, Curve, Decision
from forerun.core.run import OVER
from forerun.decide.beside import ONGOING, losses, not_going, simple
from forerun.decide.policy import Policy, RunSituation, Situation
from forerun.stats.robust import noise_sd

CARD = Card(
    name="promotion",
    does="Pauses runs at 1/16 and 1/4 of their length, and runs that rise; the best quarter at a rung goes on first.",
    source="Li et al. 2020 (ASHA), algorithm 2, as it is written: by promotion; what it adds to it is ours",
    assumes="A paused run can go on where it stopped, at no cost. Ranks at a rung are those at the end.",
    needs="Where runs end, and 4 evaluations.",
    promises="Regret no worse than asha's on 19 of 23 tasks, as fast as any rival on 15: evidence/early_stopping.",
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
        risen: shape (n,), whether it stands above its best.
        alike: whether values at one x can be compared.
    """

    names: tuple[str, ...]
    passed: Array
    at_rung: Array
    open: Array
    risen: Array
    alike: bool

    @classmethod
    def of(cls, runs: Mapping[str, RunSituation], shares: tuple[float, ...]) -> RungStandings:
        usable = {name: one for name, one in runs.items() if one.end is not None and len(one.curve)}
        rows = [rung_losses(one.curve, one.end or 0.0, shares) for one in usable.values()]
        at_rung = np.array(rows).reshape(len(usable), len(shares))
        can = [not _ended(one) and np.isfinite(one.curve.y[-1]) for one in usable.values()]
        turned = [is_risen(losses(one.curve)) for one in usable.values()]
        passed = np.isfinite(at_rung).sum(axis=1).astype(float)
        return cls(tuple(usable), passed, at_rung, np.array(can, float), np.array(turned, float), alike(usable))

    def promotable(self, eta: float) -> str | None:
        """The run that goes on next: among the best share at the highest rung where one waits; None where none may.

        Where runs are not alike it is the first that waits.
        """
        waits = (self.open > 0) & (self.risen == 0) & (self.passed > 0)
        if not self.alike:
            return next((self.names[i] for i in np.flatnonzero(waits)), None)
        for rung in range(self.at_rung.shape[1] - 1, -1, -1):
            came = np.flatnonzero(self.passed > rung)
            best = came[np.argsort(self.at_rung[came, rung], kind="stable")][: int(came.size / eta)]
            first = best[waits[best] & (self.passed[best] == rung + 1) & (self.at_rung[best, rung] < _WORST)]
            if first.size:
                return self.names[int(first[0])]
        return None

    def foremost(self) -> str | None:
        """Of those that could go on one that has not risen, of these that came furthest, of these the best.

        For when no other can be begun.
        """
        places = [i for i in range(len(self.names)) if self.open[i] and self.passed[i] > 0]
        ranked = sorted(
            places, key=lambda i: (self.risen[i], -self.passed[i], self.at_rung[i, int(self.passed[i]) - 1])
        )
        return self.names[ranked[0]] if ranked else None


_FEWEST = 4  # evaluations before which no run is paused; as forecasters have it
_WORST = 1e300  # what stands for a loss that is not finite
_STILL = 5  # evaluations without a new best; the patience of `patience`
_RISE = 5.0  # sds of the noise; evidence/early_stopping says where it was chosen, and what is where it was not
_RECENT = 12  # evaluations that the noise is told from: as many second differences as twice the still ones
_PACE = 1.5  # times the median spacing of evaluations; arbitrary, and among runs of one pace all are at 1


def is_risen(loss: Array) -> bool:
    """Whether a run stands above its best by more than noise, and has for a while.

    The median of its last 5 losses lies more than 5 sds of its noise above its best, which is at least 5 evaluations
    old.

    Example:
        >>> falling, rising = np.linspace(3.0, 1.0, 10), np.linspace(1.0, 1.5, 6)
        >>> is_risen(falling), is_risen(np.append(falling, rising))
        (False, True)
    """
    if loss.size <= _STILL or loss.size - 1 - int(loss.argmin()) < _STILL:
        return False
    finite = np.minimum(loss, _WORST)
    return float(np.median(finite[-_STILL:]) - finite.min()) > _RISE * noise_sd(finite[-_RECENT:])


def alike(runs: Mapping[str, RunSituation]) -> bool:
    """Whether all runs evaluate at one pace: none at a spacing more than 1.5 times the median one, or less."""
    first = [one.curve.x[:_FEWEST] for one in runs.values() if len(one.curve) >= _FEWEST]
    if not first:
        return True
    spacing = np.array([(x[-1] - x[0]) / (_FEWEST - 1) for x in first])
    ratio = spacing / np.median(spacing)
    return bool(ratio.max() <= _PACE and ratio.min() >= 1.0 / _PACE)


def rung_losses(curve: Curve, end: float, shares: tuple[float, ...]) -> tuple[float, ...]:
    """The loss that a run came to each rung with, the median of the last 3 then; nan of a rung beyond it.

    Example:
        >>> rung_losses(Curve([1, 2, 3, 4], [4.0, 3.0, 9.0, 2.0], metric="loss"), 16.0, (0.125, 0.25, 0.5))
        (3.5, 3.0, nan)
    """
    loss = np.minimum(losses(curve), _WORST)
    came = [int(curve.x.searchsorted(share * end)) + 1 for share in shares]
    return tuple(median(loss[max(n - 3, 0) : n].tolist()) if n <= loss.size else np.nan for n in came)


def promotion(eta: float = 4.0, rungs: int = 2) -> Policy:
    """The policy with other settings.

    Args:
        eta: one in so many runs goes on from a rung, and rungs lie so many times further each.
        rungs: how many there are; the last lies at 1/eta of a run's end.
    """
    shares = tuple(eta**-k for k in range(rungs, 0, -1))

    def decide(situation: Situation) -> Mapping[str, Decision]:
        return promoted(situation, shares, eta, CARD.name)

    return Policy(card=CARD, version="2", decide=decide, forecasts_in_replay=False)


def promoted(situation: Situation, shares: tuple[float, ...], eta: float, policy: str) -> dict[str, Decision]:
    """What to do with each run: go on to the next rung, wait there, or go on from it."""
    wanted = {name: situation.runs[name] for name in situation.wanted}
    if all(one.going and not _pauses(one, shares) for one in wanted.values()):
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
        if not _pauses(one, shares):
            return simple("continue", "it has not come to its next rung", policy)
        if not chosen and is_risen(losses(one.curve)):
            return simple("stop", f"its {one.curve.metric} has risen above its best by more than its noise", policy)
        return simple("continue" if chosen else "stop", quota, policy)
    if _ended(one) or one.status not in OVER:
        return not_going(one, policy)
    return Decision("resume" if chosen else "leave", (quota,), None, None, ONGOING, policy)


def _ended(one: RunSituation) -> bool:
    return one.finished or one.status == "finished"


def _pauses(one: RunSituation, shares: tuple[float, ...]) -> bool:
    """Whether the last evaluation is the first at or beyond a rung, is not finite, or is the first that has risen."""
    if one.end is None or not len(one.curve):
        return False
    loss = losses(one.curve)
    if loss.size < _FEWEST:
        return not np.isfinite(loss[-1])
    x, before = float(one.curve.x[-1]), float(one.curve.x[-2])
    at_a_rung = any(before < share * one.end <= x for share in shares)
    return not np.isfinite(loss[-1]) or at_a_rung or (is_risen(loss) and not is_risen(loss[:-1]))


PROMOTION = promotion()
