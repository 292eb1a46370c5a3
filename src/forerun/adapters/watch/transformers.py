"""Transformers: a callback that watches a `Trainer`."""

from __future__ import annotations

from typing import Any

from forerun.adapters.framework import framework
from forerun.adapters.watch.torch import rate_of
from forerun.adapters.watch.trainer import bind, rate_in_force
from forerun.watcher import Watcher

transformers = framework("transformers", extra="transformers")


class TransformersWatcher(transformers.TrainerCallback):
    """Hands a watcher what the trainer logs, and where the time of a step goes.

    The first process is watched. Told to stop, the trainer ends after the step, where it is the only process; what else
    it may be told a watcher with ``handlers=TrainerHandlers()`` does after the update.
    ``Trainer(..., callbacks=[TransformersWatcher(Watcher("runs.forerun", "mlp"))])``.

    Args:
        watcher: it; closed as the training ends.
    """

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self.watcher = watcher

    def on_train_begin(self, args: Any, state: Any, control: Any, **objects: Any) -> None:
        """Where the training is to end, and what its orders would change."""
        self.watcher.expect(state.max_steps)
        bind(
            self.watcher.handlers,
            lambda: [rate_of(objects["optimizer"], objects["lr_scheduler"])],
            alone=args.world_size == 1,
        )

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The data has come."""
        self.watcher.lap("data")

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Loss and gradients have been computed."""
        self.watcher.lap("forward_backward")

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The update has been made."""
        self.watcher.lap("optimizer")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The trainer may be told something."""
        self.watcher.act()
        if self.watcher.should_stop and args.world_size == 1:
            control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """What the trainer logs; not its summary at the end."""
        if state.is_world_process_zero and logs and "train_runtime" not in logs:
            numbers = {name: value for name, value in logs.items() if isinstance(value, (int, float))}
            self.watcher.log(state.global_step, numbers | rate_in_force(self.watcher.handlers, "learning_rate"))

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Nothing more comes."""
        self.watcher.close()
