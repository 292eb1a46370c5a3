"""Runs with known truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from forerun.core import Run
from forerun.core.run import Status
from forerun.synthetic.curves import KnownCurve, falling

Rng = np.random.Generator


def run(
    known: KnownCurve, id: str = "synthetic", *, status: Status = "running", horizon: float | None = None,
    config: Mapping[str, Any] | None = None,
) -> Run:  # fmt: skip
    """A run that logged one known curve.

    Args:
        horizon: its planned end, on the curve's axis.

    Example:
        >>> made = run(falling(20, np.random.default_rng(0)), "a", horizon=40)
        >>> made.id, list(made.curves), dict(made.horizon)
        ('a', ['loss'], {'step': 40})
    """
    curve = known.curve
    planned = {} if horizon is None else {curve.axis: horizon}
    return Run(
        id, {curve.metric: curve}, "synthetic", status=status, horizon=planned, config=config or {},
        schedule=known.schedule,
    )  # fmt: skip


def sweep(count: int, rng: Rng, *, n: int = 100, best: float = 3e-3, cost: float = 0.1, sd: float = 0.005) -> list[Run]:
    """Finished runs at random learning rates, whose floor is least at the best rate.

    Args:
        count: runs.
        n: points of each.
        best: the learning rate at which the floor is 1.
        cost: how much higher the floor is for each squared factor of e away from it.

    Example:
        >>> runs = sweep(50, np.random.default_rng(0), sd=0.0)
        >>> least = min(runs, key=lambda one: one.curves["loss"].y[-1])
        >>> bool(abs(np.log(least.config["lr"] / 3e-3)) < 0.2)
        True
    """
    rates = best * np.exp(rng.uniform(-2.5, 2.5, count))
    floors = 1.0 + cost * np.log(rates / best) ** 2
    return [
        run(falling(n, rng, floor=float(f), sd=sd), f"sweep/{i}", status="finished", config={"lr": float(r)})
        for i, (r, f) in enumerate(zip(rates, floors, strict=True))
    ]
