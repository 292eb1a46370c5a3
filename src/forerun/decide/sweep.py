"""A sweep judged as one: what each run's going on would add to the best that all of them come to, and at what cost.

What a run comes to is the best checkpoint it holds, or its end as forecast where that is better; the worth of a run is
how much better the best of all is expected to be for its going on. Ends are drawn together, as forecasts of siblings
err together (`CORRELATION`), and the noise of a single evaluation is no gain. Runs are weeded out from the worst: each
is held against the best other use of the same compute, given that those before it are stopped. As forecasts are too
sure of ranks, one is weeded out only where it also stands worse than most that came as far, or is left far behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, Budget, Curve, Forecast
from forerun.core.placing import Placing
from forerun.core.situation import RunSituation
from forerun.decide.beside import losses
from forerun.stats.joint import joint_draws
from forerun.stats.robust import noise_sd
from forerun.stats.scores import interval

CORRELATION = 0.1
"""Of the errors of forecasts of two runs of a task: the mean within-task correlation over five sources at half of the
way, none of which policies are judged on (evidence/early_stopping/side_by_side.md)."""
LITTLE = 0.1
"""A run is outdone where the same compute brings ten times as much in its best other use (arbitrary), and ..."""
UNLIKELY = 0.02
"""... its chance to end within the margin of the best is less than this, and ..."""
MOST = 2 / 3
"""... at least this share of those that came as far stood better where it stands now, or ..."""
FAR = 5.0
"""... at its luckiest it ends short of what the best holds already by so many times all that it is expected to gain.

The last three were chosen on five sources on which policies are not judged, as the least compute at which at most 2% of
the runs stopped were wrongly so (evidence/early_stopping/side_by_side.md): forecasts alone stop 10 to 17% wrongly.
"""
_LUCK = 0.005  # the quantile of its end that is a run's luckiest: the outermost that forecasts give
_AS_FAR = 0.999  # of the x of another, to have come as far
_MARGIN = 0.01  # of what the runs have gained so far; as a run counts as wrongly stopped in a replay
_BLOCKS, _BLOCK = 50, 3  # values are held at the level of a 50th of the run, of three values at least
_YOUNG = 0.5  # of the longest run's end: one that nobody says goes further is not compared with it (arbitrary)
_RECENT = 200  # values that tell the noise of an evaluation


@dataclass(frozen=True)
class Contender:
    """What a run's going on would come to, beside those it is compared with.

    Args:
        placing: where it is likely to end among them; None of one that stands alone or cannot be compared.
        gain: expected improvement, by its going on, of the best that all come to; in the metric's unit, from 0 on.
        betters: chance that it ends better than anything held or to come of the others, and than its own best.
        cost, unit: of going on, in money, hours or on the axis, the same for all that are compared; None where it is
            unknown.
        rate: gain a cost over that of the best other use of the same compute; None where there is none.
        worth: whether it goes on, as far as the runs beside it tell.
        share: the gain as a share of what was gained so far.
        rest: the cost as a share of a whole run's.
    """

    placing: Placing | None
    gain: float
    betters: float
    cost: float | None
    unit: str
    rate: float | None
    worth: bool
    share: float
    rest: float


def contenders(runs: Mapping[str, RunSituation]) -> dict[str, Contender]:
    """Every run that has a finite value, among those of its group; one without a group is its own."""
    return {name: one for contest in _contests(runs) for name, one in contest.judged()}


def funded(runs: Mapping[str, RunSituation], candidates: Collection[str], budget: Budget) -> list[str]:
    """The runs that a budget is best spent on, first that which adds most for its cost, given those before it.

    What a run adds is counted as a share of what its group has gained so far, so that groups of different metrics can
    be held against each other. Greedy, so within 1 - 1/e of the best choice but for runs too dear for what is left.

    Args:
        runs: all of them; what is held of the others counts.
        candidates: those that could go on.
        budget: in a unit that their costs are known in; of those whose are not none is chosen.
    """
    contests = list(_contests(runs))
    costs = {name: cost_of(runs[name], budget.unit) for name in candidates}
    left, chosen = budget.amount, list[str]()
    while True:
        adds = {name: gain for contest in contests for name, gain in contest.adding(chosen).items()}
        able = {name: adds[name] / max(cost, 1e-12) for name, cost in costs.items()
                if cost is not None and cost <= left and name not in chosen and adds.get(name, 0.0) > 0.0}  # fmt: skip
        if not able:
            return chosen
        chosen.append(max(able, key=lambda name: able[name]))
        left -= cast(float, costs[chosen[-1]])


def held(curve: Curve) -> float:
    """The loss of the best that a run holds: its last, or the best level of a 50th of it, whichever is better.

    A single value is not taken for a level, as the best of many noisy ones is better than what was reached.

    Example:
        >>> held(Curve([1, 2, 3, 4, 5, 6, 7], [9.0, 3.0, 2.0, 2.1, 0.1, 2.2, 2.4], metric="loss"))
        2.1
    """
    loss = losses(curve)
    loss = loss[np.isfinite(loss)]
    if not loss.size:
        return np.inf
    size = max(_BLOCK, loss.size // _BLOCKS)
    whole = loss[loss.size % size :] if loss.size > size else loss
    levels = np.median(whole.reshape(-1, size), axis=1) if whole.size >= size else loss[-1:]
    return min(float(levels.min()), float(loss[-1]))


def improvement(curve: Curve) -> float:
    """What a run has gained from its first values to the best that it holds, from 0 on."""
    loss = losses(curve)
    finite = loss[np.isfinite(loss)]
    return max(0.0, float(np.median(finite[:3])) - held(curve)) if finite.size else 0.0


def _contests(runs: Mapping[str, RunSituation]) -> Iterator[_Contest]:
    groups: dict[object, dict[str, RunSituation]] = defaultdict(dict)
    for name, one in sorted(runs.items()):  # so that the draws do not hang on the order they were read in
        if np.isfinite(one.curve.y).any():
            key = name if one.group is None else (one.group, one.curve.metric, one.curve.axis)
            groups[key][name] = one
    for members in groups.values():
        longest = max(_end(one) for one in members.values())
        young = frozenset(
            name for name, one in members.items() if _is_on(one) and one.assumed and _end(one) < _YOUNG * longest
        )
        yield _Contest(members, young)
        yield from (_Contest({name: members[name]}) for name in young)


def _end(one: RunSituation) -> float:
    return float(one.curve.x[-1]) if one.end is None else one.end


def _is_on(one: RunSituation) -> bool:
    return one.going and one.status != "stalled"


@dataclass
class _Contest:
    """The runs of one group; arrays have an item a run, losses throughout (down is better)."""

    runs: Mapping[str, RunSituation]
    young: frozenset[str] = frozenset()
    """Runs that are not judged here, as nobody says how far they go; what they hold counts."""

    def judged(self) -> Iterator[tuple[str, Contender]]:
        on, may = self._weeded(), self._going
        outcomes = np.where(on[:, None], self._ends, self._held[:, None])
        gain, betters = _marginal(outcomes, self._ends, self._held)
        placings = self._placings(outcomes)
        rates = self._rates(gain)
        for i, (name, one) in enumerate(self.runs.items()):
            if name in self.young:
                continue
            best = max((rates[k] for k in range(len(rates)) if k != i and (on[k] or may[i])), default=None)
            yield (
                name,
                Contender(
                    placing=placings[i],
                    gain=float(gain[i]),
                    betters=float(betters[i]),
                    cost=self._costs[i],
                    unit=self._unit or one.curve.axis,
                    rate=None if not best else float(rates[i] / best),
                    worth=bool(on[i]),
                    share=float(gain[i] / self._gained) if self._gained else 0.0,
                    rest=float(self._rest[i]),
                ),
            )

    def adding(self, chosen: Collection[str]) -> dict[str, float]:
        """What each run would add to what those chosen come to, a share of what was gained so far."""
        on = np.array([name in chosen for name in self.runs])
        outcomes = np.where(on[:, None], self._ends, self._held[:, None])
        gain = _marginal(outcomes, self._ends, self._held)[0] / (self._gained or 1.0)
        return {name: one for name, one in zip(self.runs, gain.tolist(), strict=True) if name not in self.young}

    def _weeded(self) -> NDArray[np.bool_]:
        """Which runs go on: those that do, less those not worth their cost, the worst first."""
        on = self._going.copy()
        known = np.array([isinstance(one.forecast, Forecast) for one in self.runs.values()])
        while len(self.runs) > 1:
            outcomes = np.where(on[:, None], self._ends, self._held[:, None])
            rates = self._rates(_marginal(outcomes, self._ends, self._held)[0])
            foremost = self._foremost(outcomes)
            elsewhere = np.array([np.delete(np.where(on, rates, 0.0), i).max() for i in range(len(rates))])
            near = (self._ends <= outcomes.min(axis=0) + self._margin).mean(axis=1)
            outdone = ((rates < LITTLE * elsewhere) | (elsewhere == 0.0)) & (near < UNLIKELY)
            poor = np.flatnonzero(on & known & outdone & (self._behind | self._far_behind))
            poor = sorted((i for i in poor.tolist() if i != foremost), key=lambda i: float(rates[i]))
            if not poor:
                break
            on[poor[: -(-len(poor) // 2)]] = False
        return on

    @cached_property
    def _going(self) -> NDArray[np.bool_]:
        return np.array([_is_on(one) and name not in self.young for name, one in self.runs.items()])

    @cached_property
    def _behind(self) -> NDArray[np.bool_]:
        """Whether most of those that came as far, or are young and hold more, stood better than a run stands."""
        return np.array([np.mean(self._better_than(one)) >= MOST for one in self.runs.values()])

    def _better_than(self, one: RunSituation) -> list[bool]:
        x = float(one.curve.x[-1])
        own = _loss_at(one.curve, x)
        as_far = [_loss_at(other.curve, x) < own for other in self.runs.values() if other.curve.x[-1] >= _AS_FAR * x]
        return [*as_far, *(True for name in self.young if held(self.runs[name].curve) < own)]

    @cached_property
    def _far_behind(self) -> NDArray[np.bool_]:
        """Whether a run at its luckiest ends short of what the best holds by several times all that it may gain yet."""
        gain = np.maximum(self._held - np.median(self._ends, axis=1), self._margin)
        return np.quantile(self._ends, _LUCK, axis=1) - self._held.min() > FAR * gain

    def _foremost(self, outcomes: Array) -> int:
        """The run that ends first most often; it is never weeded out for others."""
        return int(_firsts(outcomes).argmax())

    def _placings(self, outcomes: Array) -> list[Placing | None]:
        if len(self.runs) < 2:
            return [None]
        ends = np.where(self._going[:, None], self._ends, self._held[:, None])
        first = _firsts(ends)
        near = (ends <= ends.min(axis=0) + self._margin).mean(axis=1)
        rank = np.median(ends, axis=1).argsort(kind="stable").argsort(kind="stable") + 1
        leader = list(self.runs)[int(first.argmax())]
        made = zip(rank.tolist(), first.tolist(), near.tolist(), self.runs.values(), strict=True)
        return [
            Placing(len(first), r, f, n, self._margin, leader) if _comparable(one) else None for r, f, n, one in made
        ]

    def _rates(self, gain: Array) -> Array:
        """Gain a whole run's cost."""
        return gain / np.maximum(self._spend, 1e-12)

    @cached_property
    def _held(self) -> Array:
        return np.array([held(one.curve) for one in self.runs.values()])

    @cached_property
    def _ends(self) -> Array:
        """Draws of what each run comes to if it goes on, (n, draws)."""
        forecasts = [one.forecast for one in self.runs.values()]
        levels = next((one.levels for one in forecasts if isinstance(one, Forecast)), np.array([0.25, 0.75]))
        rows = [
            _quantiles(one, one.forecast, levels) if isinstance(one.forecast, Forecast) and np.isfinite(one.curve.y[-1])
            else np.full(levels.size, self._held[i])
            for i, one in enumerate(self.runs.values())
        ]  # fmt: skip
        drawn = joint_draws(levels, np.stack(rows), correlation=CORRELATION, rng=np.random.default_rng(0))
        return np.minimum(drawn, self._held[:, None])

    @cached_property
    def _gained(self) -> float:
        return float(np.median([improvement(one.curve) for one in self.runs.values()]))

    @cached_property
    def _margin(self) -> float:
        best = list(self.runs.values())[int(self._held.argmin())]
        return max(_noise(best.curve), _MARGIN * self._gained)

    @cached_property
    def _unit(self) -> str:
        """What costs are counted in that all share that may go on: money, hours, or "" for the axis."""
        ahead = [one for one in self.runs.values() if isinstance(one.forecast, Forecast)]
        known = (unit for unit in ("cost", "hours") if ahead and all(cost_of(one, unit) is not None for one in ahead))
        return next(known, "")

    @cached_property
    def _costs(self) -> list[float | None]:
        """Of each run's going on."""
        return [cost_of(one, self._unit or one.curve.axis) for one in self.runs.values()]

    @cached_property
    def _spend(self) -> Array:
        """The same as a share of the mean cost of a whole run."""
        whole = np.array([
            cost / rest for cost, rest in zip(self._costs, self._rest, strict=True) if cost is not None and rest > 0
        ])  # fmt: skip
        mean = float(whole.mean()) if whole.size else 1.0
        return np.array([1.0 if cost is None else cost / mean for cost in self._costs])

    @cached_property
    def _rest(self) -> Array:
        """What is left of each run, a share of all of it."""
        return np.array([left_of(one) for one in self.runs.values()])


def left_of(one: RunSituation) -> float:
    """The share of a run that lies ahead of it: up to the end of its forecast."""
    if not isinstance(one.forecast, Forecast) or not len(one.curve):
        return 0.0
    first, last, end = float(min(one.curve.x[0], 0.0)), float(one.curve.x[-1]), float(one.forecast.at[-1])
    return max(0.0, (end - last) / (end - first)) if end > first else 0.0


def _comparable(one: RunSituation) -> bool:
    """Whether something says where it ends."""
    return not _is_on(one) or isinstance(one.forecast, Forecast)


def cost_of(one: RunSituation, unit: str) -> float | None:
    """What going on to the end of its forecast costs: hours, money (``cost``) or on its axis; None where unknown."""
    if not isinstance(one.forecast, Forecast):
        return None
    if unit not in ("hours", "cost"):
        return float(one.forecast.at[-1] - one.forecast.origin) if unit == one.curve.axis else None
    hours = None if one.seconds_left is None else one.seconds_left / 3600.0
    if unit == "hours" or hours is None:
        return hours
    return None if one.cost_per_hour is None else hours * one.cost_per_hour


def _quantiles(one: RunSituation, forecast: Forecast, levels: Array) -> Array:
    """Of the level at the end, as losses: the forecast's, drawn in by the noise of a single evaluation."""
    median, row = forecast.median, np.asarray(forecast.quantiles[-1], float)
    low, high = interval(forecast.levels, row, 0.8)
    spread = float(high - low) / 2.5631
    level = np.sqrt(max(0.0, 1.0 - (_noise(one.curve) / spread) ** 2)) if spread > 0 else 1.0
    values = median + level * (np.asarray(np.interp(levels, forecast.levels, row), float) - median)
    return values if one.curve.direction == "min" else -values[::-1]


def _noise(curve: Curve) -> float:
    finite = curve.y[np.isfinite(curve.y)]
    return noise_sd(finite[-max(8, min(_RECENT, finite.size // 2)) :])


def _firsts(outcomes: Array) -> Array:
    """How often each comes first; equal ones share."""
    wins = outcomes == outcomes.min(axis=0)
    return (wins / wins.sum(axis=0)).mean(axis=1)


def _marginal(outcomes: Array, ends: Array, held_: Array) -> tuple[Array, Array]:
    """What each run's going on adds to the best of all, and how often it ends best; shapes (n,).

    Args:
        outcomes: shape (n, draws), what each comes to as things stand. ends: the same if it goes on.
        held_: shape (n,), what it holds.
    """
    two = np.partition(np.vstack([outcomes, np.full(outcomes.shape[1], np.inf)]), 1, axis=0)
    rest = np.asarray(np.where(outcomes == two[0], two[1], two[0]), float)  # the best of the others
    stopped, gone_on = np.minimum(rest, held_[:, None]), np.minimum(rest, ends)
    return (stopped - gone_on).mean(axis=1), (ends < stopped).mean(axis=1)


def _loss_at(curve: Curve, x: float) -> float:
    """The level that a curve had at an x."""
    n = int(curve.x.searchsorted(x, side="right"))
    last = losses(curve)[max(0, n - 3) : n].tolist()
    return float(np.median(last)) if last else np.inf
