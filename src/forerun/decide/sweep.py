"""Runs of one sweep judged as one: who is likely to end first, who near it, and what a budget is best spent on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Budget, Forecast
from forerun.core.situation import RunSituation, Situation
from forerun.decide.beside import losses
from forerun.stats.first import first_chances, near_chances
from forerun.stats.scores import at_levels

_LEVELS = np.arange(20) / 20 + 0.025
FEW = 3
"""Runs from which it means something to be last of them."""
_MARGIN = 0.01  # of the distance from the middle run to the best that counts as ending level with it; as in replays


@dataclass(frozen=True)
class SweepPlace:
    """Where a run is likely to end among those beside it.

    Args:
        n: runs that are compared.
        first: the chance to end first of them.
        near: the chance to end first or so little behind that it makes no odds.
        gain: how much it is expected to beat the best that any of them stands at, in the metric's unit.
        leads: whether it stands best now.
    """

    n: int
    first: float
    near: float
    gain: float
    leads: bool


def places(situation: Situation) -> dict[str, SweepPlace]:
    """The place of every run that is beside another, and of which something says where it ends.

    A run that goes on, or could, ends as forecast; one that is over where it stands.
    """
    groups: dict[tuple[int, str], dict[str, Array]] = defaultdict(dict)
    for name, one in situation.runs.items():
        ends = _ends(one)
        if one.group is not None and ends is not None:
            groups[one.group, one.curve.axis][name] = ends
    placed: dict[str, SweepPlace] = {}
    for runs in groups.values():
        if len(runs) > 1:
            placed |= _placed(runs, {name: float(losses(situation.runs[name].curve)[-1]) for name in runs})
    return placed


def _placed(runs: Mapping[str, Array], standing: Mapping[str, float]) -> dict[str, SweepPlace]:
    rows, rng = np.stack(list(runs.values())), np.random.default_rng(0)
    middles = np.median(rows, axis=1)
    spread = float(np.median(middles) - middles.min())
    margin = _MARGIN * spread if np.isfinite(spread) else 0.0
    first = first_chances(_LEVELS, rows, least=True, rng=rng)
    near = near_chances(_LEVELS, rows, margin, least=True, rng=np.random.default_rng(0))
    best = min(standing.values())
    gains = np.maximum(best - rows, 0.0).mean(axis=1) if np.isfinite(best) else np.zeros(len(rows))
    return {
        name: SweepPlace(len(runs), float(first[i]), float(near[i]), float(gains[i]), standing[name] <= best)
        for i, name in enumerate(runs)
    }


def _ends(one: RunSituation) -> Array | None:
    """Quantiles of the loss a run ends at, (20,), increasing."""
    if not len(one.curve):
        return None
    last = float(losses(one.curve)[-1])
    if one.finished or one.status == "finished" or not np.isfinite(last):
        return np.full(_LEVELS.size, last)
    if not isinstance(one.forecast, Forecast):
        return None
    quantiles = at_levels(one.forecast.levels, one.forecast.quantiles[-1:], _LEVELS)[0]
    return quantiles if one.curve.direction == "min" else -quantiles[::-1]


def affordable(situation: Situation, placed: Mapping[str, SweepPlace], open_runs: list[str]) -> list[str] | None:
    """The runs that a budget is best spent on, by expected gain per cost; None where nothing says what they cost."""
    budget = situation.budget
    if budget is None:
        return None
    costs = {name: cost_in(situation.runs[name], budget) for name in open_runs}
    known = {name: cost for name, cost in costs.items() if cost is not None and cost > 0 and name in placed}
    if len(known) < len(open_runs):
        return None
    left, chosen = budget.amount, list[str]()
    for name in sorted(known, key=lambda name: -placed[name].gain / known[name]):
        if known[name] <= left:
            chosen.append(name)
            left -= known[name]
    return chosen


def cost_in(one: RunSituation, budget: Budget) -> float | None:
    """What the rest of a run costs in a budget's unit; None where nothing says."""
    if budget.unit == one.curve.axis and one.end is not None and len(one.curve):
        return max(one.end - float(one.curve.x[-1]), 0.0)
    if one.seconds_left is None:
        return None
    hours = one.seconds_left / 3600.0
    if budget.unit == "hours":
        return hours
    return None if budget.unit != "cost" or one.cost_per_hour is None else hours * one.cost_per_hour
