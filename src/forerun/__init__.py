"""Know how a training run ends before it does, and steer it there.

    >>> import forerun
    >>> curve = forerun.Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
    >>> forecast = forerun.predict(curve, at=200)
    >>> print(f"{forecast.low:.2f} to {forecast.high:.2f}")
    1.00 to 1.02

Nouns: Curve, Run, Schedule, Forecast, Finding, Decision, Answer, Undecided.
Verbs: read, predict, scan, advise, backtest, replay, calibrate, expect, fit, ask, design, weigh; of scores read_scores,
compare, plan, passk, race, audit; show, watch, on_axis, to_polars, to_pandas, to_csv; journal_advice, score_advice.
`read` gives Runs; `predict`, `scan` and `advise`, asked of runs, give Answers.
`Store` keeps what logs said; `Session` follows runs point by point, `Watcher` a training from inside its loop.
Names load when first used, so that importing the package stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forerun.api import (
        advise,
        ask,
        audit,
        backtest,
        calibrate,
        compare,
        design,
        expect,
        fit,
        passk,
        plan,
        predict,
        race,
        read,
        read_scores,
        replay,
        scan,
        weigh,
    )
    from forerun.core import (
        Answer,
        Answers,
        Budget,
        Curve,
        Decision,
        Diagnosis,
        Finding,
        Forecast,
        ForerunError,
        Run,
        RunDecision,
        RunFindings,
        RunForecast,
        Runs,
        Schedule,
        Table,
        Undecided,
    )
    from forerun.documents.journalling import journal_advice, score_advice
    from forerun.evaluate.forecasts.backtest import Score
    from forerun.evaluate.replays.scores import PolicyScore
    from forerun.figures import show
    from forerun.forecast.postprocess.calibration import Calibration
    from forerun.frames import to_csv, to_pandas, to_polars
    from forerun.laws.design import Candidate, Design
    from forerun.laws.fitter import Ensemble, Fit, Prediction
    from forerun.live import Poll, watch
    from forerun.runs.convert import on_axis
    from forerun.runs.store import Store
    from forerun.session import Changes, Session
    from forerun.watcher import Watcher

__version__ = "0.1.0"

__all__ = [
    "Answer", "Answers", "Budget", "Calibration", "Candidate", "Changes", "Curve", "Decision", "Design", "Diagnosis",
    "Ensemble", "Finding", "Fit", "Forecast", "ForerunError", "PolicyScore", "Poll", "Prediction", "Run", "RunDecision",
    "RunFindings", "RunForecast", "Runs", "Schedule", "Score", "Session", "Store", "Table", "Undecided", "Watcher",
    "advise", "ask", "audit", "backtest", "calibrate", "compare", "design", "expect", "fit", "journal_advice",
    "on_axis", "passk", "plan", "predict", "race", "read", "read_scores", "replay", "scan", "score_advice", "show",
    "to_csv", "to_pandas", "to_polars", "watch", "weigh",
]  # fmt: skip

_VERBS = (
    "advise ask audit backtest calibrate compare design expect fit passk plan predict race read read_scores "
    "replay scan weigh"
)
_HOMES = {
    **dict.fromkeys(_VERBS.split(), "forerun.api"),
    **dict.fromkeys(("Candidate", "Design"), "forerun.laws.design"),
    **dict.fromkeys(("Ensemble", "Fit", "Prediction"), "forerun.laws.fitter"),
    **dict.fromkeys(("to_csv", "to_pandas", "to_polars"), "forerun.frames"),
    **dict.fromkeys(("journal_advice", "score_advice"), "forerun.documents.journalling"),
    **dict.fromkeys(("Poll", "watch"), "forerun.live"),
    **dict.fromkeys(("Changes", "Session"), "forerun.session"),
    "Calibration": "forerun.forecast.postprocess.calibration",
    "PolicyScore": "forerun.evaluate.replays.scores",
    "Score": "forerun.evaluate.forecasts.backtest",
    "show": "forerun.figures",
    "on_axis": "forerun.runs.convert",
    "Store": "forerun.runs.store",
    "Watcher": "forerun.watcher",
}
"""Where names live that are not nouns; those are in ``forerun.core``."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'forerun' has no attribute {name!r}; there are: {', '.join(__all__)}")
    return getattr(import_module(_HOMES.get(name, "forerun.core")), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
