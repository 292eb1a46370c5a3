"""The forecasts that detectors ask for: of one run alone, as they would have been made when it had come to an x.

Detectors and forecasters are strangers to each other. What a finding rests on must be the same in a replay and live, so
neither the runs beside nor anything that was logged later enters.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forerun.core import Forecast, FrozenMap, Run, Schedule, until
from forerun.forecast.run_forecasts.batch import ForecastSetup, run_forecasts


def foreseen(run: Run, metric: str, x: float) -> Forecast | None:
    """The forecast of a metric from its points up to an x; None where it cannot be said.

    Example:
        >>> from forerun.core import Curve
        >>> curve = Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
        >>> forecast = foreseen(Run("r", {"loss": curve}, "example", horizon={"step": 80.0}), "loss", 40)
        >>> forecast.origin, float(forecast.at[-1]), 1.0 < forecast.median < 1.05
        (40.0, 80.0, True)
    """
    past = replace(
        run, curves=FrozenMap({metric: until(run.curves[metric], x)}), segments={}, status="running",
        schedule=_logged_until(run.schedule, x),
    )  # fmt: skip
    answer = run_forecasts([(past, metric)], None, ForecastSetup(alone=True))[0].answer
    return answer if isinstance(answer, Forecast) else None


def _logged_until(schedule: Schedule | None, x: float) -> Schedule | None:
    """The schedule without the rates that were logged later; one that is given by a formula is known from the start."""
    if schedule is None or schedule.name != "path":
        return schedule
    steps, rates = (np.asarray(schedule.params[name], float) for name in ("x", "value"))
    known = steps <= x
    if not known.any():
        return None
    return Schedule("path", FrozenMap({"x": steps[known], "value": rates[known]}), schedule.axis)
