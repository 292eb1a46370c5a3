"""Optax's schedules: functions whose settings lie in their closures."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from forerun.adapters.foreign.origin import Origin, by_kind, called, horizon, joined, line, no_form
from forerun.core import Schedule


def _maker(function: Any) -> str:
    """The function that made it."""
    return function.__qualname__.partition(".")[0]


def _closure(function: Any) -> dict[str, Any]:
    """What it was made with."""
    settings: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # empty, where its maker took another branch
            settings[name] = cell.cell_contents
    return settings


def _begun(settings: dict[str, Any], fall: Schedule) -> Schedule:
    """A fall that begins after a while."""
    begin = settings["transition_begin"]
    return Schedule("constant", {"peak": float(settings["init_value"]), "steps": begin}).then(fall) if begin else fall


def _constant(f: Any, steps: int | None) -> Schedule:
    return Schedule("constant", {"peak": float(_closure(f)["value"]), "steps": horizon(_maker(f), steps)})


def _polynomial(f: Any, steps: int | None) -> Schedule:
    settings = _closure(f)
    first = float(settings["init_value"])
    if "transition_steps" not in settings:  # of no length: it stays where it begins
        return Schedule("constant", {"peak": first, "steps": horizon(_maker(f), steps)})
    last, length, power = (settings[name] for name in ("end_value", "transition_steps", "power"))
    if power == 1:
        return _begun(settings, line(first, last, length))
    if not first:
        no_form(_maker(f), "it rises from 0 by a power")
    named = {"peak": first, "steps": length, "power": power, "final": float(last) / first}
    return _begun(settings, Schedule("polynomial", named))


def _cosine(f: Any, _: int | None) -> Schedule:
    settings = _closure(f)
    if settings["exponent"] != 1.0:
        no_form(_maker(f), f"its exponent is {settings['exponent']}")
    named = {"peak": float(settings["init_value"]), "steps": float(settings["decay_steps"])}
    return Schedule("cosine", named | {"final": float(settings["alpha"])})


def _exponential(f: Any, steps: int | None) -> Schedule:
    settings = _closure(f)
    if settings.get("end_value") is not None:
        no_form(_maker(f), "it is cut off at end_value")
    span = {"every": settings["transition_steps"], "factor": float(settings["decay_rate"])}
    named = {"peak": float(settings["init_value"]), "steps": horizon(_maker(f), steps)}
    return _begun(settings, Schedule("step" if settings["staircase"] else "exponential", named | span))


def _piecewise_constant(f: Any, _: int | None) -> Schedule:
    settings = _closure(f)
    scales: dict[int, float] = settings["boundaries_and_scales"] or {}
    cuts = sorted(scales.items())
    value = float(settings["init_value"]) * np.cumprod([1.0, *(scale for _, scale in cuts)])
    return Schedule("path", {"x": [0, *(at for at, _ in cuts)], "value": value.tolist()})


def _piecewise(f: Any, _: int | None) -> Schedule:
    settings = _closure(f)
    value = float(settings["init_value"]) * np.cumprod([1.0, *settings["scales"]])
    curve = "cosine" if "cosine" in settings["interpolate_fn"].__name__ else "straight"
    return Schedule("knots", {"x": [0, *settings["boundaries"]], "value": value.tolist(), "curve": curve})


def _joined(f: Any, steps: int | None) -> Schedule:
    settings = _closure(f)
    return joined(_read, settings["schedules"], settings["boundaries"], steps)


_read = by_kind(
    {
        "constant_schedule": _constant,
        "polynomial_schedule": _polynomial,
        "cosine_decay_schedule": _cosine,
        "exponential_decay": _exponential,
        "piecewise_constant_schedule": _piecewise_constant,
        "piecewise_interpolate_schedule": _piecewise,
        "join_schedules": _joined,
    },
    {},
    _maker,
)
OPTAX = Origin(read=_read, values=called, rounding=2e-6)
