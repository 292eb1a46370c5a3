"""The verbs, one file each: read, predict, scan, advise, backtest, calibrate, expect. Here the families meet.

Whatever the command line can do, these do in as many lines.
"""

from forerun.api.advising import Look, advise, looks
from forerun.api.backtesting import NOT_BACKTESTED, backtest, fitted, learned_from, pasts_of
from forerun.api.calibrating import calibrate
from forerun.api.choosing import check_metrics, known_metric
from forerun.api.expecting import expect
from forerun.api.forecasting import METHOD, Outlook, Way, outlooks, predict, shown_quantiles
from forerun.api.planning import plan_of
from forerun.api.reading import Where, read, settings_of, with_settings
from forerun.api.scanning import scan

__all__ = [
    "METHOD",
    "NOT_BACKTESTED",
    "Look",
    "Outlook",
    "Way",
    "Where",
    "advise",
    "backtest",
    "calibrate",
    "check_metrics",
    "expect",
    "fitted",
    "known_metric",
    "learned_from",
    "looks",
    "outlooks",
    "pasts_of",
    "plan_of",
    "predict",
    "read",
    "scan",
    "settings_of",
    "shown_quantiles",
    "with_settings",
]  # fmt: skip
