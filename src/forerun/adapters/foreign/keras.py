"""Keras' schedules: objects that hold their settings."""

from __future__ import annotations

from typing import Any

from forerun.adapters.foreign.origin import Origin, by_kind, called, class_name, horizon, line, no_form
from forerun.core import Schedule


def _peak(s: Any) -> dict[str, float]:
    return {"peak": float(s.initial_learning_rate)}


def _exponential(s: Any, steps: int | None) -> Schedule:
    span = {"steps": horizon(class_name(s), steps), "every": s.decay_steps, "factor": s.decay_rate}
    return Schedule("step" if s.staircase else "exponential", _peak(s) | span)


def _piecewise(s: Any, _: int | None) -> Schedule:
    """The value at a boundary is still the one before it."""
    return Schedule("path", {"x": [0, *(boundary + 1 for boundary in s.boundaries)], "value": list(s.values)})


def _polynomial(s: Any, _: int | None) -> Schedule:
    if s.cycle:
        no_form(class_name(s), "its horizon grows as it is reached")
    final = s.end_learning_rate / s.initial_learning_rate
    return Schedule("polynomial", _peak(s) | {"steps": s.decay_steps, "power": s.power, "final": final})


def _inverse_time(s: Any, steps: int | None) -> Schedule:
    length = horizon(class_name(s), steps)
    fall = Schedule("inverse_time", _peak(s) | {"steps": length, "rate": s.decay_rate / s.decay_steps})
    return fall.sample(every=s.decay_steps) if s.staircase else fall


def _cosine(s: Any, _: int | None) -> Schedule:
    fall = Schedule("cosine", _peak(s) | {"steps": s.decay_steps, "final": s.alpha})
    if s.warmup_target is None:
        return fall
    rise = line(s.initial_learning_rate, s.warmup_target, s.warmup_steps)
    return rise.then(fall.with_params(peak=float(s.warmup_target)), at=s.warmup_steps)


def _restarts(s: Any, steps: int | None) -> Schedule:
    cycles = {"period": s.first_decay_steps, "growth": s._t_mul, "decay": s._m_mul, "final": s.alpha}
    return Schedule("sgdr", _peak(s) | {"steps": horizon(class_name(s), steps)} | cycles)


_read = by_kind(
    {
        "ExponentialDecay": _exponential,
        "PiecewiseConstantDecay": _piecewise,
        "PolynomialDecay": _polynomial,
        "InverseTimeDecay": _inverse_time,
        "CosineDecay": _cosine,
        "CosineDecayRestarts": _restarts,
    },
    {},
    class_name,
)
KERAS = Origin(read=_read, values=called, rounding=2e-6)
