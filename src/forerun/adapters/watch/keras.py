"""Keras: a callback that watches `Model.fit`, on any of its backends."""

from __future__ import annotations

from typing import Any

from forerun.adapters.framework import framework
from forerun.watcher import Watcher

keras = framework("keras", extra="keras")


class KerasWatcher(keras.callbacks.Callback):
    """Hands a watcher what `fit` logs of every batch, what it validates, and the wait for data beside the step.

    Of batches Keras logs the mean of the epoch so far. Told to stop, the fit ends after the batch.
    ``model.fit(..., callbacks=[KerasWatcher(Watcher("runs.forerun", "mlp"))])``.

    Args:
        watcher: it; closed as the training ends.
    """

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self.watcher = watcher
        self._batches = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Where the fit is to end, where it knows."""
        steps = self.params.get("steps")
        self.watcher.expect(None if steps is None else steps * self.params["epochs"])

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """The data has come."""
        self.watcher.lap("data")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """The update has been made."""
        self.watcher.lap("step")
        self._batches += 1
        self.watcher.log(self._batches, {f"train/{name}": value for name, value in (logs or {}).items()})
        if self.watcher.should_stop:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """What was validated."""
        self.watcher.lap("validation")
        validated = {name: value for name, value in (logs or {}).items() if name.startswith("val_")}
        if validated:
            self.watcher.log(self._batches, validated)

    def on_train_end(self, logs: Any = None) -> None:
        """Nothing more comes."""
        self.watcher.close()
