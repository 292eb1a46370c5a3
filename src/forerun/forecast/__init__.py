"""Forecasters, one file each.

A forecaster is a module with

* ``CARD``: its data sheet, and ``VERSION``;
* ``default() -> State``: its state as shipped;
* ``fit(curves, groups=None, *, tasks=None, schedule=None) -> State``: what it learns from complete curves, groups (for
  example sources) weighing equally, tasks within them told apart, ``schedule[i]`` the planned `Schedule` of
  ``curves[i]`` or None; a method that learns nothing returns ``default()``;
* ``predict(state, curves, at, *, schedule=None) -> list[Forecast | Undecided]``: one answer a curve. ``at[i]`` is an
  increasing array of points beyond the last of ``curves[i]``; ``schedule[i]`` the planned `Schedule` or None.

A state is a dict that JSON can carry. Only finite points count; a forecaster sees nothing but what it is handed.
"""

from typing import Any

from forerun.core import Family

FORECASTERS: Family[Any] = Family(
    kind="forecaster",
    table={
        "auto": "forerun.forecast.auto",
        "learned": "forerun.forecast.learned",
        "last_value": "forerun.forecast.last_value",
        "last_value_calibrated": "forerun.forecast.last_value_calibrated",
        "best_so_far": "forerun.forecast.best_so_far",
        "recent_median": "forerun.forecast.recent_median",
        "power_law": "forerun.forecast.power_law",
        "lr_area": "forerun.forecast.lr_area",
        "best_of_four": "forerun.forecast.best_of_four",
        "parametric": "forerun.forecast.parametric",
        "schedule_law": "forerun.forecast.schedule_law",
        "pfn": "forerun.forecast.pfn",
        "pfn_schedule": "forerun.forecast.pfn_schedule",
        "sequential": "forerun.forecast.sequential",
        "exponential": "forerun.forecast.exponential",
        "gp": "forerun.forecast.gp",
        "siblings": "forerun.forecast.siblings",
        "mcmc": "forerun.forecast.mcmc",
    },
    group="forerun.forecasters",
)
