"""What a run's charts are drawn from, as compact JSON: thinned curves by view, fan, findings, ranges."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forerun import api
from forerun.core import Array, Curve, Finding, Forecast, Run
from forerun.core.display import harmless
from forerun.core.metrics import meaning, preferred
from forerun.core.standing import standing
from forerun.figures.digits import digits_of
from forerun.figures.downsample import thin
from forerun.figures.view import curve_of, forecast_of, kind
from forerun.figures.zoom import zoom
from forerun.stats.scores import at_levels

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Of the fan: ends of the 90, 80 and 50% intervals around the median."""
MOST_VIEWS = 40
"""Views of a run; what else it logged is in its table of metrics."""
_TOGETHER = 6  # curves drawn in one view at most
_MARKS, _NOT_FINITE = 60, 200
_PART = 0.3  # of a curve's points, below which the part shown first is thinned by itself; arbitrary
_JUDGED_POINTS, _OTHER_POINTS = 600_000, 400_000  # of a page, shared among its curves
_JUDGED_RANGE, _OTHER_RANGE = (240, 1200), (60, 400)  # points a curve, at least and at most
_SPLIT = frozenset("train training trn val valid validation eval evaluation dev test heldout holdout".split())


@dataclass(frozen=True)
class Detail:
    """Points drawn of a judged curve, and of the others."""

    judged: int
    other: int


def detail_of(runs: Sequence[Run]) -> Detail:
    """So many points a curve that pages of few runs lose nothing and pages of many stay small.

    Example:
        >>> detail_of([])
        Detail(judged=1200, other=400)
    """
    others = sum(min(len(run.curves), MOST_VIEWS) for run in runs) - len(runs)
    shares = (_JUDGED_POINTS // max(len(runs), 1), _OTHER_POINTS // max(others, 1))
    judged, other = (int(np.clip(n, *range)) for n, range in zip(shares, (_JUDGED_RANGE, _OTHER_RANGE), strict=True))
    return Detail(judged, other)


def charts(look: api.Look, target: float | None, detail: Detail) -> list[dict[str, Any]]:
    """The judged metric with what it is compared with first, then the run's other metrics."""
    judged = curve_of(look)
    if judged is None:
        return []
    run = look.run
    groups = together(run, judged.metric)[:MOST_VIEWS]
    first = _view(run, groups[0], look.findings, detail, forecast_of(look))
    replaced = run.segments.get(judged.metric, ())[:-1]
    first |= {"old": [_line(old, detail.other, 0.0) for old in replaced]} if replaced else {}
    first |= {"target": target} if target is not None else {}
    return [first, *(_view(run, names, look.findings, detail) for names in groups[1:])]


def together(run: Run, judged: str) -> list[list[str]]:
    """Metric names, those that differ only in the data they were measured on in one group; the judged one's first.

    Example:
        >>> curves = {name: Curve([1], [1.0], metric=name) for name in ("lr", "loss", "val_acc", "eval_loss")}
        >>> together(Run("r", curves, "x"), "eval_loss")
        [['eval_loss', 'loss'], ['val_acc'], ['lr']]
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for name in dict.fromkeys([judged, *preferred(run.curves), *run.curves]):
        groups.setdefault((stem(name), run.curves[name].axis), []).append(name)
    return [names[i : i + _TOGETHER] for names in groups.values() for i in range(0, len(names), _TOGETHER)]


def stem(name: str) -> str:
    """A metric's name without the data it was measured on.

    Example:
        >>> stem("train/loss"), stem("valLoss"), stem("Validation mAP@0.5"), stem("test")
        ('loss', 'loss', 'm ap 0 5', 'test')
    """
    parts = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return " ".join(part for part in parts if part not in _SPLIT) or name


def _view(
    run: Run, names: Sequence[str], findings: Sequence[Finding], detail: Detail, forecast: Forecast | None = None
) -> dict[str, Any]:
    curves = [run.curves[name] for name in names]
    points = [detail.judged if forecast is not None else detail.other, *([detail.other] * (len(curves) - 1))]
    ranges = zoom(curves[0], forecast)
    since = -np.inf if ranges is None else ranges.x[0]
    digits = [digits_of(curve) for curve in curves]
    fine = min(one.fine for one in digits)
    view: dict[str, Any] = {
        "axis": harmless(curves[0].axis),
        "digits": [max(one.x for one in digits), max(one.y for one in digits)],
        "series": [_series(curve, most, since, fine) for curve, most in zip(curves, points, strict=True)],
    }
    if ranges is not None:
        view |= {"x": ranges.x, "y": ranges.y, "log": ranges.log}
    if forecast is not None:
        view["fan"] = _fan(forecast, fine)
    marks = [_mark(finding) for finding in findings if finding.metric == names[0]][-_MARKS:]
    return view | ({"marks": marks} if marks else {})


def _series(curve: Curve, most: int, since: float, fine: float) -> dict[str, Any]:
    series: dict[str, Any] = {"name": harmless(curve.metric), **_line(curve, most, fine, since)}
    best = standing(curve) if meaning(curve.metric).quality else None
    if best is not None:
        series["best"] = (best.best_x, best.best)
    bad = np.flatnonzero(~np.isfinite(curve.y))
    if bad.size:
        shown = bad[:: max(1, bad.size // _NOT_FINITE)]
        series["bad"] = [pack(curve.x[shown]), [str(value) for value in curve.y[shown]]]
    return series


def _line(curve: Curve, most: int, fine: float, since: float = -np.inf) -> dict[str, Any]:
    drawn = _kept(curve, most, since)
    y = np.where(np.isfinite(curve.y[drawn]), curve.y[drawn], np.nan)
    return {"x": pack(curve.x[drawn]), "y": pack(y, fine=fine)}


def _kept(curve: Curve, most: int, since: float) -> np.ndarray:
    """All of it thinned evenly; half of the points for what is shown first where that is a small part of the whole."""
    shown = int(np.searchsorted(curve.x, since))
    if len(curve) <= most or len(curve) - shown > _PART * len(curve):
        return thin(curve.y, most)
    return np.union1d(thin(curve.y, most // 2), shown + thin(curve.y[shown:], most // 2))


def _fan(forecast: Forecast, fine: float) -> dict[str, Any]:
    quantiles = at_levels(forecast.levels, forecast.quantiles, LEVELS)
    return {"from": float(forecast.origin), "x": pack(forecast.at), "q": pack(quantiles.T.ravel(), fine=fine)}


def _mark(finding: Finding) -> list[Any]:
    return [harmless(kind(finding)), finding.start, finding.end]


def pack(values: Array, *, fine: float = 0.0) -> list[float] | str:
    """Numbers for the page: ``[first, pace, count]`` where evenly spaced, else base64 of their bytes.

    Args:
        values: shape (n,).
        fine: four bytes each where that moves none by more than this, else eight.

    Example:
        >>> pack(np.array([5.0, 10.0, 15.0])), pack(np.array([1.0, 3.0, 4.0]))
        ([5.0, 5.0, 3], 'fAACAPwAAQEAAAIBA')
    """
    values = np.asarray(values, np.float64)
    paces = np.diff(values)
    if values.size > 2 and np.isfinite(paces).all() and (paces == paces[0]).all():
        return [float(values[0]), float(paces[0]), int(values.size)]
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = values.astype("<f4")
        moved = np.abs(rounded - values)
    if not (moved > fine).any() and np.array_equal(np.isfinite(rounded), np.isfinite(values)):
        return "f" + base64.b64encode(rounded.tobytes()).decode()
    return "d" + base64.b64encode(values.astype("<f8").tobytes()).decode()
