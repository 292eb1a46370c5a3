"""Runs whose losses follow a law along their learning rates, as the pages that ask laws are shown them."""

from __future__ import annotations

import numpy as np

from forerun.core import Curve, Run, Schedule
from forerun.web.workspace import Workspace
from tests.laws.paths_made import made_by

PARAMS = [2.5, 0.6, 0.5, 400.0, 1.0, 0.15, 0.64]
NAMES = ("constant", "cosine", "cooldown")


def drawn_runs(*names: str, prefix: str = "") -> list[Run]:
    """A run each of `tests.laws.paths_made.rates`."""
    runs: list[Run] = []
    for name in names or NAMES:
        table = made_by("multi_power", PARAMS, name, noise=1e-3)
        step, rate, y = (np.asarray(table.columns[one], float) for one in ("step", "rate", "y"))
        known = np.isfinite(y)
        logged = Schedule("path", {"x": step, "value": rate})
        curve = Curve(step[known], y[known], metric="loss")
        runs.append(Run(prefix + name, {"loss": curve}, "csv", schedule=logged, task="small"))
    return runs


def drawn_workspace(*names: str, prefix: str = "") -> Workspace:
    """A workspace of them."""
    return Workspace.of(drawn_runs(*names, prefix=prefix), "drawn")
