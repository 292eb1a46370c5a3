"""`advise`: what to do with every run, from its forecast and findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import overload

from forerun.api.forecasting import ahead_of
from forerun.api.reading import Where, runs_of
from forerun.core import Answers, Budget, Curve, Decision, Run, RunDecision, Runs, Undecided
from forerun.core.choosing import check_metrics
from forerun.forecast.postprocess.calibration import Calibration
from forerun.forecast.run_forecasts.batch import METHOD, ForecastSetup
from forerun.monitor import Detector
from forerun.session.look import decide, examine, run_decision


@overload
def advise(
    what: Curve,
    *,
    at: float,
    policy: str = "auto",
    target: float | None = None,
    method: str = METHOD,
    detector: str | Detector | Sequence[str | Detector] = (),
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
    detector: str | Detector | Sequence[str | Detector] = (),
    cost_per_hour: float | None = None,
    calibration: Calibration | None = None,
    alone: bool = False,
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
    detector: str | Detector | Sequence[str | Detector] = (),
    cost_per_hour: float | None = None,
    calibration: Calibration | None = None,
    alone: bool = False,
    budget: Budget | None = None,
    progress: Callable[[list[Run]], Iterable[Run]] = lambda runs: runs,
) -> Decision | Undecided | Answers[RunDecision]:
    """What to do with every run, with reasons, expected gain and cost. Nothing is done to any run.

    Args:
        what: a curve, a run, several, or a path to read.
        policy: a policy's name. It is handed all runs at once.
        metric: what runs are judged by; default that of the settings they were read under, else the most important
            one they have.
        at, target, method, calibration: as in `predict`.
        alone: whether each run is forecast and judged as if no other lay beside it.
        detector: as in `scan`.
        cost_per_hour: turns hours left into a cost; default that of the settings a run was read under.
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
    runs = runs_of(what)
    check_metrics(runs, [metric] if metric else [])
    setup = ForecastSetup(method, runs, calibration, target=target, alone=alone)
    examined = examine(runs, setup, metric=metric, at=at, detector=detector, progress=progress)
    decided = decide(examined, policy=policy, target=target, cost_per_hour=cost_per_hour, budget=budget, alone=alone)
    return Answers(tuple(map(run_decision, decided)), Runs(tuple(runs)))


UNDECIDED = "cannot say"
VERDICTS = ("stop", "ask", "roll back", "change", "fork", "resume", "continue", UNDECIDED, "leave")
"""What may be advised, most urgent first."""


def urgency(decision: Decision | Undecided) -> int:
    """How soon a person should look at it; smaller is sooner. What cannot be said comes before what may be left.

    Example:
        >>> VERDICTS.index("continue") < urgency(Undecided("2 points seen", "4")) < VERDICTS.index("leave")
        True
    """
    return VERDICTS.index(decision.action if isinstance(decision, Decision) else UNDECIDED)
