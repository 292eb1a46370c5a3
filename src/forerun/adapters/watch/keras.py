"""Keras: a callback that watches `Model.fit`, on any of its backends."""

from __future__ import annotations

from typing import Any

from forerun.adapters.framework import framework
from forerun.adapters.watch.trainer import bind, rate_in_force
from forerun.core import BadInput
from forerun.watcher import Watcher

keras = framework("keras", extra="keras")


class KerasWatcher(keras.callbacks.Callback):
    """Hands a watcher what `fit` logs of every batch, what it validates, and the wait for data beside the step.

    Of batches Keras logs the mean of the epoch so far. Told to stop, the fit ends after the batch; what else it may be
    told a watcher with ``handlers=TrainerHandlers()`` does after the batch, where the rate is a number and no schedule.
    ``model.fit(..., callbacks=[KerasWatcher(Watcher("runs.forerun", "mlp"))])``.

    Args:
        watcher: it; closed as the training ends.
    """

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self.watcher = watcher
        self._batches = 0
        self._rate: _KerasRate | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Where the fit is to end, where it knows, and what its orders would change."""
        steps = self.params.get("steps")
        self.watcher.expect(None if steps is None else steps * self.params["epochs"])
        rate = self._rate = _KerasRate(self.model.optimizer)
        bind(self.watcher.handlers, lambda: [rate])

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """The data has come."""
        self.watcher.lap("data")
        if self._rate is not None:
            self._rate.go_on()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """The update has been made."""
        self.watcher.lap("step")
        self._batches += 1
        trained = {f"train/{name}": value for name, value in (logs or {}).items()}
        self.watcher.log(self._batches, trained | rate_in_force(self.watcher.handlers))
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


class _KerasRate:
    """The learning rate of an optimizer of Keras, where it is a number."""

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer
        self._from, self._made, self._steps = 0.0, 0, 0

    def scale(self, factor: float) -> None:
        self._from *= factor
        self._set(self.rates()[0] * factor)

    def cool(self, steps: int) -> None:
        self._set(self.rates()[0])
        self._from, self._made, self._steps = self.rates()[0], 0, steps

    def rates(self) -> list[float]:
        return [float(self._optimizer.learning_rate)]

    def go_on(self) -> None:
        """On to the next update of a cooldown."""
        if self._steps:
            self._set(self._from * max(0.0, 1.0 - self._made / self._steps))
            self._made += 1

    def _set(self, rate: float) -> None:
        try:
            self._optimizer.learning_rate = rate
        except (TypeError, AttributeError) as error:
            raise BadInput("the rate of this optimizer follows a schedule of Keras, which cannot be changed") from error
