"""``law fit``, ``law predict``, ``law compare`` and ``law ask``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from forerun.api.fitting import Foretold
from forerun.core import Answer, Range, Undecided
from forerun.core.codec import encode
from forerun.documents.shape import Document, or_undefined, range_document
from forerun.laws.fitter import Ensemble, Fit, LawScore


def law_fit_document(law: str, fitted: Fit | Ensemble, seconds: float) -> Document:
    """Parameters with 95% intervals, the objective, how far to believe it; of each law of an ensemble."""
    if isinstance(fitted, Ensemble):
        return {"law": law, "fit_seconds": seconds, "members": [_law(one, one.fit_seconds) for one in fitted.fits]}
    return _law(fitted, seconds)


def _law(fitted: Fit, seconds: float) -> Document:
    report = {"starts": fitted.report.starts, "reached": fitted.report.reached, "converged": fitted.report.converged,
              "at_bound": list(fitted.report.at_bound), "unidentified": list(fitted.report.unidentified)}  # fmt: skip
    return {
        "law": fitted.law, "version": fitted.version, "params": dict(fitted.params),
        "intervals": {name: list(span) for name, span in fitted.intervals.items()}, "objective": fitted.objective,
        "n": fitted.n, "groups": fitted.groups, "noise": fitted.noise, "misfit": fitted.misfit, "fit_seconds": seconds,
        "report": report, "warnings": list(fitted.warnings),
    }  # fmt: skip


def law_undecided_document(law: str, undecided: Undecided) -> Document:
    """Why no law was fitted."""
    return {"law": law, "status": "undecided", "why": undecided.why, "needs": undecided.needs}


def law_predict_document(
    law: str, fitted: Fit | Ensemble, predictions: Mapping[str, Foretold | Undecided], seconds: float
) -> Document:
    """Each run's predictions beside what was measured; why where the law refuses."""
    params: Document = (
        {one.law: dict(one.params) for one in fitted.fits} if isinstance(fitted, Ensemble) else dict(fitted.params)
    )
    warnings = dict.fromkeys(w for one in predictions.values() if not isinstance(one, Undecided) for w in one.warnings)
    rows = [_foretold(run, one) for run, one in predictions.items()]
    return encode(
        {"law": law, "params": params, "fit_seconds": seconds, "predictions": rows, "warnings": list(warnings)}
    )


def _foretold(run: str, prediction: Foretold | Undecided) -> Document:
    if isinstance(prediction, Undecided):
        return {"run": run, "status": "undecided", "why": prediction.why, "needs": prediction.needs}
    unmeasured = "nothing measured there"
    scores = {name: or_undefined(getattr(prediction, name), unmeasured)
              for name in ("r2", "mae", "r2_post_branch", "mae_post_branch", "final")}  # fmt: skip
    return {
        "run": run, "id": prediction.run, "status": "predicted", "n": prediction.n, **scores,
        "final_predicted": prediction.final_predicted, "final_low": prediction.final_low,
        "final_high": prediction.final_high, "points": prediction.points.tolist(),
    }  # fmt: skip


def law_compare_document(standings: Iterable[LawScore]) -> Document:
    """Laws by their error on the rows left out, best first."""
    return {"laws": [
        {"law": one.law, "status": "undecided", "why": one.why}
        if one.why is not None
        else {"law": one.law, "status": "judged", "n": one.n, "mean_error": float(one.errors.mean()),
              "covered_80": one.covered, "behind": one.behind[0], "low": one.behind[1], "high": one.behind[2]}
        for one in standings
    ]}  # fmt: skip


def law_ask_document(answer: Answer | Undecided, question: str) -> Document:
    """The answer with its values, ranges and rows; or why there is none."""
    if isinstance(answer, Undecided):
        return {"question": question, "status": "undecided", "why": answer.why, "needs": answer.needs}
    values = {name: _value(value) for name, value in answer.values.items()}
    rows = {name: encode(column) for name, column in answer.rows.columns.items()}
    return {
        "question": answer.question, "version": answer.version, "status": "answered", "says": answer.says,
        "values": values, "rows": rows, "warnings": list(answer.warnings),
    }  # fmt: skip


def _value(value: Range | float | str) -> Any:
    return range_document(value, "") if isinstance(value, Range) else encode(value)
