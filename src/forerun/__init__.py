"""Know how a training run ends before it does, and steer it there.

    >>> import forerun
    >>> curve = forerun.Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
    >>> forecast = forerun.predict(curve, at=200)
    >>> print(f"{forecast.low:.2f} to {forecast.high:.2f}")
    0.99 to 1.02

Nouns: Curve, Run, Schedule, Forecast, Finding, Decision, Answer, Undecided.
Verbs: read, predict, scan, advise, backtest, calibrate, expect, fit, ask; show, watch, on_axis, to_polars, to_pandas.
`Store` keeps what logs said.
Names load when first used, so that importing the package stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forerun.api import advise, ask, backtest, calibrate, expect, fit, predict, read, scan
    from forerun.core import Answer, Curve, Decision, Finding, Forecast, ForerunError, Run, Schedule, Table, Undecided
    from forerun.figures import show
    from forerun.frames import to_pandas, to_polars
    from forerun.live import watch
    from forerun.runs.convert import on_axis
    from forerun.runs.store import Store

__version__ = "0.1.0"

__all__ = [
    "Answer", "Curve", "Decision", "Finding", "Forecast", "ForerunError", "Run", "Schedule", "Store", "Table",
    "Undecided", "advise", "ask", "backtest", "calibrate", "expect", "fit", "on_axis", "predict",
    "read", "scan", "show", "to_pandas", "to_polars", "watch",
]  # fmt: skip

_HOMES = {
    **dict.fromkeys(
        ("advise", "ask", "backtest", "calibrate", "expect", "fit", "predict", "read", "scan"), "forerun.api"
    ),
    "show": "forerun.figures",
    "to_pandas": "forerun.frames",
    "to_polars": "forerun.frames",
    "watch": "forerun.live",
    "on_axis": "forerun.runs.convert",
    "Store": "forerun.runs.store",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'forerun' has no attribute {name!r}; there are: {', '.join(__all__)}")
    return getattr(import_module(_HOMES.get(name, "forerun.core")), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
