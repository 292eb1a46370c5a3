"""timm's schedulers. Their t counts epochs or updates, as ``t_in_epochs`` says; a schedule's axis says the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.adapters.foreign.origin import Origin, by_kind, class_name, horizon, line, no_form
from forerun.core import Array, Schedule


def _axis(s: Any) -> str:
    return "epoch" if s.t_in_epochs else "step"


def _values(s: Any, at: NDArray[np.int64]) -> Array:
    return np.array([max(s._get_lr(int(t))) for t in at])


def _form(s: Any, name: str, **params: Any) -> Schedule:
    """A form with the scheduler's peak, over its axis."""
    if s.noise_range_t is not None:
        no_form(class_name(s), "noise is added to it")
    return Schedule(name, {"peak": float(max(s.base_values))} | params, _axis(s))


def _warmed(s: Any, rest: Schedule, *, prefix: bool) -> Schedule:
    """A warmup and then the rest: from its start where that counts from there, else from where it is by then."""
    if not s.warmup_t:
        return rest
    rise = line(s.warmup_lr_init, max(s.base_values), s.warmup_t, _axis(s))
    return rise.then(rest if prefix else rest.rebase(s.warmup_t), at=s.warmup_t)


def _final(s: Any) -> float:
    """The floor as a share of the peak."""
    return s.lr_min / max(s.base_values)


def _cosine(s: Any, _: int | None) -> Schedule:
    if s.k_decay != 1.0:
        no_form(class_name(s), f"k_decay is {s.k_decay}")
    if s.cycle_limit == 1:
        return _warmed(s, _form(s, "cosine", steps=s.t_initial, final=_final(s)), prefix=s.warmup_prefix)
    cycles = {"period": s.t_initial, "growth": s.cycle_mul, "decay": s.cycle_decay, "final": _final(s)}
    length = s.t_initial * sum(float(s.cycle_mul) ** i for i in range(s.cycle_limit))
    return _warmed(s, _form(s, "sgdr", steps=length, **cycles), prefix=s.warmup_prefix)


def _polynomial(s: Any, _: int | None) -> Schedule:
    if s.k_decay != 1.0 or s.cycle_limit != 1:
        no_form(class_name(s), f"k_decay is {s.k_decay}, and it runs through {s.cycle_limit} cycles")
    fall = _form(s, "polynomial", steps=s.t_initial, power=s.power, final=_final(s))
    return _warmed(s, fall, prefix=s.warmup_prefix)


def _step(s: Any, steps: int | None) -> Schedule:
    fall = _form(s, "step", steps=horizon(class_name(s), steps), every=s.decay_t, factor=s.decay_rate)
    return _warmed(s, fall, prefix=s.warmup_prefix)


def _multistep(s: Any, steps: int | None) -> Schedule:
    """Its milestones take effect one t before they say."""
    cuts = [milestone - 1 for milestone in s.decay_t]
    fall = _form(s, "multistep", steps=steps or max(cuts), milestones=cuts, factor=s.decay_rate)
    return _warmed(s, fall, prefix=s.warmup_prefix)


def _wsd(s: Any, _: int | None) -> Schedule:
    """Its ``t_initial`` counts the stable phase and the cooldown, and not the warmup."""
    if s.stable_fn != "constant" or s.decay_fn not in ("linear", "cosine", "1-sqrt"):
        no_form(class_name(s), f"its stable phase is {s.stable_fn}, its cooldown {s.decay_fn}")
    rest = _form(s, "wsd", steps=s.t_initial, cooldown=s.decay_t, shape=s.decay_fn, final=_final(s))
    return _warmed(s, rest, prefix=True)


_read = by_kind(
    {
        "CosineLRScheduler": _cosine,
        "PolyLRScheduler": _polynomial,
        "StepLRScheduler": _step,
        "MultiStepLRScheduler": _multistep,
        "WSDLRScheduler": _wsd,
    },
    {
        "PlateauLRScheduler": "it follows a metric, and no schedule knows that ahead",
        "TanhLRScheduler": "no form falls as tanh does",
    },
    class_name,
)
TIMM = Origin(read=_read, values=_values, axis=_axis)
