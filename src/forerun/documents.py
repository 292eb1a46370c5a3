"""The JSON shapes that scripts rely on: one function a verb. Fields may be added, never renamed.

What is undefined crosses as a word, ``{"undefined": "why"}``; NaN and infinities as ``{"number": "nan"}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from forerun import api
from forerun.core import Answer, Curve, Decision, Finding, Forecast, ForerunError, Run, Runs, Undecided
from forerun.core.codec import encode
from forerun.core.decision import Range
from forerun.core.standing import standing

if TYPE_CHECKING:
    from forerun.api import Foretold, Outlook
    from forerun.evaluate.forecasts.backtest import Score
    from forerun.forecast.postprocess.calibration import Calibration
    from forerun.laws.fitter import Ensemble, Fit, LawScore
    from forerun.live import Poll

Document = dict[str, Any]


def calibrate_document(calibration: Calibration, store: str) -> Document:
    """``calibrate``: what was learned, what it holds, and where it is kept."""
    body = calibration.as_json()
    kept = ("name", "method", "version", "way", "coverage", "before", "cases", "groups")
    return {"calibration": {key: body[key] for key in kept} | {"store": store}}


def read_document(runs: Runs) -> Document:
    """``read``: runs with their metrics, axes, points, gaps and damage; files that were skipped, with why."""
    return {
        "runs": [_run(run) for run in runs],
        "skipped": [{"path": skipped.path, "why": skipped.why} for skipped in runs.skipped],
    }


def _run(run: Run) -> Document:
    return {
        "run": run.id,
        "format": run.format,
        "status": run.status,
        "path": run.path,
        **_origin(run),
        **_lineage(run),
        "metrics": [_metric(curve) for curve in run.curves.values()],
        "axes": list(dict.fromkeys([*run.positions.columns, *(curve.axis for curve in run.curves.values())])),
        "horizon": dict(run.horizon),
        "events": [{"kind": e.kind, "x": _or_undefined(e.x, "no single x"), "message": e.message} for e in run.events],
        "damage": [{k: v for k, v in asdict(d).items() if v is not None} for d in run.damage],
    }


def _origin(run: Run) -> Document:
    return {key: value for key in ("source", "task", "name") if (value := getattr(run, key)) is not None}


def _lineage(run: Run) -> Document:
    told: Document = (
        {} if run.lineage is None else {"lineage": {k: v for k, v in asdict(run.lineage).items() if v is not None}}
    )
    told |= {name: value for name in ("seed", "data_order") if (value := getattr(run, name)) is not None}
    return told | ({"items": run.items.n_rows} if run.items.n_rows else {})


def _metric(curve: Curve) -> Document:
    return {
        "metric": curve.metric,
        "axis": curve.axis,
        "direction": curve.direction,
        "n": len(curve),
        "first_x": float(curve.x[0]),
        "last_x": float(curve.x[-1]),
        "last_y": encode(float(curve.y[-1])),
        "non_finite": int((~np.isfinite(curve.y)).sum()),
        "gaps": gaps(curve),
        **_standing(curve),
    }


def _standing(curve: Curve) -> Document:
    stands = standing(curve)
    if stands is None:
        return {"best": {"undefined": "no finite value"}}
    return {"best": stands.best, "best_x": stands.best_x, "points_since_best": stands.points_since}


def gaps(curve: Curve) -> int:
    """Places where the spacing of x is over five times its median.

    Example:
        >>> gaps(Curve([1, 2, 3, 20], [1, 1, 1, 1], metric="loss"))
        1
    """
    spacing = np.diff(curve.x)
    return int((spacing > 5.0 * np.median(spacing)).sum()) if spacing.size else 0


def predict_document(outlooks: Sequence[Outlook]) -> Document:
    """``predict``: one forecast, or why there is none, a run and metric."""
    return {"forecasts": [_forecast(outlook) for outlook in outlooks]}


def _forecast(outlook: Outlook) -> Document:
    told = {
        name: getattr(outlook, name)
        for name in ("run", "metric", "axis", "origin", "at", "assumed", "end_by", "method", "status")
    }
    told |= {name: value for name in ("source", "task") if (value := getattr(outlook, name)) is not None}
    told["last"] = _or_undefined(outlook.last, "no finite value")
    answer = outlook.answer
    if isinstance(answer, Forecast):
        return told | {"quantiles": api.shown_quantiles(answer), "version": answer.version} | encode(answer.events)
    if isinstance(answer, Undecided):
        return told | {"why": answer.why, "needs": answer.needs}
    return told | {"why": "the run has reached its planned end", "needs": "--at beyond it, to forecast further"}


def scan_document(found: Mapping[str, Sequence[Finding]]) -> Document:
    """``scan``: findings; ``end`` is null while one lasts."""
    return {"findings": [_finding(run, finding) for run, findings in found.items() for finding in findings]}


def _finding(run: str, finding: Finding) -> Document:
    names = (
        "metric",
        "axis",
        "kind",
        "start",
        "end",
        "alarm",
        "statistic",
        "threshold",
        "promise",
        "detector",
        "message",
    )
    return {"run": run} | {name: getattr(finding, name) for name in names}


def advise_document(decisions: Mapping[str, Decision | Undecided], finished: frozenset[str] = frozenset()) -> Document:
    """``advise``: a decision a run, or why there is none."""
    return {"decisions": [_decision(run, decision, run in finished) for run, decision in decisions.items()]}


def _decision(run: str, decision: Decision | Undecided, finished: bool) -> Document:
    if isinstance(decision, Undecided):
        undefined = {"undefined": decision.why}
        status = "finished" if finished else "undecided"
        told = {"action": undefined, "reasons": [str(decision)], "gain": undefined, "cost": undefined}
        return {"run": run, **told, "undo": "nothing was changed", "status": status, "needs": decision.needs}
    return {
        "run": run,
        "action": decision.action,
        "reasons": list(decision.reasons),
        "gain": _range(decision.gain, "no forecast"),
        "cost": _range(decision.cost, "the log has no clock"),
        "undo": decision.undo,
        "status": "finished" if finished else "decided",
        "policy": decision.policy,
    }


def _range(value: Range | None, why: str) -> Document:
    return {"undefined": why} if value is None else {k: encode(v) for k, v in asdict(value).items()}


def _or_undefined(value: float | None, why: str) -> Any:
    return {"undefined": why} if value is None else encode(value)


def watch_document(seen: Poll) -> Document:
    """``watch``: the time, and of the runs that changed what ``read``, ``predict``, ``scan`` and ``advise`` say."""
    changed = [look for look in seen.looks if look.run.id in seen.changed]
    outlooks = [look.outlook for look in changed if look.outlook is not None]
    finished = frozenset(look.run.id for look in changed if look.run.status == "finished")
    return {
        "at": seen.at,
        **read_document(Runs(tuple(look.run for look in changed), seen.skipped)),
        **predict_document(outlooks),
        **scan_document({look.run.id: look.findings for look in changed}),
        **advise_document({look.run.id: look.decision for look in changed}, finished),
    }


def law_fit_document(law: str, made: Fit | Ensemble, seconds: float) -> Document:
    """``law fit``: parameters with 95% intervals, the objective, how far to believe it; of each law of an ensemble."""
    from forerun.laws.fitter import Ensemble

    if isinstance(made, Ensemble):
        return {"law": law, "fit_seconds": seconds, "members": [_law(one, one.fit_seconds) for one in made.fits]}
    return _law(made, seconds)


def _law(made: Fit, seconds: float) -> Document:
    report = {"starts": made.report.starts, "reached": made.report.reached, "converged": made.report.converged,
              "at_bound": list(made.report.at_bound), "unidentified": list(made.report.unidentified)}  # fmt: skip
    return {
        "law": made.law, "version": made.version, "params": dict(made.params),
        "intervals": {name: list(span) for name, span in made.intervals.items()}, "objective": made.objective,
        "n": made.n, "groups": made.groups, "noise": made.noise, "misfit": made.misfit, "fit_seconds": seconds,
        "report": report, "warnings": list(made.warnings),
    }  # fmt: skip


def law_predict_document(
    law: str, made: Fit | Ensemble, told: Mapping[str, Foretold | Undecided], seconds: float
) -> Document:
    """``law predict``: each run's predictions beside what was measured; why where the law refuses."""
    from forerun.laws.fitter import Ensemble

    fits = made.fits if isinstance(made, Ensemble) else (made,)
    params = {one.law: dict(one.params) for one in fits} if isinstance(made, Ensemble) else dict(made.params)
    warnings = dict.fromkeys(w for one in told.values() if not isinstance(one, Undecided) for w in one.warnings)
    rows = [_foretold(run, one) for run, one in told.items()]
    return encode(
        {"law": law, "params": params, "fit_seconds": seconds, "predictions": rows, "warnings": list(warnings)}
    )


def _foretold(run: str, told: Foretold | Undecided) -> Document:
    if isinstance(told, Undecided):
        return {"run": run, "status": "undecided", "why": told.why, "needs": told.needs}
    unmeasured = "nothing measured there"
    scores = {name: _or_undefined(getattr(told, name), unmeasured)
              for name in ("r2", "mae", "r2_post_branch", "mae_post_branch", "final")}  # fmt: skip
    return {
        "run": run, "id": told.run, "status": "predicted", "n": told.n, **scores,
        "final_predicted": told.final_predicted, "final_low": told.final_low, "final_high": told.final_high,
        "points": told.points.tolist(),
    }  # fmt: skip


def law_compare_document(standings: Sequence[LawScore]) -> Document:
    """``law compare``: laws by their error on the rows held out, best first."""
    return {"laws": [
        {"law": one.law, "status": "undecided", "why": one.why}
        if one.why is not None
        else {"law": one.law, "status": "judged", "n": one.n, "mean_error": float(one.errors.mean()),
              "covered_80": one.covered, "behind": one.behind[0], "low": one.behind[1], "high": one.behind[2]}
        for one in standings
    ]}  # fmt: skip


def law_ask_document(answer: Answer | Undecided, question: str) -> Document:
    """``law ask``: the answer with its values, ranges and rows; or why there is none."""
    if isinstance(answer, Undecided):
        return {"question": question, "status": "undecided", "why": answer.why, "needs": answer.needs}
    values = {name: _value(value) for name, value in answer.values.items()}
    rows = {name: encode(column) for name, column in answer.rows.columns.items()}
    return {
        "question": answer.question, "version": answer.version, "status": "answered", "says": answer.says,
        "values": values, "rows": rows, "warnings": list(answer.warnings),
    }  # fmt: skip


def _value(value: Range | float | str) -> Any:
    return _range(value, "") if isinstance(value, Range) else encode(value)


def backtest_document(scores: Sequence[Score]) -> Document:
    """``backtest``: one row a source and method, source ``"ALL"`` the plain mean over sources."""
    return {"scores": [asdict(score) for score in scores]}


def error_document(error: ForerunError, more: Mapping[str, Any] | None = None) -> Document:
    """An error under ``--json``; more of what is known of it stands beside its message."""
    where = {} if error.where is None else {"where": error.where}
    return {"error": {"kind": error.kind, "message": error.message, **where, **(more or {})}}
