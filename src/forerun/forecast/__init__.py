"""Forecasters, one file each: plain functions, and at its end the value (`Forecaster`) that the table names.

A method gives its card, its version, its formula from requests to quantiles, and where it learns, ``learn``. All else
(finite points, thin evidence, bounds, the forecast itself) `Forecaster` does once. A state is a dict that JSON can
carry.
"""

from forerun.core import Family
from forerun.forecast.forecaster import Forecaster

FORECASTERS: Family[Forecaster] = Family(
    kind="forecaster",
    table={
        "auto": "forerun.forecast.auto:AUTO",
        "learned": "forerun.forecast.learned:LEARNED",
        "last_value": "forerun.forecast.last_value:LAST_VALUE",
        "last_value_calibrated": "forerun.forecast.last_value_calibrated:LAST_VALUE_CALIBRATED",
        "best_so_far": "forerun.forecast.best_so_far:BEST_SO_FAR",
        "recent_median": "forerun.forecast.recent_median:RECENT_MEDIAN",
        "power_law": "forerun.forecast.power_law:POWER_LAW",
        "lr_area": "forerun.forecast.lr_area:LR_AREA",
        "best_of_four": "forerun.forecast.best_of_four:BEST_OF_FOUR",
        "parametric": "forerun.forecast.parametric:PARAMETRIC",
        "schedule_law": "forerun.forecast.schedule_law:SCHEDULE_LAW",
        "pfn": "forerun.forecast.pfn:PFN",
        "pfn_schedule": "forerun.forecast.pfn_schedule:PFN_SCHEDULE",
        "sequential": "forerun.forecast.sequential:SEQUENTIAL",
        "exponential": "forerun.forecast.exponential:EXPONENTIAL",
        "gp": "forerun.forecast.gp:GP",
        "siblings": "forerun.forecast.siblings:SIBLINGS",
        "mcmc": "forerun.forecast.mcmc:MCMC",
    },
    group="forerun.forecasters",
    of=Forecaster,
)
