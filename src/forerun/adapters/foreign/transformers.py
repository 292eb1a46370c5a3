"""Transformers' schedules: functions of the step with their settings filled in, which PyTorch's `LambdaLR` calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from forerun.adapters.foreign.origin import horizon, line, no_form
from forerun.core import Schedule

Settings = Mapping[str, Any]


def read(function: Any, peak: float, steps: int | None) -> Schedule:
    """The closed form of what such a function makes of a rate.

    Args:
        function: of a `LambdaLR`.
        peak: the rate that it multiplies.
        steps: how many updates it is for, where it has no end.
    """
    bare, settings = (function.func, function.keywords) if isinstance(function, partial) else (function, {})
    name = bare.__name__ if bare.__module__ == "transformers.optimization" else ""
    if name not in _FORMS:
        no_form("LambdaLR", "it is made of functions")
    return _FORMS[name](peak, settings, steps)


def _planned(peak: float, settings: Settings) -> dict[str, Any]:
    return {"peak": peak, "steps": settings["num_training_steps"], "warmup": settings["num_warmup_steps"]}


def _constant(peak: float, settings: Settings, steps: int | None) -> Schedule:
    warmup = settings.get("num_warmup_steps", 0)
    return Schedule("constant", {"peak": peak, "steps": horizon("constant", steps), "warmup": warmup})


def _linear(peak: float, settings: Settings, _: int | None) -> Schedule:
    return Schedule("linear", _planned(peak, settings))


def _cosine(peak: float, settings: Settings, _: int | None) -> Schedule:
    if settings["num_cycles"] != 0.5:
        no_form("cosine", f"it runs through {settings['num_cycles']} cycles, and not half a one")
    return Schedule("cosine", _planned(peak, settings) | {"final": settings.get("min_lr_rate", 0.0)})


def _restarts(peak: float, settings: Settings, _: int | None) -> Schedule:
    whole = _planned(peak, settings)
    return Schedule("sgdr", whole | {"period": (whole["steps"] - whole["warmup"]) / settings["num_cycles"]})


def _polynomial(peak: float, settings: Settings, _: int | None) -> Schedule:
    final = settings["lr_end"] / settings["lr_init"]
    return Schedule("polynomial", _planned(peak, settings) | {"final": final, "power": settings["power"]})


def _inverse_sqrt(peak: float, settings: Settings, steps: int | None) -> Schedule:
    named = {"warmup": settings["num_warmup_steps"], "timescale": settings["timescale"]}
    return Schedule("inverse_sqrt", {"peak": peak, "steps": horizon("inverse_sqrt", steps)} | named)


def _wsd(peak: float, settings: Settings, _: int | None) -> Schedule:
    if settings["warmup_type"] != "linear" or settings["num_cycles"] != 0.5:
        no_form("wsd", f"its warmup is {settings['warmup_type']}, of {settings['num_cycles']} cycles")
    warmup, stable, cooldown = (settings[f"num_{phase}_steps"] for phase in ("warmup", "stable", "decay"))
    named = {"cooldown": cooldown, "final": settings["min_lr_ratio"], "shape": settings["decay_type"]}
    rest = Schedule("wsd", {"peak": peak, "steps": stable + cooldown} | named)
    return line(peak * settings["min_lr_ratio"], peak, warmup).then(rest, at=warmup) if warmup else rest


_FORMS: dict[str, Callable[[float, Settings, int | None], Schedule]] = {
    "_get_constant_lambda": _constant,
    "_get_constant_schedule_with_warmup_lr_lambda": _constant,
    "_get_linear_schedule_with_warmup_lr_lambda": _linear,
    "_get_cosine_schedule_with_warmup_lr_lambda": _cosine,
    "_get_cosine_with_hard_restarts_schedule_with_warmup_lr_lambda": _restarts,
    "_get_polynomial_decay_schedule_with_warmup_lr_lambda": _polynomial,
    "_get_inverse_sqrt_schedule_lr_lambda": _inverse_sqrt,
    "_get_wsd_scheduler_lambda": _wsd,
}
