"""XGBoost: a callback that watches `xgboost.train`, and its estimators' `fit`."""

from __future__ import annotations

from typing import Any

from forerun.adapters.framework import framework
from forerun.watcher import Watcher

xgboost = framework("xgboost", extra="xgboost")


class XGBoostWatcher(xgboost.callback.TrainingCallback):
    """Hands a watcher what is evaluated after every round; told to stop, the training ends after the round.

    ``xgboost.train(..., callbacks=[XGBoostWatcher(Watcher("runs.forerun", "trees", horizon=500))])``.

    Args:
        watcher: it; closed as the training ends.
    """

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self.watcher = watcher

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """What was evaluated, of each data set; the mean where it is of folds."""
        values = {f"{data}/{name}": log[-1] for data, logs in evals_log.items() for name, log in logs.items()}
        means = {name: value[0] if isinstance(value, tuple) else value for name, value in values.items()}
        self.watcher.log(epoch + 1, means)
        return self.watcher.should_stop

    def after_training(self, model: Any) -> Any:
        """Nothing more comes."""
        self.watcher.close()
        return model
