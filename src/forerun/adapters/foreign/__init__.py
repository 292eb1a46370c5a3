"""Schedules of other libraries, read into ours: PyTorch, Transformers, timm, Keras and Optax, one file each.

What has a closed form becomes the form of that name, and is held to what the other library says before it is handed
out. What has none (functions, metrics) can be sampled.
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import Any

import numpy as np

from forerun.adapters.foreign.origin import FUNCTION, Origin
from forerun.core import BadInput, Schedule

__all__ = ["sampled", "schedule_of"]

_ORIGINS = {
    "torch": "forerun.adapters.foreign.torch:TORCH",
    "timm": "forerun.adapters.foreign.timm:TIMM",
    "keras": "forerun.adapters.foreign.keras:KERAS",
    "optax": "forerun.adapters.foreign.optax:OPTAX",
}
"""By the package that a schedule's class, or its function, comes from."""
_CHECKED = 1000  # updates at most where one can be asked for without those before it


def schedule_of(scheduler: Any, *, steps: int | None = None) -> Schedule:
    """Another library's schedule as a `Schedule`: its closed form, with the same value at every update.

    Args:
        scheduler: one of PyTorch (Transformers' too) or timm as it was made, before its first step; or one of Keras or
            Optax. Where groups have several rates, the highest is read, as `ScheduleLR` wants it.
        steps: how many updates it is for. Needed where it has no end; else it is held to the closed form so far.

    Raises:
        BadInput: it has no closed form, or none that says what it does; no ``steps`` where it has no end; it was
            stepped; its groups' rates are no multiples of each other. What to do is said.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), lr=0.1)
        >>> schedule_of(torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=0.01))
        Schedule(name='cosine', params=FrozenMap({'peak': 0.1, 'steps': 100, 'final': 0.09999999999999999}), \
axis='step', past_end='hold')
    """
    origin = _origin(scheduler)
    schedule = origin.read(scheduler, steps)
    count = int(max(schedule.end, steps or 0))
    at = np.arange(count) if origin.in_order else np.unique(np.linspace(0, count - 1, _CHECKED).astype(int))
    values, ours = origin.values(scheduler, at), schedule.lr(at)
    wrong = np.abs(values - ours) > origin.rounding * (np.abs(values) + np.abs(values).max())
    if wrong.any():
        n = int(np.argmax(wrong))
        raise BadInput(
            f"at update {at[n]} it gives {values[n]:g}, where its closed form gives {ours[n]:g}; sample it instead",
            where=type(scheduler).__name__,
        )
    return schedule


def sampled(scheduler: Any, *, steps: int) -> Schedule:
    """Any schedule as its values at updates 0 to ``steps``: a path. Functions of the count of updates are taken too.

    Args:
        scheduler: as for `schedule_of`, closed form or none; or a function.
        steps: how many updates it is for; after them its last value holds.

    Example:
        >>> sampled(lambda n: 0.1 if n < 3 else 0.01, steps=5)
        Schedule(name='path', params=FrozenMap({'x': (0, 3, 5), 'value': (0.1, 0.01, 0.01)}), axis='step', \
past_end='hold')
    """
    origin, at = _origin(scheduler), np.arange(steps + 1)
    values = origin.values(scheduler, at)
    changes = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]) | (at == steps))
    return Schedule("path", {"x": at[changes].tolist(), "value": values[changes].tolist()}, origin.axis(scheduler))


def _origin(scheduler: Any) -> Origin:
    """The library that its function, or a class that its class is made of, comes from."""
    is_function = isinstance(scheduler, FunctionType)
    modules = [scheduler.__module__ or ""] if is_function else [kind.__module__ for kind in type(scheduler).__mro__]
    for module in modules:
        if place := _ORIGINS.get(module.partition(".")[0]):
            home, _, name = place.partition(":")
            return getattr(import_module(home), name)
    if not callable(scheduler):
        raise BadInput(f"a {type(scheduler).__name__} is no schedule of {', '.join(_ORIGINS)}, and no function")
    return FUNCTION
