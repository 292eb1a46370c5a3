"""A forecaster as a value, and what every one does around its own formula.

It keeps the finite points, refuses thin evidence, stays within a metric's bounds, and answers once a curve.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import LEVELS, Array, BadInput, Card, Curve, Forecast, FrozenMap, Schedule, Undecided
from forerun.core.metrics import bounds
from forerun.forecast.postprocess.within import within

_LARGEST = 1e100  # squares must stay within float64

State = dict[str, Any]
"""What a forecaster knows, as JSON can carry it."""


@dataclass(frozen=True)
class Sibling:
    """A run of the same task as one that is forecast, and over.

    Args:
        run: its id.
        curve: all of it, of the same metric on the same axis; it may have been stopped early.
        schedule: its learning rate, where logged.
    """

    run: str
    curve: Curve
    schedule: Schedule | None = None


@dataclass(frozen=True)
class Request:
    """What is asked of a method: a curve as far as it is known, and the points to forecast.

    Args:
        x, y: the finite points, (n,) and (n,).
        at: the points to forecast, (m,), increasing, beyond x.
        curve: as it was logged.
        schedule: the planned `Schedule` on the curve's axis, where there is one.
        siblings: runs of the same task that are over, in any order.
    """

    x: Array
    y: Array
    at: Array
    curve: Curve
    schedule: Schedule | None = None
    siblings: Sequence[Sibling] = ()

    @property
    def sign(self) -> float:
        """1 where higher is better, else -1."""
        return 1.0 if self.curve.direction == "max" else -1.0


@dataclass(frozen=True)
class Fan:
    """Quantiles (m, levels) with what else a method says of the points, for a forecast's ``events``.

    One that leaned on siblings says so there: ``leaned_on`` as `leaned_on` makes it, and, where it can tell, ``alone``,
    the median at the last point that it would have given without them.
    """

    quantiles: Array
    events: Mapping[str, Any] = field(default_factory=dict[str, Any])


def leaned_on(siblings: Sequence[Sibling], weights: ArrayLike) -> dict[str, dict[str, float]]:
    """For ``events``: the share that each sibling had in what was made of them, largest first; nothing where none had.

    Args:
        weights: one a sibling, from 0 on, in any unit.

    Example:
        >>> a, b = (Sibling(name, Curve([1, 2], [2.0, 1.0], metric="loss")) for name in "ab")
        >>> leaned_on([a, b], [1.0, 3.0]), leaned_on([a, b], [0.0, 0.0])
        ({'leaned_on': {'b': 0.75, 'a': 0.25}}, {})
    """
    weighed: dict[str, float] = {}
    for one, weight in zip(siblings, np.asarray(weights, np.float64).tolist(), strict=True):
        weighed[one.run] = weighed.get(one.run, 0.0) + weight
    total = math.fsum(weighed.values())
    ranked = sorted(weighed, key=lambda run: (-weighed[run], run))
    shares = {run: weighed[run] / total for run in ranked if weighed[run] > 0}
    return {"leaned_on": shares} if shares else {}


Answer = Array | Fan | Undecided
"""Quantiles (m, levels) in the metric's unit at `LEVELS`, or why there are none."""


@dataclass(frozen=True)
class Finished:
    """Complete curves to learn from, one entry a curve in each field.

    Args:
        curves: whole, with their ends.
        groups: what weighs the same, for example sources.
        tasks: told apart within a group.
        schedules: the planned `Schedule` of each, or None.
    """

    curves: Sequence[Curve]
    groups: Sequence[str]
    tasks: Sequence[str]
    schedules: Sequence[Schedule | None]

    def only(self, which: Sequence[bool]) -> Finished:
        """Some of the curves."""
        places = [i for i, keep in enumerate(which) if keep]
        curves, schedules = [self.curves[i] for i in places], [self.schedules[i] for i in places]
        return Finished(curves, [self.groups[i] for i in places], [self.tasks[i] for i in places], schedules)


@dataclass(frozen=True)
class Forecaster:
    """A method that says where curves are heading.

    Args:
        card: its data sheet.
        version: changes when its answers do.
        quantiles: its formula: from its state and the curves that can be spoken on, an answer for each.
        least: fewest finite points it can speak on; below, the answer is `Undecided`.
        default: its state as shipped.
        learn: its state from complete curves; None where it learns nothing, and the state stays as shipped.
        heeds_siblings: whether the runs beside a run that are over matter to it.
        shipped: the file in ``weights/`` that its state as shipped comes from.
        bounded: quantiles are kept where the metric must stay (`forerun.core.metrics.bounds`).

    Example:
        >>> from forerun.forecast import FORECASTERS
        >>> method = FORECASTERS.load("last_value")
        >>> (answer,) = method.predict(method.default(), [Curve([1, 2, 3, 4], [2, 2, 2, 2], metric="loss")], [[8]])
        >>> answer.median
        2.0
    """

    card: Card
    version: str
    quantiles: Callable[[State, Sequence[Request]], Sequence[Answer]]
    least: int
    default: Callable[[], State] = dict
    learn: Callable[[Finished], State] | None = None
    heeds_siblings: bool = False
    shipped: str = ""
    bounded: bool = True

    def fit(
        self,
        curves: Sequence[Curve],
        groups: Sequence[str] | None = None,
        *,
        tasks: Sequence[str] | None = None,
        schedule: Sequence[Schedule | None] | None = None,
    ) -> State:
        """The state after learning from complete curves.

        Args:
            curves: whole, with their ends.
            groups: a name a curve; groups weigh the same. Default: one group.
            tasks: a name a curve, told apart within a group. Default: the groups.
            schedule: the planned `Schedule` of each curve, or None.

        Raises:
            BadInput: nothing can be learned from these curves.
        """
        if self.learn is None:
            return self.default()
        group = ["all"] * len(curves) if groups is None else list(groups)
        task = group if tasks is None else list(tasks)
        return self.learn(Finished(curves, group, task, _plans(schedule, len(curves))))

    def predict(
        self,
        state: State,
        curves: Sequence[Curve],
        at: Sequence[ArrayLike],
        *,
        schedule: Sequence[Schedule | None] | None = None,
        siblings: Sequence[Sequence[Sibling]] | None = None,
    ) -> list[Forecast | Undecided]:
        """One answer a curve.

        Args:
            state: from `default` or `fit`.
            curves: as far as they are known; only their finite points count.
            at: for each curve the points to forecast, increasing, beyond its last.
            schedule: the planned `Schedule` of each curve, or None.
            siblings: for each curve the runs beside it that are over.

        Raises:
            BadInput: points that do not lie beyond the curve, or not one array of points a curve.
        """
        if len(curves) != len(at):
            raise BadInput(f"{len(curves)} curves but points asked for {len(at)}", where=f"forecaster {self.name!r}")
        beside = [()] * len(curves) if siblings is None else siblings
        checked = [
            self._request(curve, np.atleast_1d(np.asarray(points, dtype=np.float64)), plan, others)
            for curve, points, plan, others in zip(curves, at, _plans(schedule, len(curves)), beside, strict=True)
        ]
        with np.errstate(over="ignore", under="ignore"):
            answers = iter(self.quantiles(state, [one for one in checked if isinstance(one, Request)]))
        return [one if isinstance(one, Undecided) else self._forecast(one, next(answers)) for one in checked]

    @property
    def name(self) -> str:
        """The name on its card."""
        return self.card.name

    def _request(
        self, curve: Curve, at: Array, plan: Schedule | None, siblings: Sequence[Sibling]
    ) -> Request | Undecided:
        """What may be used of a curve, or why it cannot be spoken on."""
        finite = np.isfinite(curve.y)
        x, y = curve.x[finite], curve.y[finite]
        if len(curve) and not finite[-1]:
            last = f"the last value of {curve.metric} is {curve.y[-1]}"
            return Undecided(last, "a finite value: the run has diverged, or is yet to recover")
        if x.size < self.least:
            return Undecided(f"{self.name}: {x.size} finite points of {curve.metric} seen", f"at least {self.least}")
        if not np.isfinite(at).all() or at[0] <= curve.x[-1] or (np.diff(at) <= 0).any():
            raise BadInput(
                f"points asked must increase and lie beyond the last one seen, x={curve.x[-1]:g}, but are {at[:3]} ...",
                where=f"forecast of {curve.metric}",
            )
        if np.abs(y).max() > _LARGEST:
            return Undecided(
                f"{curve.metric} reaches {np.abs(y).max():.3g}", f"values below {_LARGEST:g}: the run has diverged"
            )
        return Request(x, y, at, curve, plan if plan is not None and plan.axis == curve.axis else None, siblings)

    def _forecast(self, request: Request, answer: Answer) -> Forecast | Undecided:
        """The forecast that quantiles make, within the metric's bounds."""
        if isinstance(answer, Undecided):
            return answer
        fan = answer if isinstance(answer, Fan) else Fan(answer)
        curve, q = request.curve, fan.quantiles
        if not np.isfinite(q).all():
            return Undecided(f"{self.name}: {curve.metric} leaves the range of float64", "values of moderate size")
        if self.bounded:
            q = within(q, request.y, *bounds(curve.metric, request.y))
        return Forecast(
            curve.metric, curve.axis, curve.direction, float(curve.x[-1]), request.at, LEVELS, q, self.name,
            self.version, events=FrozenMap(fan.events),
        )  # fmt: skip


def each(quantiles: Callable[[Request], Answer]) -> Callable[[State, Sequence[Request]], list[Answer]]:
    """The formula of a method that knows nothing but the curve it is shown, one curve at a time."""

    def every(state: State, requests: Sequence[Request]) -> list[Answer]:
        return [quantiles(one) for one in requests]

    return every


ORIGINS = (0.1, 0.2, 0.4, 0.6, 0.8)
"""Shares of a curve's points at which a forecast is tried when a method learns: those of the backtest."""


def origins(n: int, *, least: int) -> list[int]:
    """How many points of a curve of ``n`` are shown at each origin, at least ``least`` and never all.

    Example:
        >>> origins(20, least=4)
        [4, 8, 12, 16]
    """
    return [k for k in sorted({round(share * n) for share in ORIGINS}) if least <= k < n]


def _plans(schedule: Sequence[Schedule | None] | None, n: int) -> Sequence[Schedule | None]:
    return [None] * n if schedule is None else schedule
