"""Optuna: a pruner that stops trials by their forecasts."""

from __future__ import annotations

from typing import Any

from forerun.adapters.framework import framework
from forerun.adapters.watch.trials import trial_run, verdict
from forerun.core import Decision, Direction, Run
from forerun.core.run import Status
from forerun.forecast.run_forecasts.batch import METHOD

optuna = framework("optuna", extra="optuna")


class ForecastPruner(optuna.pruners.BasePruner):
    """Prunes a trial that diverges, or that has next to no chance to end better than the best trial has.

    It keeps nothing of its own: a study in a storage that several processes share is pruned alike from all of them.

    Args:
        horizon: the step at which trials end.
        fewest: values that a trial reports before it may be pruned.
        every: so many further values are reported between two looks at a trial.
        method: the forecaster. policy: what decides.

    Example:
        >>> study = optuna.create_study(pruner=ForecastPruner(horizon=40))
    """

    def __init__(
        self, horizon: float, *, fewest: int = 8, every: int = 4, method: str = METHOD, policy: str = "auto"
    ) -> None:
        self._horizon, self._fewest, self._every = horizon, fewest, every
        self._method, self._policy = method, policy

    def prune(self, study: Any, trial: Any) -> bool:
        """Whether to."""
        n = len(trial.intermediate_values)
        if n < self._fewest or (n - self._fewest) % self._every:
            return False
        others = [self._run(one, study) for one in study.get_trials(deepcopy=False) if one.number != trial.number]
        said = verdict(
            self._run(trial, study), [run for run in others if run.curves], method=self._method, policy=self._policy
        )
        return isinstance(said, Decision) and said.action == "stop"

    def _run(self, trial: Any, study: Any) -> Run:
        states = optuna.trial.TrialState
        ends: dict[Any, Status] = {states.COMPLETE: "finished", states.FAIL: "crashed", states.PRUNED: "ended"}
        direction: Direction = "max" if study.direction == optuna.study.StudyDirection.MAXIMIZE else "min"
        status = ends.get(trial.state, "running")
        return trial_run(str(trial.number), trial.intermediate_values, direction, status, self._horizon)
