"""The verbs, one file each, where the families meet.

They are read, predict, scan, advise, backtest, replay, calibrate, expect, fit, ask, design, weigh, and of scores
`read_scores`, compare, plan, passk, race, trust and audit.

Whatever the command line can do, these do in as many lines.

One rule for `predict`, `scan` and `advise`: asked of a bare curve, a verb gives its noun (a Forecast, the Findings, a
Decision) or `Undecided`; asked of a run, several or a path, it gives `Answers`, an item a run, whose ``answer`` is just
that. One keyword means one thing in all of them, and is the flag of the command line: ``metric``, ``at``, ``target``,
``method`` (a forecaster), ``alone``, ``detector``, ``policy``, ``calibration``, ``budget``.

They load when first used: reading costs no forecaster's imports.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forerun.api.advising import VERDICTS, advise, urgency
    from forerun.api.asking import ask
    from forerun.api.auditing import audit
    from forerun.api.backtesting import NOT_BACKTESTED, backtest, fitted, learned_from, pasts_of
    from forerun.api.calibrating import calibrate
    from forerun.api.comparing import Compared, PairsOf, compare, compare_all
    from forerun.api.designing import LAW, design, past_of, weigh
    from forerun.api.expecting import expect
    from forerun.api.fitting import ENSEMBLE, Foretold, along_a_path, fit, foretell, law_table, rows_of
    from forerun.api.forecasting import predict
    from forerun.api.passing import Passes, passk
    from forerun.api.planning import ItemPlan, plan
    from forerun.api.racing import DataRace, race, race_in_data
    from forerun.api.reading import Where, read, runs_of, with_settings
    from forerun.api.replaying import replay
    from forerun.api.scanning import scan
    from forerun.api.scoring import Scored, Scores, read_scores
    from forerun.api.trusting import size_of, trust
    from forerun.core.choosing import check_metrics
    from forerun.forecast.run_forecasts.batch import METHOD, ForecastSetup, run_forecasts, shown_quantiles
    from forerun.forecast.run_forecasts.planning import plan_of
    from forerun.session.look import Look, decide, examine, looks, run_decision

__all__ = [
    "ENSEMBLE",
    "LAW",
    "METHOD",
    "NOT_BACKTESTED",
    "VERDICTS",
    "Compared",
    "DataRace",
    "ForecastSetup",
    "Foretold",
    "ItemPlan",
    "Look",
    "PairsOf",
    "Passes",
    "Scored",
    "Scores",
    "Where",
    "advise",
    "along_a_path",
    "ask",
    "audit",
    "backtest",
    "calibrate",
    "check_metrics",
    "compare",
    "compare_all",
    "decide",
    "design",
    "examine",
    "expect",
    "fit",
    "fitted",
    "foretell",
    "law_table",
    "learned_from",
    "looks",
    "passk",
    "past_of",
    "pasts_of",
    "plan",
    "plan_of",
    "predict",
    "race",
    "race_in_data",
    "read",
    "read_scores",
    "replay",
    "rows_of",
    "run_decision",
    "run_forecasts",
    "runs_of",
    "scan",
    "shown_quantiles",
    "size_of",
    "trust",
    "urgency",
    "weigh",
    "with_settings",
]  # fmt: skip

_HOMES = {
    "api.advising": "VERDICTS advise urgency",
    "api.asking": "ask",
    "api.auditing": "audit",
    "api.backtesting": "NOT_BACKTESTED backtest fitted learned_from pasts_of",
    "api.calibrating": "calibrate",
    "api.comparing": "Compared PairsOf compare compare_all",
    "api.designing": "LAW design past_of weigh",
    "api.expecting": "expect",
    "api.fitting": "ENSEMBLE Foretold along_a_path fit foretell law_table rows_of",
    "api.forecasting": "predict",
    "api.passing": "Passes passk",
    "api.planning": "ItemPlan plan",
    "api.racing": "DataRace race race_in_data",
    "api.reading": "Where read runs_of with_settings",
    "api.replaying": "replay",
    "api.scanning": "scan",
    "api.scoring": "Scored Scores read_scores",
    "api.trusting": "size_of trust",
    "core.choosing": "check_metrics",
    "forecast.run_forecasts.batch": "METHOD ForecastSetup run_forecasts shown_quantiles",
    "forecast.run_forecasts.planning": "plan_of",
    "session.look": "Look decide examine looks run_decision",
}
_HOME = {name: f"forerun.{module}" for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'forerun.api' has no attribute {name!r}; there are: {', '.join(__all__)}")
    return getattr(import_module(_HOME[name]), name)
