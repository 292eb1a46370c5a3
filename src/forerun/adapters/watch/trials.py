"""A run of a search among the others: whether it is to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from forerun.core import Curve, Decision, Direction, Run, Undecided
from forerun.core.run import Status
from forerun.forecast.run_forecasts.batch import METHOD, ForecastSetup
from forerun.session import looks

METRIC = "objective"


def trial_run(
    id: str, values: Mapping[float, float], direction: Direction, status: Status, horizon: float | None
) -> Run:
    """A trial as a run: its values by step.

    Example:
        >>> trial_run("3", {1: 0.5, 2: 0.4}, "min", "running", 10).curves["objective"].y.tolist()
        [0.5, 0.4]
    """
    steps = sorted(values)
    curve = Curve(np.array(steps, float), np.array([values[step] for step in steps]), METRIC, direction=direction)
    curves = {METRIC: curve} if steps else {}
    return Run(id, curves, "search", status=status, horizon={} if horizon is None else {"step": float(horizon)})


def verdict(run: Run, others: Sequence[Run], *, method: str = METHOD, policy: str = "auto") -> Decision | Undecided:
    """What to do with a run of a search. What it is to reach is the best that any of the others has come to at its end.

    Args:
        run: it.
        others: the other runs of the search.
        method: the forecaster. policy: what decides.
    """
    ends = [float(one.curves[METRIC].y[-1]) for one in others if one.status == "finished" and METRIC in one.curves]
    best = max if run.curves[METRIC].direction == "max" else min
    setup = ForecastSetup(method, [run, *others], target=best(ends) if ends else None)
    (look,) = looks([run], setup, policy=policy)
    return look.decision
