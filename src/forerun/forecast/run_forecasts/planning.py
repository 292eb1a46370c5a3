"""What a running run's learning rate will be: its logged path, continued by the schedule that its settings name.

A name and a peak are only believed where they give the rates that were logged: a plan that is wrong is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from forerun.core import Array, ForerunError, FrozenMap, Run, Schedule
from forerun.schedules import SCHEDULES, value

_NAMES = ("lr_scheduler_type", "lr_schedule", "lr_scheduler", "schedule", "scheduler", "learning_rate_schedule")
_PEAKS = ("learning_rate", "peak_lr", "max_lr", "lr", "base_lr")
_WARMUPS = ("warmup_steps", "num_warmup_steps", "warmup_iters", "lr_warmup_steps", "warmup")
_COOLDOWNS = ("cooldown_steps", "num_decay_steps", "decay_steps", "cooldown_iters", "cooldown")
_FINALS = ("final", "min_lr_rate", "min_lr_ratio", "lr_min_ratio", "final_lr_fraction")
_LOWEST = ("min_lr", "min_learning_rate", "end_lr")
_CALLED = {
    "constant": "constant", "constant_with_warmup": "constant", "linear": "linear", "linear_decay": "linear",
    "cosine": "cosine", "cosine_with_min_lr": "cosine", "cosine_decay": "cosine", "cosineannealinglr": "cosine",
    "wsd": "wsd", "warmup_stable_decay": "wsd", "trapezoidal": "wsd",
}  # fmt: skip
_OFF = 0.03  # shares of the peak that a plan may lie from the rates logged
_LEAST = 3  # logged rates that must bear it out
_NODES = 400


def plan_of(run: Run) -> Schedule | None:
    """The schedule as logged, continued to the planned end where the run's settings tell how and the log bears it out.

    Example:
        >>> steps = np.arange(1.0, 51)
        >>> logged = Schedule("path", {"x": steps, "value": 0.1 * (1 - steps / 100)})
        >>> told = {"lr_scheduler_type": "linear", "learning_rate": 0.1, "max_steps": 100}
        >>> run = Run("r", {}, "example", config=told, horizon={"step": 100.0}, schedule=logged)
        >>> value(plan_of(run), [50, 75, 100]).round(3).tolist()
        [0.05, 0.025, 0.0]
        >>> constant = {"lr_scheduler_type": "constant", "learning_rate": 0.1, "max_steps": 100}
        >>> other = Run("r", {}, "example", config=constant, horizon={"step": 100.0}, schedule=logged)
        >>> float(value(plan_of(other), 75))
        0.05
    """
    logged = run.schedule
    end = None if logged is None else run.horizon.get(logged.axis)
    if logged is None or end is None or logged.name != "path":
        return logged
    x, rate = (np.asarray(logged.params[name], float) for name in ("x", "value"))
    plan = _named(run.config, end)
    if plan is None or x[-1] >= end or x.size < _LEAST or not _borne_out(plan, x, rate):
        return logged
    ahead = x[-1] + (end - x[-1]) * np.arange(1, _NODES + 1) / _NODES
    rates = np.concatenate([rate, value(plan, ahead)])
    return Schedule("path", FrozenMap({"x": np.concatenate([x, ahead]), "value": rates}), logged.axis)


def _named(config: Mapping[str, Any], end: float) -> Schedule | None:
    """The schedule that the settings name, over ``end`` steps; None where they name none that is known."""
    names = (config.get(key) for key in _NAMES)
    name = next((_CALLED[n.lower()] for n in names if isinstance(n, str) and n.lower() in _CALLED), None)
    peak = peak_of(config)
    if name is None or name not in SCHEDULES.table or not peak:
        return None
    warmup = warmup_of(config)
    if warmup is None:
        warmup = (_number(config, ("warmup_ratio",)) or 0.0) * end
    lowest = _number(config, _LOWEST)
    final = _number(config, _FINALS) or (0.0 if lowest is None else lowest / peak)
    cooldown = _number(config, _COOLDOWNS) or 0.0
    params = {"peak": peak, "steps": end, "warmup": warmup, "final": final, "cooldown": cooldown}
    takes = SCHEDULES.load(name).parameters
    return Schedule(name, {key: number for key, number in params.items() if key in takes})


def peak_of(config: Mapping[str, Any]) -> float | None:
    """The peak learning rate that settings tell, by any of its usual names."""
    return _number(config, _PEAKS)


def warmup_of(config: Mapping[str, Any]) -> float | None:
    """Steps of warm-up that settings tell, by any of their usual names."""
    return _number(config, _WARMUPS)


def _number(config: Mapping[str, Any], keys: tuple[str, ...]) -> float | None:
    numbers = (config.get(key) for key in keys)
    return next((float(v) for v in numbers if isinstance(v, (int, float)) and not isinstance(v, bool) and v >= 0), None)


def _borne_out(plan: Schedule, x: Array, rate: Array) -> bool:
    """Whether the logged rates are those of the plan, up to one step early or late."""
    peak = float(plan.params["peak"])
    try:
        early, late = value(plan, np.maximum(x - 1.0, 0.0)), value(plan, x + 1.0)
    except ForerunError:
        return False
    low, high = np.minimum(early, late) - _OFF * peak, np.maximum(early, late) + _OFF * peak
    return bool(((low <= rate) & (rate <= high)).all())
