"""`expect`: a forecast before the first point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from forerun.api.reading import Where, runs_of
from forerun.core import LEVELS, Forecast, Run, Undecided
from forerun.core.choosing import check_metrics
from forerun.core.metrics import preferred
from forerun.core.run import OVER
from forerun.forecast.surrogates import SURROGATES


def expect(
    config: Mapping[str, Any],
    past: Run | Iterable[Run] | Where,
    *,
    metric: str | None = None,
    at: float | None = None,
    method: str = "from_config",
) -> Forecast | Undecided:
    """Forecast a run that has not started from its settings and what past runs with like settings ended at.

    Args:
        config: the run's settings, named as in the past runs' logs.
        past: runs, or a path to read, for example a store; those that are over and whose settings were logged count.
        metric: default that of the settings the past runs were read under, else the most important one they
            have (`forerun.core.metrics.preferred`).
        at: where it is to end, on the metric's axis; default the median end of the past runs.
        method: a surrogate of `forerun methods`.

    Example:
        >>> from forerun import Curve
        >>> def run(k):
        ...     loss = Curve([1, 2, 3], [2.0, 1.5, abs(k + 2.5)], metric="loss")
        ...     return Run(f"r{k}", {"loss": loss}, "example", status="finished", config={"lr": 10.0**k})
        >>> answer = expect({"lr": 10**-2.5}, [run(k) for k in np.linspace(-4, -1, 40)])
        >>> answer.low < 0.3, answer.method
        (True, 'from_config')
    """
    runs = [run for run in runs_of(past) if run.config and (run.status in OVER or run.source)]
    names = preferred(dict.fromkeys(name for run in runs for name in run.curves))
    project = next((name for run in runs for name in run.curves if name == run.settings.metric), None)
    chosen = metric or project or next(iter(names), "loss")
    check_metrics(runs, [metric] if metric else [])
    ended = [(run, curve) for run in runs if (curve := run.curves.get(chosen)) is not None and len(curve)]
    surrogate = SURROGATES.load(method)
    state = surrogate.fit(
        [run.config for run, _ in ended], [float(c.y[-1]) for _, c in ended], [run.task or run.id for run, _ in ended]
    )
    if not ended:
        return Undecided(f"{method}: no finished run with settings", "past runs whose settings were logged")
    end = np.array([np.median([curve.x[-1] for _, curve in ended]) if at is None else at])
    first = ended[0][1]
    quantiles = surrogate.quantiles(state, config)
    if isinstance(quantiles, Undecided):
        return quantiles
    return Forecast(
        chosen, first.axis, first.direction, 0.0, end, LEVELS, quantiles[None], surrogate.name, surrogate.version
    )
