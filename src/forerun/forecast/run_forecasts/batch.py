"""Where a metric of every run is heading; all runs are forecast in one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isclose
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.core import (
    SHOWN_LEVELS,
    Array,
    Curve,
    Forecast,
    FrozenMap,
    Run,
    RunForecast,
    Schedule,
    Undecided,
    UnknownName,
    part,
)
from forerun.core.display import place
from forerun.core.metrics import may_be_density
from forerun.core.settings import resolved
from forerun.forecast import FORECASTERS
from forerun.forecast.forecaster import Sibling
from forerun.forecast.postprocess import coverage
from forerun.forecast.postprocess.calibration import Calibration
from forerun.forecast.postprocess.chances import best_so_far, chances
from forerun.forecast.postprocess.fan import as_one
from forerun.forecast.postprocess.passing import in_passing
from forerun.forecast.run_forecasts.basis import Basis, bases_of, is_forecast
from forerun.forecast.run_forecasts.ends import End
from forerun.forecast.run_forecasts.planning import plan_of
from forerun.stats import scores

METHOD = "auto"
"""The default forecaster: the one with the best mean skill in evidence/forecast."""
FAN_POINTS = 24
_BATCH = 500  # curves forecast at once, so that a batch of any size fits into memory
_EARLIER = (0.6, 0.8)  # shares of the points seen from which a settled forecast's forerunners are made
OF = ("value", "best")


@dataclass(frozen=True)
class ForecastSetup:
    """What forecasts of runs are made with: the method, the runs beside, what is aimed at, and where runs end.

    Args:
        method: a forecaster's name. One that heeds siblings is shown runs of `beside` (`Siblings.nearest`).
        beside: the runs read together with those that are forecast.
        assumed_ends: ends assumed at an earlier look, by run and metric, which hold until a run has come there.
        bases: of every run and metric, where runs are forecast a part at a time and were looked at together before.
        calibration, of, settled, target, alone: as in `predict`.
    """

    method: str = METHOD
    beside: Sequence[Run] = ()
    calibration: Calibration | None = None
    of: str = "value"
    settled: bool = False
    target: float | None = None
    assumed_ends: Mapping[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    bases: Mapping[tuple[str, str], Basis] | None = None
    alone: bool = False

    def __post_init__(self) -> None:
        if self.of not in OF:
            raise UnknownName("kind of forecast", self.of, OF)

    def bases_of(self, pairs: Sequence[tuple[Run, str]], at: float | None) -> list[Basis]:
        """What the forecast of each run's metric rests on."""
        if self.bases is not None:
            return [self.bases[run.id, name] for run, name in pairs]
        alone = self.alone or not FORECASTERS.load(self.method).heeds_siblings
        return bases_of(pairs, self.beside, at=at, before=self.assumed_ends, alone=alone)


def run_forecasts(pairs: Sequence[tuple[Run, str]], at: float | None, setup: ForecastSetup) -> list[RunForecast]:
    """The forecast of each run and metric, all made together."""
    bases = setup.bases_of(pairs, at)
    queries = [
        Query(
            run.curves[name],
            basis.end.at,
            plan_of(run),
            passing=basis.end.by == "assumed",
            target=resolved(run.settings, name, target=setup.target).target,
            siblings=basis.siblings,
        )
        for (run, name), basis in zip(pairs, bases, strict=True)
        if is_forecast(run, at)
    ]
    answers = iter(answered(queries, setup))
    return [
        _run_forecast(run, name, basis.end, setup, next(answers) if is_forecast(run, at) else _OVER)
        for (run, name), basis in zip(pairs, bases, strict=True)
    ]


_OVER = Undecided("the run has reached its planned end", "--at beyond it, to forecast further")


def _run_forecast(run: Run, name: str, end: End, setup: ForecastSetup, answer: Forecast | Undecided) -> RunForecast:
    curve = run.curves[name]
    finite = curve.y[np.isfinite(curve.y)]
    status = "finished" if answer is _OVER else "forecast" if isinstance(answer, Forecast) else "undecided"
    return RunForecast(
        run=run.id, metric=name, axis=curve.axis, origin=float(curve.x[-1]), at=float(end.at), assumed=end.assumed,
        method=setup.method, status=status, last=float(finite[-1]) if finite.size else None, answer=answer,
        source=run.source, task=run.task, end_by=end.by,
    )  # fmt: skip


@dataclass(frozen=True)
class Query:
    """A curve to be forecast at `FAN_POINTS` points up to `end`."""

    curve: Curve
    end: float
    schedule: Schedule | None = None
    passing: bool = False  # nothing tells that the run ends there
    target: float | None = None
    siblings: tuple[Sibling, ...] = ()

    def points(self) -> Array:
        """From just beyond the curve to the end, denser near the curve."""
        last = float(self.curve.x[-1]) if len(self.curve) else 0.0
        return last + (self.end - last) * np.linspace(0.0, 1.0, FAN_POINTS + 1)[1:] ** 1.5

    def beyond(self) -> bool:
        return not len(self.curve) or self.end > self.curve.x[-1]

    def earlier(self, share: float) -> Query:
        """The same as it was when a share of the points was seen."""
        return replace(self, curve=part(self.curve, slice(0, round(share * len(self.curve)))))


def answered(queries: Sequence[Query], setup: ForecastSetup) -> list[Forecast | Undecided]:
    """What the method says to each, with coverage, chances and expectations."""
    ahead = [one for one in queries if one.beyond()]
    latest = _raw_answers(ahead, setup)
    if setup.settled:
        before = [_raw_answers([one.earlier(share) for one in ahead], setup) for share in _EARLIER]
        latest = [_settled(now, then) for now, then in zip(latest, zip(*before, strict=True), strict=True)]
    answers = iter(latest)
    return [_complete(one, next(answers), setup) if one.beyond() else _behind(one) for one in queries]


def _behind(query: Query) -> Undecided:
    axis = query.curve.axis
    end, last = (place(x, axis) for x in (query.end, float(query.curve.x[-1])))
    return Undecided(f"{axis} {end} is not beyond the last one logged, {last}", f"--at beyond {last}")


def _raw_answers(queries: Sequence[Query], setup: ForecastSetup) -> list[Forecast | Undecided]:
    """The method's own answers, a batch at a time."""
    member = FORECASTERS.load(setup.method)
    answers: list[Forecast | Undecided] = []
    for start in range(0, len(queries), _BATCH):
        batch = queries[start : start + _BATCH]
        answers += member.predict(
            member.default(),
            [one.curve for one in batch],
            [one.points() for one in batch],
            schedule=[one.schedule for one in batch],
            siblings=[one.siblings for one in batch],
        )
    return answers


def _settled(now: Forecast | Undecided, then: Sequence[Forecast | Undecided]) -> Forecast | Undecided:
    """The answer, unless a forecast made earlier for the same end had its median outside of its 80% interval."""
    if isinstance(now, Undecided):
        return now
    medians = [one.median for one in then if isinstance(one, Forecast)]
    if len(medians) == len(then) and all(now.low <= median <= now.high for median in medians):
        return now
    moved = ", ".join(f"{median:.4g}" for median in medians) or "nothing yet"
    why = f"forecasts have not settled: {moved} before, {now.low:.4g} to {now.high:.4g} now"
    return Undecided(why, "more points, or a forecast without --settled")


def _complete(query: Query, raw: Forecast | Undecided, setup: ForecastSetup) -> Forecast | Undecided:
    if isinstance(raw, Undecided):
        return raw
    curve, answer = query.curve, raw
    if query.passing and setup.method == METHOD:
        answer = in_passing(curve, answer)
    if setup.calibration is not None:
        answer = setup.calibration.applied(curve, answer)
    finite = curve.y[np.isfinite(curve.y)]
    answer = replace(answer, quantiles=as_one(answer.quantiles, float(np.median(finite[-3:]))))
    events = coverage.measured(answer) | chances(curve, answer) | _unbounded(curve)
    if query.target is not None:
        events |= _reaching(curve, answer, query.target)
    shown = best_so_far(curve, answer) if setup.of == "best" else answer
    if not isclose(shown.median, raw.median, rel_tol=1e-9):  # moved since, so that no other median compares with it
        answer = replace(
            answer, events=FrozenMap({name: one for name, one in answer.events.items() if name != "alone"})
        )
    return replace(shown, events=FrozenMap({**events, **answer.events}))


def _unbounded(curve: Curve) -> dict[str, str]:
    """What is said where a positive loss may yet fall below zero."""
    finite = curve.y[np.isfinite(curve.y)]
    free = curve.direction == "min" and may_be_density(curve.metric) and bool((finite > 0).all())
    return {"bounds": "none: it may be the logarithm of a density, which can fall below zero"} if free else {}


def _reaching(curve: Curve, forecast: Forecast, target: float) -> dict[str, Any]:
    """P(target reached by the last point) and the x by which it is reached with chance 10, 50 and 90%.

    A fan holds one distribution a point and not their joint one, so the chance to have reached the target by a point
    is bounded from below by the largest chance of being beyond it at any point up to there; that bound is given.
    """
    sign = 1.0 if curve.direction == "max" else -1.0
    reached = sign * curve.y[np.isfinite(curve.y)]
    if (reached >= sign * target).any():
        x = float(curve.x[np.isfinite(curve.y)][np.argmax(reached >= sign * target)])
        return {"target": target, "p_target": 1.0, "reach": {"0.1": x, "0.5": x, "0.9": x}}
    below = scores.cdf(forecast.levels, forecast.quantiles, target)
    chance = np.maximum.accumulate(below if curve.direction == "min" else 1.0 - below)
    reach = {str(p): _first(forecast.at, chance >= p) for p in (0.1, 0.5, 0.9)}
    return {"target": target, "p_target": float(chance[-1]), "reach": reach}


def _first(at: Array, reached: NDArray[np.bool_]) -> float | dict[str, str]:
    return float(at[np.argmax(reached)]) if reached.any() else {"undefined": "not by the end of the forecast"}


def shown_quantiles(forecast: Forecast) -> Mapping[str, float]:
    """The quantiles people are shown at the forecast's last point, by level."""
    q = scores.at_levels(forecast.levels, forecast.quantiles[-1:], np.array(SHOWN_LEVELS))[0]
    return {f"{level:g}": float(value) for level, value in zip(SHOWN_LEVELS, q, strict=True)}
