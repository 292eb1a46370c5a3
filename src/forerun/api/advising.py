"""`advise`: what to do with every run, from its forecast and findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import overload

import numpy as np

from forerun.api.choosing import check_metrics, known_metric, no_quality, present
from forerun.api.forecasting import METHOD, Way, ahead_of, run_forecasts
from forerun.api.reading import Where, project_of, runs_of
from forerun.api.scanning import found_in, quality_of
from forerun.core import (
    Answers,
    BadInput,
    Budget,
    Curve,
    Decision,
    Finding,
    Run,
    RunDecision,
    RunForecast,
    Runs,
    Undecided,
    UnknownName,
)
from forerun.core.standing import Standing, standing
from forerun.decide import POLICIES, RunSituation, Situation
from forerun.forecast.postprocess.calibration import Calibration
from forerun.monitor import DETECTORS


@overload
def advise(
    what: Curve,
    *,
    at: float,
    policy: str = "auto",
    target: float | None = None,
    method: str = METHOD,
    detector: str | Sequence[str] = (),
    calibration: Calibration | None = None,
    budget: Budget | None = None,
) -> Decision | Undecided: ...
@overload
def advise(
    what: Run | Iterable[Run] | Where,
    *,
    policy: str = "auto",
    metric: str | None = None,
    at: float | None = None,
    target: float | None = None,
    method: str = METHOD,
    detector: str | Sequence[str] = (),
    cost_per_hour: float | None = None,
    calibration: Calibration | None = None,
    budget: Budget | None = None,
    progress: Callable[[list[Run]], Iterable[Run]] = lambda runs: runs,
) -> Answers[RunDecision]: ...
def advise(
    what: Curve | Run | Iterable[Run] | Where,
    *,
    policy: str = "auto",
    metric: str | None = None,
    at: float | None = None,
    target: float | None = None,
    method: str = METHOD,
    detector: str | Sequence[str] = (),
    cost_per_hour: float | None = None,
    calibration: Calibration | None = None,
    budget: Budget | None = None,
    progress: Callable[[list[Run]], Iterable[Run]] = lambda runs: runs,
) -> Decision | Undecided | Answers[RunDecision]:
    """What to do with every run, with reasons, expected gain and cost. Nothing is done to any run.

    Args:
        what: a curve, a run, several, or a path to read.
        policy: a policy's name. It is handed all runs at once.
        metric: what runs are judged by; default what ``forerun.toml`` says, else the most important one they have.
        at, target, method, calibration: as in `predict`.
        detector: as in `scan`.
        cost_per_hour: turns hours left into a cost.
        budget: what may still be spent on all runs together; for policies that heed one.
        progress: wraps the runs, for a progress bar.

    Returns:
        For a curve, a decision or why there is none; for runs `Answers`, a `RunDecision` a run.

    Raises:
        UnknownName: no such policy, method or detector, or no run has the metric or counts in the budget's unit.
        BadInput: a budget for a policy that heeds none, or ``at`` is not beyond a curve's last x.

    Example:
        >>> curve = Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
        >>> advise(curve, at=125).action, advise(Run("r", {"loss": curve}, "example"))["r"].answer.action
        ('continue', 'continue')
    """
    if isinstance(what, Curve):
        at, metric = ahead_of(what, at, "advise"), what.metric
        what = Run("", {metric: what}, "curve")
        return advise(
            what, policy=policy, metric=metric, at=at, target=target, method=method, detector=detector,
            calibration=calibration, budget=budget,
        )[0].answer  # fmt: skip
    runs, project = runs_of(what), project_of(what)
    check_metrics(runs, [metric] if metric else [])
    way = Way(method, runs, calibration, target=project.target if target is None else target)
    chosen = metric or next(iter(known_metric(project.metric, runs)), None)
    examined = examine(runs, way, metric=chosen, at=at, detector=detector, progress=progress)
    cost = project.cost_per_hour if cost_per_hour is None else cost_per_hour
    decided = decide(examined, policy=policy, target=way.target, cost_per_hour=cost, budget=budget)
    return Answers(tuple(map(run_decision, decided)), Runs(tuple(runs)))


def _open() -> Undecided:
    return Undecided("no policy was asked", "a policy")


@dataclass(frozen=True)
class Look:
    """Everything said of one run.

    Args:
        run: the run.
        forecast: of the metric the decision is about; None when the run has no metric that measures quality.
        findings: on every metric that measures quality, in order of alarm.
        decision: what to do, or why that cannot be said.
        standing: the best value of the metric the decision is about, where it lies and what has come since; None where
            there is none.
    """

    run: Run
    forecast: RunForecast | None
    findings: tuple[Finding, ...]
    decision: Decision | Undecided = field(default_factory=_open)
    standing: Standing | None = None


def run_decision(look: Look) -> RunDecision:
    """The decision on a run, with what it rests on."""
    metric = None if look.forecast is None else look.forecast.metric
    undecided = "undecided" if isinstance(look.decision, Undecided) else "decided"
    status = "finished" if look.run.status == "finished" else undecided
    return RunDecision(look.run.id, metric, status, look.decision, look.forecast, look.findings, look.standing)


_UNDECIDED = "cannot say"
_URGENCY = ("stop", "ask", "roll back", "change", "fork", "resume", "continue", _UNDECIDED, "leave")


def urgency(decision: Decision | Undecided) -> int:
    """How soon a person should look at it; smaller is sooner. What cannot be said comes before what may be left.

    Example:
        >>> _URGENCY.index("continue") < urgency(Undecided("2 points seen", "4")) < _URGENCY.index("leave")
        True
    """
    return _URGENCY.index(decision.action if isinstance(decision, Decision) else _UNDECIDED)


def looks(
    runs: Sequence[Run],
    way: Way,
    *,
    policy: str = "auto",
    metric: str | None = None,
    at: float | None = None,
    cost_per_hour: float | None = None,
    budget: Budget | None = None,
) -> list[Look]:
    """Forecast, scan and advise on runs, each done once; arguments as in `advise`.

    Example:
        >>> curve = Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
        >>> (look,) = looks([Run("r", {"loss": curve}, "example")], Way())
        >>> look.forecast.answer.at.size, look.findings, look.decision.action
        (24, (), 'continue')
    """
    examined = examine(runs, way, metric=metric, at=at)
    return decide(examined, policy=policy, target=way.target, cost_per_hour=cost_per_hour, budget=budget)


def examine(
    runs: Sequence[Run],
    way: Way,
    *,
    metric: str | None = None,
    at: float | None = None,
    detector: str | Sequence[str] = (),
    progress: Callable[[list[Run]], Iterable[Run]] = lambda runs: runs,
) -> list[Look]:
    """What a decision rests on: forecast, findings and standing of each run, not yet decided on.

    Runs may be examined a part at a time; a policy is to be handed all of them.
    """
    names = [next(iter(present(run, [metric] if metric else [])), None) for run in runs]
    pairs = [(run, name) for run, name in zip(runs, names, strict=True) if name is not None]
    forecasts = iter(run_forecasts(pairs, at, way))
    detectors = [detector] if isinstance(detector, str) else list(detector) or DETECTORS.working()
    examined: list[Look] = []
    for run, name in zip(progress(list(runs)), names, strict=True):
        findings = tuple(found_in(quality_of(run, name), detectors, None))
        if name is None:
            examined.append(Look(run, None, findings, no_quality(run)))
        else:
            examined.append(Look(run, next(forecasts), findings, standing=standing(run.curves[name])))
    return examined


def decide(
    examined: Sequence[Look],
    *,
    policy: str = "auto",
    target: float | None = None,
    cost_per_hour: float | None = None,
    budget: Budget | None = None,
) -> list[Look]:
    """The same with a decision each: the policy is handed all of them at once.

    Raises:
        UnknownName: no such policy, or no run counts in the budget's unit.
        BadInput: a budget for a policy that heeds none.
    """
    member = POLICIES.load(policy)
    if budget is not None:
        _check_budget(budget, examined)
        if not member.heeds_budget:
            raise BadInput(f"the policy {policy!r} decides on every run alone and heeds no budget", where="budget")
    situations = {
        look.run.id: _situation(look, target, cost_per_hour) for look in examined if look.forecast is not None
    }
    decisions = member.decide(Situation(situations, budget))
    return [_decided(look, decisions, policy) for look in examined]


def _check_budget(budget: Budget, examined: Sequence[Look]) -> None:
    axes = dict.fromkeys(look.forecast.axis for look in examined if look.forecast is not None)
    if budget.unit not in ("hours", "cost", *axes):
        raise UnknownName("unit", budget.unit, ["hours", "cost", *axes], where="budget")


def _decided(look: Look, decisions: Mapping[str, Decision | Undecided], policy: str) -> Look:
    if look.forecast is None:
        return look
    silent = Undecided(f"the policy {policy!r} left this run out", "another policy")
    return replace(look, decision=decisions.get(look.run.id, silent))


def _situation(look: Look, target: float | None, cost_per_hour: float | None) -> RunSituation:
    forecast = look.forecast
    assert forecast is not None
    curve = look.run.curves[forecast.metric]
    return RunSituation(
        curve=curve,
        forecast=forecast.answer,
        findings=look.findings,
        finished=forecast.status == "finished",
        target=target,
        seconds_left=_seconds_left(look.run, curve, forecast.at),
        cost_per_hour=cost_per_hour,
        status=look.run.status,
        standing=look.standing,
    )


def _seconds_left(run: Run, curve: Curve, at: float) -> float | None:
    """Wall time to ``at`` at the median pace so far; None where the log has no clock."""
    columns = run.positions.columns
    if "seconds" not in columns or curve.axis not in columns or at <= curve.x[-1]:
        return None
    x, seconds = columns[curve.axis], columns["seconds"]
    both = np.isfinite(x) & np.isfinite(seconds)
    dx, dt = np.diff(x[both]), np.diff(seconds[both])
    forward = (dx > 0) & (dt > 0)
    return float(np.median(dt[forward] / dx[forward]) * (at - curve.x[-1])) if forward.any() else None
