"""``passk``: how often one of k tries passes and how often all do, a row a system, measure and k."""

from __future__ import annotations

from collections.abc import Iterable

from forerun.api.passing import Passes
from forerun.core.codec import encode
from forerun.documents.shape import NOTHING_JUDGED, Document
from forerun.evaluate.items.passes import PassRate

_WILSON = "Wilson at the effective number of tasks"
_BEYOND = "a Beta distribution of rates over tasks carries it on; tasks that no number of tries solves would not fit it"


def passk_document(every: Iterable[Passes]) -> Document:
    """The rates of every system."""
    return encode({"rates": [row for one in every for row in _rows(one)]})


def _rows(one: Passes) -> list[Document]:
    about = {"system": one.system, "benchmark": one.benchmark, "metric": one.metric, "n": one.tasks,
             "tries": list(one.tries)}  # fmt: skip
    if one.until is not None:
        of = one.until
        return [{**about, "measure": "pass until", "k": 1, "estimate": of.estimate, "low": of.low, "high": of.high,
                 "status": "measured", "method": f"(r-1)/(K-1), {_WILSON}", "warnings": list(of.warnings),
                 "verdict": NOTHING_JUDGED, "unsolved": of.unsolved, "most_unsolved": of.most_unsolved}]  # fmt: skip
    return [row for rate in one.rates for row in (_row(about, rate, "pass@k"), _row(about, rate, "pass^k"))]


def _row(about: Document, rate: PassRate, measure: str) -> Document:
    estimate, low, high = (
        (rate.any, rate.any_low, rate.any_high)
        if measure == "pass@k"
        else (rate.every, rate.every_low, rate.every_high)
    )
    return {
        **about, "measure": measure, "k": rate.k, "estimate": estimate, "low": low, "high": high,
        "status": "extrapolated" if rate.extrapolated else "measured",
        "method": "Beta-binomial" if rate.extrapolated else f"unbiased, {_WILSON}",
        "warnings": [_BEYOND] if rate.extrapolated else [], "verdict": NOTHING_JUDGED,
    }  # fmt: skip
