"""Ray Tune: a scheduler that stops trials by their forecasts."""

from __future__ import annotations

from typing import Any

from forerun.adapters.framework import framework
from forerun.adapters.watch.trials import trial_run, verdict
from forerun.core import Decision, Direction, Run
from forerun.core.run import Status
from forerun.forecast.run_forecasts.batch import METHOD

schedulers = framework("ray.tune.schedulers", extra="ray")


class ForecastScheduler(schedulers.FIFOScheduler):
    """Stops a trial that diverges, or that has next to no chance to end better than the best trial has.

    Args:
        metric: what trials report and are judged by.
        mode: ``"min"`` or ``"max"``.
        horizon: the ``time_attr`` at which trials end.
        time_attr: what x counts.
        fewest: results that a trial reports before it may be stopped.
        every: so many further results are reported between two looks at a trial.
        method: the forecaster. policy: what decides.

    Example:
        >>> scheduler = ForecastScheduler("loss", "min", horizon=40)  # tune.TuneConfig(scheduler=scheduler)
    """

    def __init__(
        self,
        metric: str,
        mode: Direction,
        horizon: float,
        *,
        time_attr: str = "training_iteration",
        fewest: int = 8,
        every: int = 4,
        method: str = METHOD,
        policy: str = "auto",
    ) -> None:
        super().__init__()
        self._mode: Direction = mode
        self._metric, self._horizon, self._time = metric, horizon, time_attr
        self._fewest, self._every, self._method, self._policy = fewest, every, method, policy
        self._values: dict[str, dict[float, float]] = {}
        self._status: dict[str, Status] = {}

    def set_search_properties(self, metric: str | None, mode: str | None, **_: Any) -> bool:
        """Those of its own hold."""
        return metric in (None, self._metric) and mode in (None, self._mode)

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Whether the trial is to go on."""
        values = self._values.setdefault(trial.trial_id, {})
        values[float(result[self._time])] = float(result[self._metric])
        n = len(values)
        if n < self._fewest or (n - self._fewest) % self._every:
            return self.CONTINUE
        others = [self._run(id) for id in self._values if id != trial.trial_id]
        said = verdict(self._run(trial.trial_id), others, method=self._method, policy=self._policy)
        if isinstance(said, Decision) and said.action == "stop":
            self._status[trial.trial_id] = "ended"
            return self.STOP
        return self.CONTINUE

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """What it came to counts for the others."""
        self._status.setdefault(trial.trial_id, "finished")

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """It came to nothing."""
        self._status[trial.trial_id] = "crashed"

    def _run(self, id: str) -> Run:
        return trial_run(id, self._values[id], self._mode, self._status.get(id, "running"), self._horizon)
