"""``read``: runs with their metrics, axes, points, gaps and damage; files that were skipped, with why."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from forerun.core import Curve, Run, Runs
from forerun.core.codec import encode
from forerun.core.standing import standing
from forerun.documents.shape import Document, given, or_undefined


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
        **given(source=run.source, task=run.task, name=run.name),
        **given(lineage=None if run.lineage is None else given(**asdict(run.lineage))),
        **given(seed=run.seed, data_order=run.data_order, items=run.items.n_rows or None),
        "metrics": [_metric(curve) for curve in run.curves.values()],
        "axes": list(dict.fromkeys([*run.positions.columns, *(curve.axis for curve in run.curves.values())])),
        "horizon": dict(run.horizon),
        "events": [{"kind": e.kind, "x": or_undefined(e.x, "no single x"), "message": e.message} for e in run.events],
        "damage": [given(**asdict(one)) for one in run.damage],
    }


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
