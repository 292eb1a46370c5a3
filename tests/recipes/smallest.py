"""Every recipe's smallest world, in which a training is a dozen steps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from forerun.lab.job import Job
from forerun.lab.runner import opened
from forerun.recipes.training import TrainingRun

STEPS = 12
TABLE = {"p": 7, "width": 8, "batch": 8, "steps": STEPS, "warmup": 2}  # of modular addition: 24 examples
SMALL: dict[str, tuple[str, dict[str, Any]]] = {
    "supervised": ("convex", {"problem": "logistic", "features": 4, "examples": 20, "steps": STEPS}),
    "early_learning": ("modular", TABLE),
    "weight_average": ("modular", TABLE),
    "federated_average": ("digits", {"variant": "federated", "local_steps": 2, "width": 8, "steps": STEPS}),
    "ghost_batch_norm": ("digits", {"norm": "batch", "width": 8, "steps": STEPS}),
    "magnitude_ticket": ("modular", TABLE | {"start.steps": 5, "start.warmup": 1}),
    "cyclic_curriculum": ("modular", TABLE | {"start.steps": 5, "start.warmup": 1}),
    "z_loss": ("modular", TABLE),
    "qk_norm": ("addition", {"digits": 1, "size": "xs", "batch": 4, "warmup": 2, "steps": STEPS}),
    "group_baseline": ("countdown", {"size": "xs", "batch": 16, "warmup": 2, "steps": STEPS, "eval_every": 12}),
    "actor_critic": ("bandits", {"episode": 4, "batch": 8, "steps": STEPS}),
    "q_learning": ("grid", {"batch": 8, "width": 8, "steps": STEPS}),
    "reward_model": ("preferences", {"comparisons": 50, "width": 8, "steps": STEPS}),
    "proxy_ascent": ("preferences", {"comparisons": 50, "width": 8, "steps": STEPS, "start.steps": 5}),
}
"""Each recipe's smallest world."""


def job(name: str, **more: Any) -> Job:
    world, settings = SMALL[name]
    return Job(world, {"eval_every": 4} | settings | more, 0, name)


@cache
def start(name: str) -> Mapping[str, Any] | None:
    """The weights that the recipe's start comes to."""
    before = job(name).start
    if before is None:
        return None
    training = opened(before, None)
    training.run()
    training.result()
    return training.model.state_dict()


def begun(name: str, **more: Any) -> TrainingRun:
    return opened(job(name, **more), start(name))


TINY: dict[str, dict[str, Any]] = {
    "digits": {"width": 8, "norm": "batch"},
    "charlm": {"size": "xs", "length": 8, "batch": 2},
    "modular": {"p": 7, "width": 8},
    "convex": {"features": 4, "examples": 20},
    "parity": {"width": 8},
    "addition": {"size": "xs", "digits": 1, "batch": 4},
    "countdown": {"size": "xs", "batch": 8},
    "preferences": {"comparisons": 50, "width": 8},
    "facts": {"size": "xs", "people": 10},
    "bandits": {"episode": 4, "batch": 8},
    "grid": {"batch": 8, "width": 8},
    "diffusion2d": {"width": 8},
}
"""Settings with which worlds are small that are not by themselves."""
