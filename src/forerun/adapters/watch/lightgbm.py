"""LightGBM: a callback that watches `lightgbm.train`, and its estimators' `fit`."""

from __future__ import annotations

from typing import Any

from forerun.adapters.framework import framework
from forerun.watcher import Watcher

callback = framework("lightgbm.callback", extra="lightgbm")


class LightGBMWatcher:
    """Hands a watcher what is evaluated after every round; told to stop, the training ends as if it stopped early.

    ``lightgbm.train(..., callbacks=[LightGBMWatcher(Watcher("runs.forerun", "trees"))])``.

    Args:
        watcher: it; closed as the last round ends.
    """

    order = 20
    """After those that evaluate and record."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher

    def __call__(self, env: Any) -> None:
        """What was evaluated, of each data set."""
        self.watcher.expect(env.end_iteration - env.begin_iteration)
        evaluated = env.evaluation_result_list or []
        self.watcher.log(env.iteration + 1, {f"{data}/{name}": value for data, name, value, *_ in evaluated})
        if env.iteration + 1 == env.end_iteration:
            self.watcher.close()
        elif self.watcher.should_stop:
            self.watcher.close()
            raise callback.EarlyStopException(env.iteration, evaluated)
