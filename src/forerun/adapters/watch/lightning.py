"""Lightning: a callback that watches a `Trainer`'s fit."""

from __future__ import annotations

from typing import Any

from forerun.adapters.framework import framework
from forerun.adapters.watch.torch import rate_of
from forerun.adapters.watch.trainer import bind, rate_in_force
from forerun.watcher import Watcher

pl = framework("lightning.pytorch", extra="lightning")


class LightningWatcher(pl.Callback):
    """Hands a watcher the loss of every update, what validation logs, and where the time of a step goes.

    The process of rank 0 is watched. Told to stop, the trainer ends after the batch, where it is the only process;
    what else it may be told a watcher with ``handlers=TrainerHandlers()`` does after the update.
    ``Trainer(..., callbacks=[LightningWatcher(Watcher("runs.forerun", "mlp"))])``.

    Args:
        watcher: it; closed as the fit ends.
    """

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self.watcher = watcher
        self._updates = -1

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Where the fit is to end, and what its orders would change."""
        self.watcher.expect(trainer.estimated_stepping_batches)
        bind(self.watcher.handlers, lambda: _rates(trainer), alone=trainer.world_size == 1)

    def on_train_batch_start(self, *_: Any) -> None:
        """The data has come."""
        self.watcher.lap("data")

    def on_before_backward(self, *_: Any) -> None:
        """The loss has been computed."""
        self.watcher.lap("forward")

    def on_after_backward(self, *_: Any) -> None:
        """So have the gradients."""
        self.watcher.lap("backward")

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, *_: Any) -> None:
        """The update has been made, unless gradients are gathered over more batches."""
        self.watcher.lap("optimizer")
        if trainer.is_global_zero and trainer.global_step != self._updates and outputs is not None:
            self._updates = trainer.global_step
            loss = outputs["loss"] if isinstance(outputs, dict) else outputs
            self.watcher.log(self._updates, {"train/loss": loss, **rate_in_force(self.watcher.handlers)})
        if self.watcher.should_stop and trainer.world_size == 1:
            trainer.should_stop = True

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """What validation has logged."""
        self.watcher.lap("validation")
        if trainer.is_global_zero and not trainer.sanity_checking:
            logged = trainer.callback_metrics
            self.watcher.log(trainer.global_step, {name: logged[name] for name in logged if "val" in name})

    def on_fit_end(self, *_: Any) -> None:
        """Nothing more comes."""
        self.watcher.close()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Nothing more comes."""
        self.watcher.close(crashed=isinstance(exception, Exception))


def _rates(trainer: Any) -> list[Any]:
    plans = {id(config.scheduler.optimizer): config.scheduler for config in trainer.lr_scheduler_configs}
    return [rate_of(optimizer, plans.get(id(optimizer))) for optimizer in trainer.optimizers]
