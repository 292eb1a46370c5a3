"""``predict``: one forecast, or why there is none, a run and metric."""

from __future__ import annotations

from collections.abc import Iterable

from forerun.core import RunForecast, Undecided
from forerun.core.codec import encode
from forerun.documents.shape import Document, given, or_undefined
from forerun.forecast.run_forecasts.batch import shown_quantiles

_FIELDS = ("run", "metric", "axis", "origin", "at", "assumed", "end_by", "method", "status")


def predict_document(forecasts: Iterable[RunForecast]) -> Document:
    """The forecasts, in their order."""
    return {"forecasts": [_forecast(one) for one in forecasts]}


def _forecast(one: RunForecast) -> Document:
    about = {name: getattr(one, name) for name in _FIELDS} | given(source=one.source, task=one.task)
    about["last"] = or_undefined(one.last, "no finite value")
    if isinstance(one.answer, Undecided):
        return about | {"why": one.answer.why, "needs": one.answer.needs}
    return about | {"quantiles": shown_quantiles(one.answer), "version": one.answer.version} | encode(one.answer.events)
