"""A small schedule of every form: what is followed in every framework."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Schedule

LINEAR = {"peak": 0.3, "steps": 12, "warmup": 3, "final": 0.1}
COOLED = {"peak": 0.3, "steps": 14, "warmup": 3, "cooldown": 4}
EXAMPLES: dict[str, Schedule] = {
    "constant": Schedule("constant", {"peak": 0.3, "steps": 12, "warmup": 4, "start": 0.25}),
    "linear": Schedule("linear", LINEAR),
    "cosine": Schedule("cosine", LINEAR),
    "sgdr": Schedule("sgdr", LINEAR | {"steps": 15, "period": 4, "growth": 2, "decay": 0.7}),
    "step": Schedule("step", {"peak": 0.3, "steps": 14, "every": 5, "factor": 0.3}),
    "multistep": Schedule("multistep", {"peak": 0.3, "steps": 14, "milestones": [4, 9], "factor": 0.3}),
    "exponential": Schedule("exponential", {"peak": 0.3, "steps": 14, "warmup": 2, "factor": 0.8}),
    "polynomial": Schedule("polynomial", LINEAR | {"power": 2}),
    "inverse_sqrt": Schedule("inverse_sqrt", {"peak": 0.3, "steps": 14, "warmup": 3}),
    "inverse_time": Schedule("inverse_time", {"peak": 0.3, "steps": 14, "rate": 0.4}),
    "onecycle": Schedule("onecycle", {"peak": 0.3, "steps": 14, "warmup": 4, "phases": 3}),
    "rex": Schedule("rex", {"peak": 0.3, "steps": 12, "beta": 0.9}),
    "wsd": Schedule("wsd", COOLED | {"shape": "1-sqrt"}),
    "wsd_s": Schedule("wsd_s", COOLED | {"cooldown": 2, "ends": [8]}),
    "infinite": Schedule("infinite", {"peak": 0.3, "warmup": 2, "cooldown": 4, "steps": 14, "anneal": 4}),
    "rewarm": Schedule("rewarm", LINEAR | {"steps": 14, "ends": [8]}),
    "two_stage": Schedule("two_stage", COOLED | {"first": 7, "factor": 0.6}),
    "power": Schedule("power", {"peak": 0.3, "steps": 14 * 4096, "cooldown": 4 * 4096, "batch": 4}, axis="tokens"),
    "cyclic": Schedule("cyclic", {"peak": 0.3, "steps": 15, "low": 0.1, "up": 2, "down": 4, "decay": 0.7}),
    "knots": Schedule("knots", {"x": [0, 3, 7, 12], "value": [0.3, 0.1, 0.2, 0.05], "curve": "log"}),
    "refined": Schedule("refined", {"peak": 0.3, "steps": 14, "shares": [0.1, 1.0, 0.6, 0.0]}),
    "path": Schedule("path", {"x": [0, 3, 7, 12], "value": [0.3, 0.1, 0.2, 0.05]}),
    "then": Schedule("constant", {"peak": 0.3, "steps": 7}).then(Schedule("linear", {"peak": 0.3, "steps": 5})),
    "scale": Schedule("cosine", LINEAR).scale(0.5),
    "sample": Schedule("cosine", LINEAR).sample(every=2.5),
    "rebase": Schedule("cosine", LINEAR).rebase(at=2),
    "on": Schedule("cosine", LINEAR).on("samples", per=32),
}
"""By name of the form; all end within 16 updates, so that 20 go past the end."""

PER_STEP = {"power": 4096.0, "on": 32.0}
"""What an update adds, where a schedule counts no steps."""


def along(name: str, updates: int) -> Array:
    """The values of an example at updates 0, 1, ..."""
    return EXAMPLES[name].lr(np.arange(updates) * PER_STEP.get(name, 1.0))
