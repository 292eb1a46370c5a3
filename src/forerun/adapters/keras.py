"""Keras: a schedule as a `LearningRateSchedule`, on any of its backends."""

from __future__ import annotations

from typing import Any

from forerun.adapters.clock import clock_of
from forerun.adapters.framework import framework
from forerun.adapters.rates import RateTable
from forerun.core import BadInput, Schedule, codec

keras = framework("keras", extra="keras")


@keras.saving.register_keras_serializable("forerun")
class Scheduled(keras.optimizers.schedules.LearningRateSchedule):
    """The value of a schedule at an optimizer's iterations; saved and loaded with the model.

    Args:
        schedule: the learning rate.
        per_step: what an update adds on the schedule's axis: tokens, samples or epochs. Over steps it is 1.
        updates: how many to follow it for, where it has no end; the last value holds after them.
        accumulate: the optimizer's ``gradient_accumulation_steps``. Keras hands schedules the count of batches, and an
            update is made of so many.

    Raises:
        BadInput: it cannot be a table (see `forerun.adapters.rates.RateTable`), or ``accumulate`` is no whole number
            from 1 on.

    Example:
        >>> rate = Scheduled(Schedule("linear", {"peak": 0.5, "steps": 4}))
        >>> optimizer = keras.optimizers.Adam(rate)
        >>> float(optimizer.learning_rate), float(Scheduled.from_config(rate.get_config())(3))
        (0.5, 0.125)
    """

    def __init__(
        self, schedule: Schedule, *, per_step: float | None = None, updates: int | None = None, accumulate: int = 1
    ) -> None:
        if accumulate < 1 or accumulate != int(accumulate):
            raise BadInput(f"accumulate must be a whole number from 1 on, but is {accumulate}")
        self.schedule, self.accumulate = schedule, int(accumulate)
        self.per_step, self.updates = per_step, updates
        self._table = RateTable.of(schedule, clock_of(schedule, per_step), updates)
        self._values = keras.ops.convert_to_tensor(self._table.values, keras.backend.floatx())

    def __call__(self, step: Any) -> Any:
        """The value for a count of batches, a whole number."""
        n, size = keras.ops.cast(step, "int32") // self.accumulate, self._table.values.size
        return keras.ops.take(self._values, n % size if self._table.cycles else keras.ops.minimum(n, size - 1))

    def get_config(self) -> dict[str, Any]:
        """What makes it again, as JSON carries it."""
        return {
            "schedule": codec.encode(self.schedule),
            "per_step": self.per_step,
            "updates": self.updates,
            "accumulate": self.accumulate,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Scheduled:
        """The inverse of `get_config`."""
        return cls(**config | {"schedule": codec.decode(config["schedule"])})
