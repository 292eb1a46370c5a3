"""The journal of advice: a line of JSON for what was advised and on what evidence, and one for what came of it."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Literal

from forerun.core import Forecast, RunDecision, Undecided
from forerun.core.codec import encode
from forerun.documents.advise import decision_document
from forerun.documents.shape import Document, given
from forerun.forecast.run_forecasts.batch import shown_quantiles

VERSION = 1
Came = Literal["as advised", "otherwise", "open", "not judged"]
"""What came of advice: `forerun.documents.journalling` says when it is which."""


def advice_entry(one: RunDecision, now: dt.datetime) -> Document | None:
    """What was advised of a run, and what was known then; None of a run that nothing could be said of.

    ``level`` is the last finite value, ``best`` the best one. ``id`` names the run, the x it had come to and what was
    said, so that advice on the same points is the same entry.
    """
    forecast, standing = one.forecast, one.standing
    if forecast is None or standing is None:
        return None
    answer = one.answer
    action = "cannot say" if isinstance(answer, Undecided) else answer.action
    key = f"{one.run}|{one.metric}|{forecast.origin!r}|{forecast.at!r}|{action}"
    return {
        "entry": "advice", "version": VERSION,
        "id": hashlib.sha1(key.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:12],
        "at": now.astimezone(dt.UTC).isoformat(timespec="seconds"),
        **decision_document(one), "metric": one.metric, "axis": forecast.axis, "origin": encode(forecast.origin),
        "end": encode(forecast.at), "level": encode(standing.last), "best": encode(standing.best),
        "findings": [
            {"kind": finding.kind, "metric": finding.metric, "start": encode(finding.start)}
            for finding in one.findings if finding.end is None
        ],
        **given(forecast=_forecast(forecast.answer, forecast.method)),
    }  # fmt: skip


def _forecast(answer: Forecast | Undecided, method: str) -> Document | None:
    if isinstance(answer, Undecided):
        return None
    return {"method": method, "version": answer.version, "direction": answer.direction,
            "quantiles": {level: encode(value) for level, value in shown_quantiles(answer).items()}}  # fmt: skip


def outcome_entry(of: str, run: str, came: Came, why: str, now: dt.datetime, **facts: float | bool | None) -> Document:
    """What came of advice; ``of`` is its id."""
    return {
        "entry": "outcome", "version": VERSION, "of": of, "at": now.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "run": run, "came": came, "why": why, **{name: encode(value) for name, value in given(**facts).items()},
    }  # fmt: skip
