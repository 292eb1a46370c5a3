"""Optax: a schedule as a pure function of the count of updates, to be compiled, batched and differentiated through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forerun.adapters.clock import clock_of
from forerun.adapters.framework import framework
from forerun.adapters.rates import RateTable
from forerun.core import Schedule

jnp = framework("jax.numpy", extra="optax")


def scheduled(schedule: Schedule, *, per_step: float | None = None, updates: int | None = None) -> Callable[[Any], Any]:
    """An Optax schedule: the value at a count of updates, whole numbers of any shape.

    Values are those of `Schedule.lr`, rounded once to JAX's default type. Where the count lives in the
    optimizer's state it is saved with it: a resumed run goes on, under another schedule if one is given.

    Args:
        schedule: of the learning rate, or of anything that `optax.inject_hyperparams` takes.
        per_step: what an update adds on the schedule's axis: tokens, samples or epochs. Over steps it is 1.
        updates: how many to follow it for, where it has no end; the last value holds after them.

    Raises:
        BadInput: it cannot be a table; see `forerun.adapters.rates.RateTable`.

    Example:
        >>> rate = scheduled(Schedule("linear", {"peak": 0.5, "steps": 4}))
        >>> rate(jnp.arange(6)).tolist()
        [0.5, 0.375, 0.25, 0.125, 0.0, 0.0]
        >>> import optax
        >>> optimizer = optax.adam(rate)
    """
    table = RateTable.of(schedule, clock_of(schedule, per_step), updates)
    values, size = jnp.asarray(table.values), table.values.size

    def rate(count: Any) -> Any:
        return values[count % size if table.cycles else jnp.minimum(count, size - 1)]

    return rate
