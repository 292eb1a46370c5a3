"""A schedule as nodes between which it is straight, fine wherever it changes."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Schedule
from forerun.laws.path.base import Paths, ending
from forerun.schedules import value_held

_EVENLY = 200  # nodes before any is added
_CHANGE = 0.02  # of the peak, and ...
_SHARE = 0.15  # of the rate itself, that may change from one node to the next ...
_SMALL = 1e-3  # unless it is less of the peak: each as fine as keeps losses within 1e-4 of sums over every step
_MOST = 40  # halvings


def nodes_of(schedule: Schedule, steps: float) -> tuple[Array, Array]:
    """Nodes from step 0 to ``steps`` and the rates there; halved down to single steps wherever the rate changes much.

    Example:
        >>> x, rate = nodes_of(Schedule("wsd", {"peak": 1.0, "steps": 1000, "cooldown": 200}), 1000)
        >>> x.size < 400, float(np.abs(np.diff(rate)).max()) <= 0.02
        (True, True)
    """
    x = np.linspace(0.0, steps, _EVENLY)
    rate = value_held(schedule, x)
    for _ in range(_MOST):
        step, peak = np.abs(np.diff(rate)), float(rate.max())
        share = _SHARE * np.maximum(np.minimum(rate[1:], rate[:-1]), _SMALL * peak)
        rough = (step > np.minimum(_CHANGE * peak, share)) & (np.diff(x) > 1.0)
        if not rough.any():
            break
        at, place = ((x[1:] + x[:-1]) / 2.0)[rough], np.flatnonzero(rough) + 1
        x, rate = np.insert(x, place, at), np.insert(rate, place, value_held(schedule, at))
    return x, rate


def ending_of(schedule: Schedule) -> Paths:
    """The last point of a schedule, as laws read it."""
    return ending(*nodes_of(schedule, schedule.end))
