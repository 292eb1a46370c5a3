"""Everything said of runs: forecast, findings and decision, each made once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from forerun.core import (
    BadInput,
    Budget,
    Curve,
    Decision,
    Diagnosis,
    Finding,
    Run,
    RunDecision,
    RunFindings,
    RunForecast,
    Undecided,
    UnknownName,
)
from forerun.core.choosing import no_quality, present, watched_of
from forerun.core.settings import resolved
from forerun.core.standing import Standing, standing
from forerun.decide import POLICIES, Policy, RunSituation, Situation
from forerun.forecast.run_forecasts.batch import ForecastSetup, run_forecasts
from forerun.forecast.run_forecasts.planning import plan_of
from forerun.monitor import Detector, detectors_of
from forerun.monitor.diagnosis import diagnose
from forerun.monitor.watched import findings_in
from forerun.runs.siblings import alike_groups, groups_of
from forerun.session.foresight import foreseen

_GRAD_NORM = re.compile(r"grad(ient)?s?_?norm", re.IGNORECASE)  # its usual names in logs


def _open() -> Undecided:
    return Undecided("no policy was asked", "a policy")


@dataclass(frozen=True)
class Look:
    """Everything said of one run.

    Args:
        run: the run.
        forecast: of the metric the decision is about; None when the run has no metric that measures quality.
        findings: on every metric that a detector reads, in order of alarm.
        decision: what to do, or why that cannot be said.
        standing: the best value of the metric the decision is about, where it lies and what has come since; None where
            there is none.
        seconds_left: wall time to the end that is forecast; None where the log has no clock.
        diagnosis: what the findings come to, in a sentence; None where nobody looked for any.
    """

    run: Run
    forecast: RunForecast | None
    findings: tuple[Finding, ...]
    decision: Decision | Undecided = field(default_factory=_open)
    standing: Standing | None = None
    seconds_left: float | None = None
    diagnosis: Diagnosis | None = None


def run_decision(look: Look) -> RunDecision:
    """The decision on a run, with what it rests on."""
    metric = None if look.forecast is None else look.forecast.metric
    undecided = "undecided" if isinstance(look.decision, Undecided) else "decided"
    status = "finished" if look.run.status == "finished" else undecided
    return RunDecision(look.run.id, metric, status, look.decision, look.forecast, look.findings, look.standing)


def run_findings(look: Look) -> RunFindings:
    """What detectors see in a run, as `scan` says it."""
    metric = None if look.forecast is None else look.forecast.metric
    return RunFindings(look.run.id, metric, no_quality(look.run) if metric is None else look.findings, look.diagnosis)


def looks(
    runs: Sequence[Run],
    setup: ForecastSetup,
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
        >>> (look,) = looks([Run("r", {"loss": curve}, "example")], ForecastSetup())
        >>> look.forecast.answer.at.size, look.findings, look.decision.action
        (24, (), 'continue')
    """
    examined = examine(runs, setup, metric=metric, at=at)
    return decide(
        examined, policy=policy, target=setup.target, cost_per_hour=cost_per_hour, budget=budget, alone=setup.alone
    )


def examine(
    runs: Sequence[Run],
    setup: ForecastSetup,
    *,
    metric: str | None = None,
    at: float | None = None,
    detector: str | Detector | Sequence[str | Detector] = (),
    findings: Callable[[Run], Sequence[Finding]] | None = None,
    progress: Callable[[list[Run]], Iterable[Run]] = lambda runs: runs,
) -> list[Look]:
    """What a decision rests on: forecast, findings and standing of each run, not yet decided on.

    Runs may be examined a part at a time; a policy is to be handed all of them.

    Args:
        detector: those that look, or that have looked.
        findings: what they have seen in a run, where that is known; default what they see in all its points.
    """
    names = [next(iter(present(run, [metric] if metric else [])), None) for run in runs]
    pairs = [(run, name) for run, name in zip(runs, names, strict=True) if name is not None]
    forecasts = iter(run_forecasts(pairs, at, setup))
    detectors = detectors_of(detector)
    examined: list[Look] = []
    for run, name in zip(progress(list(runs)), names, strict=True):
        events = _findings(run, name, detectors) if findings is None else tuple(findings(run))
        points = {curve.metric: len(curve) for curve in watched_of(run, name)}
        diagnosis = diagnose(run, events, points, detectors)
        if name is None:
            examined.append(Look(run, None, events, no_quality(run), diagnosis=diagnosis))
        else:
            curve, forecast = run.curves[name], next(forecasts)
            left = _seconds_left(run, curve, forecast.at)
            stands = standing(curve)
            examined.append(Look(run, forecast, events, standing=stands, seconds_left=left, diagnosis=diagnosis))
    return examined


def decide(
    examined: Sequence[Look],
    *,
    policy: str = "auto",
    target: float | None = None,
    cost_per_hour: float | None = None,
    budget: Budget | None = None,
    alone: bool = False,
) -> list[Look]:
    """The same with a decision each: the policy is handed all of them at once.

    Args:
        alone: whether no run is taken for a training of the same thing as another.

    Raises:
        UnknownName: no such policy, or no run counts in the budget's unit.
        BadInput: a budget for a policy that heeds none.
    """
    if budget is not None:
        _check_unit(budget, examined)
    member = policy_for(policy, budget)
    judged = [look for look in examined if look.forecast is not None]
    metrics = [look.forecast.metric for look in judged if look.forecast]
    groups = [None] * len(judged) if alone else groups_of([look.run for look in judged], metrics)
    alike = alike_groups([look.run for look in judged], groups)
    situations = {
        look.run.id: _situation(look, group, group in alike, target, cost_per_hour)
        for look, group in zip(judged, groups, strict=True)
    }
    decisions = member.decide(Situation(situations, budget))
    return [_decided(look, decisions, policy) for look in examined]


def policy_for(policy: str, budget: Budget | None) -> Policy:
    """The policy of a name.

    Raises:
        UnknownName: there is none.
        BadInput: a budget for a policy that heeds none.
    """
    member = POLICIES.load(policy)
    if budget is not None and not member.heeds_budget:
        raise BadInput(f"the policy {policy!r} heeds no budget", where="budget")
    return member


def _findings(run: Run, metric: str | None, detectors: Sequence[Detector]) -> tuple[Finding, ...]:
    return tuple(findings_in(watched_of(run, metric), detectors, foresee=partial(foreseen, run)))


def _check_unit(budget: Budget, examined: Sequence[Look]) -> None:
    axes = dict.fromkeys(look.forecast.axis for look in examined if look.forecast is not None)
    if budget.unit not in ("hours", "cost", *axes):
        raise UnknownName("unit", budget.unit, ["hours", "cost", *axes], where="budget")


def _decided(look: Look, decisions: Mapping[str, Decision | Undecided], policy: str) -> Look:
    if look.forecast is None:
        return look
    silent = Undecided(f"the policy {policy!r} left this run out", "another policy")
    return replace(look, decision=decisions.get(look.run.id, silent))


def _situation(
    look: Look, group: int | None, alike: bool, target: float | None, cost_per_hour: float | None
) -> RunSituation:
    forecast = look.forecast
    assert forecast is not None
    curve = look.run.curves[forecast.metric]
    settings = resolved(look.run.settings, forecast.metric, target=target, cost_per_hour=cost_per_hour)
    return RunSituation(
        curve=curve,
        forecast=forecast.answer,
        findings=look.findings,
        finished=forecast.status == "finished",
        target=settings.target,
        seconds_left=look.seconds_left,
        cost_per_hour=settings.cost_per_hour,
        status=look.run.status,
        standing=look.standing,
        end=forecast.at,
        assumed=forecast.end_by == "assumed",
        group=group,
        plan=plan_of(look.run),
        grad_norm=_grad_norm(look.run),
        alike=alike,
    )


def _grad_norm(run: Run) -> float | None:
    """The median of the gradient's norms, where they were logged and any is finite."""
    norms = next((curve.y for name, curve in run.curves.items() if _GRAD_NORM.search(name)), None)
    finite = None if norms is None else norms[np.isfinite(norms)]
    return float(np.median(finite)) if finite is not None and finite.size else None


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
