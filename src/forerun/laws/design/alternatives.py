"""The schedules that people take, under the same constraints as one that is designed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from forerun.core import Schedule
from forerun.laws.design.constraints import Constraints

_COOLDOWN = 0.2  # of the whole run; Hägele et al. 2024


def _constant(within: Constraints) -> Schedule:
    return _planned(within, "constant")


def _linear(within: Constraints) -> Schedule:
    return _planned(within, "linear", final=within.floor)


def _cosine(within: Constraints) -> Schedule:
    return _planned(within, "cosine", final=within.floor)


def _wsd(within: Constraints) -> Schedule:
    return _cooled(within)


def _wsd_sqrt(within: Constraints) -> Schedule:
    return _cooled(within, shape="1-sqrt")


def _cooled(within: Constraints, **shape: str) -> Schedule:
    cooldown = min(_COOLDOWN * within.steps, within.steps - within.start)
    return _planned(within, "wsd", cooldown=cooldown, final=within.floor, **shape)


def _planned(within: Constraints, name: str, **params: float | str) -> Schedule:
    steps = within.steps - (within.since if within.past else 0.0)
    warmup = {"warmup": within.warmup} if within.warmup else {}
    return within.whole(name, peak=within.peak, steps=steps, **warmup, **params)


ALTERNATIVES: Mapping[str, Callable[[Constraints], Schedule]] = {
    "wsd": _wsd,
    "wsd_1-sqrt": _wsd_sqrt,
    "linear": _linear,
    "cosine": _cosine,
    "constant": _constant,
}
"""By name; cooldowns take a fifth of the run."""
