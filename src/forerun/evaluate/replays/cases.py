"""Every step that a replay spent, as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

import numpy as np

from forerun.evaluate.replays.candidates import ReplayTask
from forerun.evaluate.replays.regret import steps
from forerun.evaluate.replays.replay import Stretch


def write_cases(task: ReplayTask, policy: str, orders: Sequence[Sequence[Stretch]], file: TextIO) -> None:
    """A line an order, with the run, x, y, spent and regret of every step."""
    for seed, stretches in enumerate(orders):
        taken = steps(task, stretches)
        ones = [task.candidates[step.candidate] for step in taken]
        points = [(one.curve.x[step.n - 1], one.curve.y[step.n - 1]) for one, step in zip(ones, taken, strict=True)]
        row = {
            "source": task.source, "task": task.task, "metric": task.metric, "policy": policy, "seed": seed,
            "budget": task.budget, "run": [one.run for one in ones], "x": [float(x) for x, _ in points],
            "y": [float(y) if np.isfinite(y) else None for _, y in points],
            "spent": [step.spent for step in taken], "regret": [step.regret for step in taken],
        }  # fmt: skip
        file.write(json.dumps(row, allow_nan=False) + "\n")
