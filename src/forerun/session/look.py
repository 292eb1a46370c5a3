"""Everything said of runs: forecast, findings and decision, each made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Curve, Decision, Finding, Run, Undecided
from forerun.core.choosing import present, quality_of
from forerun.core.settings import resolved
from forerun.core.standing import Standing, standing
from forerun.decide import POLICIES, RunSituation, Situation
from forerun.forecast.run_forecasts.outlooks import Outlook, Way, outlooks
from forerun.monitor import detectors_of
from forerun.monitor.watched import findings_in


@dataclass(frozen=True)
class Look:
    """Everything said of one run.

    Args:
        run: the run.
        outlook: of the metric the decision is about; None when the run has no metric that measures quality.
        findings: on every metric that measures quality, in order of alarm.
        decision: what to do, or why that cannot be said.
        standing: the best value of the metric the decision is about, where it lies and what has come since; None where
            there is none.
    """

    run: Run
    outlook: Outlook | None
    findings: tuple[Finding, ...]
    decision: Decision | Undecided
    standing: Standing | None = None


def looks(
    runs: Sequence[Run],
    way: Way,
    *,
    policy: str = "auto",
    metric: str | None = None,
    at: float | None = None,
    cost_per_hour: float | None = None,
    progress: Callable[[list[Run]], Iterable[Run]] = lambda runs: runs,
) -> list[Look]:
    """Forecast, scan and advise on runs, each done once; arguments as in `advise`.

    Example:
        >>> curve = Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
        >>> (look,) = looks([Run("r", {"loss": curve}, "example")], Way())
        >>> look.outlook.answer.at.size, look.findings
        (24, ())
    """
    names = [next(iter(present(run, [metric] if metric else [])), None) for run in runs]
    pairs = [(run, name) for run, name in zip(runs, names, strict=True) if name is not None]
    forecasts = iter(outlooks(pairs, at, way))
    proposes, detectors = POLICIES.load(policy), detectors_of()
    found: list[tuple[Run, Outlook | None, tuple[Finding, ...]]] = []
    for run, name in zip(progress(list(runs)), names, strict=True):
        outlook = None if name is None else next(forecasts)
        curves = quality_of(run, None if outlook is None else outlook.metric)
        found.append((run, outlook, tuple(findings_in(curves, detectors, None))))
    situation = Situation({
        run.id: _situation(run, outlook, findings, way, cost_per_hour)
        for run, outlook, findings in found
        if outlook is not None
    })  # fmt: skip
    decisions = proposes.decide(situation)
    return [_look(*one, situation, decisions, policy) for one in found]


def _look(
    run: Run,
    outlook: Outlook | None,
    findings: tuple[Finding, ...],
    situation: Situation,
    decisions: Mapping[str, Decision | Undecided],
    policy: str,
) -> Look:
    if outlook is None:
        has = ", ".join(run.curves) or "none logged"
        needs = f"a loss, a score or a return; logged: {has}"
        return Look(run, None, findings, Undecided("no metric that measures quality", needs))
    silent = Undecided(f"the policy {policy!r} left this run out", "another policy")
    return Look(run, outlook, findings, decisions.get(run.id, silent), situation.runs[run.id].standing)


def _situation(
    run: Run, outlook: Outlook, findings: tuple[Finding, ...], way: Way, cost_per_hour: float | None
) -> RunSituation:
    curve = run.curves[outlook.metric]
    settings = resolved(run.settings, outlook.metric, target=way.target, cost_per_hour=cost_per_hour)
    return RunSituation(
        curve=curve,
        forecast=outlook.answer or Undecided("the run is finished", "--at beyond its end"),
        findings=findings,
        finished=outlook.status == "finished",
        target=settings.target,
        seconds_left=_seconds_left(run, curve, outlook.at),
        cost_per_hour=settings.cost_per_hour,
        status=run.status,
        standing=standing(curve),
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
