"""PyTorch's schedulers, Transformers' among them."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from forerun.adapters.foreign import transformers
from forerun.adapters.foreign.origin import Origin, by_kind, class_name, horizon, joined, line, no_form
from forerun.core import Array, BadInput, Schedule


def base(scheduler: Any) -> float:
    """The highest of its groups' rates."""
    return float(max(scheduler.base_lrs))


def _values(scheduler: Any, at: NDArray[np.int64]) -> Array:
    """Those of the group with the highest rate, of a twin that is stepped over groups like its own."""
    if scheduler.last_epoch != 0:
        raise BadInput(f"it made {scheduler.last_epoch} steps: read it as it is made", where=class_name(scheduler))
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    optimizer.param_groups = [{**group, "params": [weight]} for group in scheduler.optimizer.param_groups]
    twin = copy.deepcopy(scheduler, {id(scheduler.optimizer): optimizer})
    rows: list[list[float]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that no optimizer was stepped
        for _ in range(int(at[-1]) + 1):
            rows.append([float(group["lr"]) for group in optimizer.param_groups])
            twin.step()
    return _highest(np.array(rows), class_name(scheduler))[at]


def _highest(rows: Array, name: str) -> Array:
    """The group with the highest rates, where the others are shares of it."""
    peaks = rows.max(axis=0)
    best = rows[:, int(np.argmax(peaks))]
    if not np.allclose(rows, best[:, None] * (peaks / peaks.max()), rtol=1e-9, atol=1e-12 * peaks.max()):
        raise BadInput("its groups' rates are no multiples of each other: give each group a schedule", where=name)
    return best


def _constant(s: Any, _: int | None) -> Schedule:
    return Schedule("path", {"x": [0, s.total_iters], "value": [base(s) * s.factor, base(s)]})


def _linear(s: Any, _: int | None) -> Schedule:
    return line(base(s) * s.start_factor, base(s) * s.end_factor, s.total_iters)


def _step(s: Any, steps: int | None) -> Schedule:
    cuts = {"every": s.step_size, "factor": s.gamma}
    return Schedule("step", {"peak": base(s), "steps": horizon("StepLR", steps)} | cuts)


def _multistep(s: Any, _: int | None) -> Schedule:
    x = [0, *sorted(s.milestones)]
    cuts = np.cumsum([0] + [s.milestones[n] for n in x[1:]])
    return Schedule("path", {"x": x, "value": (base(s) * s.gamma**cuts).tolist()})


def _exponential(s: Any, steps: int | None) -> Schedule:
    return Schedule("exponential", {"peak": base(s), "steps": horizon("ExponentialLR", steps), "factor": s.gamma})


def _polynomial(s: Any, _: int | None) -> Schedule:
    return Schedule("polynomial", {"peak": base(s), "steps": s.total_iters, "power": s.power})


def _cosine(s: Any, _: int | None) -> Schedule:
    return Schedule("cosine", {"peak": base(s), "steps": s.T_max, "final": s.eta_min / base(s)})


def _restarts(s: Any, steps: int | None) -> Schedule:
    cycles = {"period": s.T_0, "growth": s.T_mult, "final": s.eta_min / base(s)}
    return Schedule("sgdr", {"peak": base(s), "steps": horizon(class_name(s), steps)} | cycles)


def _onecycle(s: Any, _: int | None) -> Schedule:
    """Its phases end at the last update of each, and so does all of it: at ``total_steps - 1``."""
    group = max(s.optimizer.param_groups, key=lambda group: group["max_lr"])
    peak, phases = group["max_lr"], s._schedule_phases
    shares = {"start": group["initial_lr"] / peak, "final": group["min_lr"] / peak}
    shape = "straight" if s._anneal_func_type == "linear" else "cosine"
    cycle = {"warmup": phases[0]["end_step"], "phases": len(phases), "shape": shape}
    return Schedule("onecycle", {"peak": peak, "steps": s.total_steps - 1} | cycle | shares)


def _cyclic(s: Any, steps: int | None) -> Schedule:
    peak, up = float(max(s.max_lrs)), s.total_size * s.step_ratio
    decay = {"triangular": {}, "triangular2": {"decay": 0.5}, "exp_range": {"fade": s.gamma}}
    if s._scale_fn_custom is not None:
        no_form("CyclicLR", "its heights are a function")
    low = {"low": float(s.base_lrs[int(np.argmax(s.max_lrs))]) / peak}
    lengths = {"steps": horizon("CyclicLR", steps), "up": up, "down": s.total_size - up}
    return Schedule("cyclic", {"peak": peak} | low | lengths | decay[s.mode])


def _sequential(s: Any, steps: int | None) -> Schedule:
    return joined(_read, s._schedulers, s._milestones, steps)


def _lambda(s: Any, steps: int | None) -> Schedule:
    return transformers.read(s.lr_lambdas[int(np.argmax(s.base_lrs))], base(s), steps)


_read = by_kind(
    {
        "ConstantLR": _constant,
        "LinearLR": _linear,
        "StepLR": _step,
        "MultiStepLR": _multistep,
        "ExponentialLR": _exponential,
        "PolynomialLR": _polynomial,
        "CosineAnnealingLR": _cosine,
        "CosineAnnealingWarmRestarts": _restarts,
        "OneCycleLR": _onecycle,
        "CyclicLR": _cyclic,
        "SequentialLR": _sequential,
        "LambdaLR": _lambda,
    },
    {
        "ReduceLROnPlateau": "it follows a metric, and no schedule knows that ahead",
        "MultiplicativeLR": "it is made of functions",
        "ChainedScheduler": "it multiplies schedules",
    },
    class_name,
)
TORCH = Origin(read=_read, values=_values, in_order=True)
