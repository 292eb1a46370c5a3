"""What policies that change the learning rate share: what they go by, and how a rate goes on from here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Curve, Decision, Range, RateChange, Schedule, Table, Undecided
from forerun.core.display import number, place
from forerun.core.situation import RunSituation, Situation
from forerun.decide.beside import ONGOING, others
from forerun.laws.design import RateGain, rate_gain
from forerun.schedules import value_held

SURE = 0.975
"""Chance from which a gain's sign is told; ours, the usual two-sided 5%."""
_ALIKE = 0.02  # of the loss, within which a run beside stood where this one did: ours, seeds differ by less
_SAME_PEAK = 0.02  # as laws along a path
_SAME_RATE = 1e-3  # of the rate now, within which it is still the same
_NODES = 400
_MOST = 2000  # nodes of a logged path that a decision carries: ours


@dataclass(frozen=True)
class Steered:
    """A run whose learning rate can be judged.

    Args:
        run: its id.
        one: its situation.
        plan: its rate, past and planned, over steps.
        table: what a law is told: this run and those that went its way.
        now: the last step logged. rate: the learning rate there. end: the planned end.
    """

    run: str
    one: RunSituation
    plan: Schedule
    table: Table
    now: float
    rate: float
    end: float

    def gain(self, planned: Schedule, other: Schedule) -> RateGain | Undecided:
        """By how much the other rate would end lower."""
        return rate_gain(self.table, self.run, planned, other)

    def as_planned(self) -> Schedule:
        """The rate up to the planned end; where it is not known, it is held."""
        return self.plan.then(_path(self.plan, self.now, self.end), at=self.now)

    def stays(self, until: float, cooldown: float, factor: float = 1.0) -> Schedule:
        """From now on at the rate it has, or a factor of it, and down to 0 over the last steps."""
        rate, steps = factor * self.rate, until - self.now
        rest = {"peak": rate, "steps": steps}
        ahead = Schedule("wsd", rest | {"cooldown": cooldown}) if cooldown else Schedule("constant", rest)
        return self.plan.then(ahead, at=self.now)

    def cooldown(self) -> float:
        """How many of the planned steps to come it falls; 0 where it is planned to stay."""
        ahead = np.linspace(self.now, self.end, _NODES)
        falls = value_held(self.plan, ahead) < (1.0 - _SAME_RATE) * self.rate
        return self.end - float(ahead[max(int(np.argmax(falls)) - 1, 0)]) if falls.any() else 0.0

    def is_cooling(self) -> bool:
        """Whether the rate has left its peak for good."""
        past = value_held(self.plan, np.linspace(0.0, self.now, _NODES))
        return self.rate < 0.5 * float(past.max())


def steered(situation: Situation, run: str) -> Steered | Undecided:
    """The run as a law reads it.

    Returns:
        `Undecided` of a run that has no learning rate or no planned end in steps, or no loss.
    """
    one = situation.runs[run]
    curve, plan = one.curve, one.plan
    if not len(curve):
        return Undecided("nothing was logged", "a loss")
    if curve.direction != "min" or not (curve.y[np.isfinite(curve.y)] > 0).all():
        return Undecided(f"{curve.metric} is no positive loss, which laws of the learning rate speak of", "a loss")
    if plan is None or plan.axis != curve.axis or curve.axis != "step":
        return Undecided("its learning rate over steps is not known", "the learning rate, logged at steps")
    now = float(curve.x[-1])
    if one.end is None or one.end <= now:
        return Undecided("where it is to end is not known, or behind it", "a planned end")
    rate = float(value_held(plan, np.array([now]))[0])
    if not rate > 0:
        return Undecided("its learning rate is 0", "a rate above 0")
    return Steered(run, one, _short(plan), _told(situation, run, plan), now, rate, float(one.end))


def changed(of: Steered, gain: RateGain, change: RateChange, reason: str, undo: str, policy: str) -> Decision:
    """A change that is advised, with what it gains and what it takes until its end."""
    end = float(change.schedule.end) if change.schedule is not None else of.end
    reasons = (reason, _says(of, gain), *([] if gain.has_cooldown else [_NO_COOLDOWN]))
    return Decision("change", reasons, _named(of, gain.gain), _cost(of, end), undo, policy, change)


def unchanged(of: Steered, gain: RateGain, reason: str, policy: str) -> Decision:
    """Going on as planned, where the other would end higher; the gain is that of going on."""
    back = Range(-gain.gain.estimate, -gain.gain.high, -gain.gain.low, gain.gain.unit)
    return Decision("continue", (reason, _says(of, gain)), _named(of, back), _cost(of, of.end), ONGOING, policy)


def open_between(of: Steered, gain: RateGain) -> Undecided:
    """The law cannot tell which ends lower."""
    needs = "more steps" if gain.has_cooldown else "a run of this model and peak rate that has cooled down"
    return Undecided(f"the law cannot tell: {_says(of, gain)}", needs)


def is_sure(gain: RateGain) -> bool:
    """Whether the sign is told."""
    return max(gain.chance, 1.0 - gain.chance) >= SURE


_NO_COOLDOWN = (
    "no run beside has cooled down: both more steps and the fall speak for it, how much the fall gives is a guess"
)


def _says(of: Steered, gain: RateGain) -> str:
    one = gain.gain
    low, high = (one.low, one.high) if one.estimate >= 0 else (-one.high, -one.low)
    way = "lower" if one.estimate >= 0 else "higher"
    ends = f"80%: {number(low)} to {number(high)}"
    return f"{of.one.curve.metric} would end {number(abs(one.estimate))} {way} ({ends}) by the multi-power law"


def _named(of: Steered, gain: Range) -> Range:
    return Range(gain.estimate, gain.low, gain.high, of.one.curve.metric)


def _cost(of: Steered, end: float) -> Range | None:
    """Hours or money up to an end, where the log has a clock; else steps."""
    left, one = end - of.now, of.one
    if one.seconds_left is None:
        return Range(left, left, left, one.curve.axis)
    hours = one.seconds_left / 3600.0 * left / (of.end - of.now)
    spent, unit = (hours, "hours") if one.cost_per_hour is None else (hours * one.cost_per_hour, "cost")
    return Range(spent, spent, spent, unit)


def _short(plan: Schedule) -> Schedule:
    """A logged path without the nodes at which nothing changes, and with `_MOST` at most: it goes into journals."""
    if plan.name not in ("path", "knots"):
        return plan
    x, rate = (np.asarray(plan.params[name], dtype=np.float64) for name in ("x", "value"))
    turns = np.ones(x.size, bool)
    turns[1:-1] = (rate[1:-1] != rate[:-2]) | (rate[1:-1] != rate[2:])
    kept = np.flatnonzero(turns)
    kept = kept[np.unique(np.linspace(0, kept.size - 1, _MOST).round().astype(int))] if kept.size > _MOST else kept
    return plan.with_params(x=x[kept], value=rate[kept])


def _path(plan: Schedule, now: float, end: float) -> Schedule:
    """What is planned from now on, counted from now."""
    x = np.linspace(now, end, _NODES)
    return Schedule("knots", {"x": x - now, "value": value_held(plan, x)})


def _told(situation: Situation, run: str, plan: Schedule) -> Table:
    """The run, and those beside it that went the same way: of its peak, with its loss where they left it."""
    own = situation.runs[run].curve
    curves, peak, beside = [(run, own, plan)], _peak(plan, own), others(situation, run)
    for name, other in situation.runs.items():
        its = other.plan
        if its is None or its.axis != "step" or not any(other is one for one in beside):
            continue
        same = abs(_peak(its, other.curve) / peak - 1.0) <= _SAME_PEAK
        if same and _went_along(own, plan, other.curve, its):
            curves.append((name, other.curve, its))
    rows = [(name, x, float(rate), y) for name, curve, its in curves for x, rate, y in _points(curve, its)]
    columns: dict[str, Array | list[str]] = {"run": [row[0] for row in rows]}
    for i, column in enumerate(("step", "rate", "y"), 1):
        columns[column] = np.array([row[i] for row in rows], dtype=np.float64)
    return Table(columns)


def _points(curve: Curve, plan: Schedule) -> list[tuple[float, float, float]]:
    after = curve.x > 0
    x, y = curve.x[after], curve.y[after]
    return list(zip(x.tolist(), value_held(plan, x).tolist(), y.tolist(), strict=True))


def _peak(plan: Schedule, curve: Curve) -> float:
    return float(np.nanmax(value_held(plan, np.linspace(0.0, float(curve.x[-1]), _NODES))))


def _went_along(own: Curve, plan: Schedule, other: Curve, its: Schedule) -> bool:
    """Whether another stood where this run did while their rates were one; where it was logged only after they parted,
    at its first step.
    """
    both = (other.x >= own.x[0]) & (other.x <= own.x[-1]) & (other.x > 0)
    if not both.any():
        return False
    x, y = other.x[both], other.y[both]
    rate = value_held(plan, x)
    along = np.abs(value_held(its, x) - rate) <= _SAME_RATE * rate
    last = float(x[along][-1]) if along.any() else float(x[0])
    late = along & (x >= 0.5 * last) if along.any() else x == last  # early losses fall too fast to be held together
    apart = np.abs(y[late] / np.interp(x[late], own.x, own.y) - 1.0)
    return bool(np.nanmedian(apart) <= _ALIKE)


def when(step: float) -> str:
    """A step in words."""
    return f"step {place(step, 'step')}"
