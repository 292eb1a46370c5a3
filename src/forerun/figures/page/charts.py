"""A run's charts: its judged metric with what it is compared with, then all else that it logged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forerun import api
from forerun.core import BadInput, Run
from forerun.core.display import harmless
from forerun.core.metrics import preferred
from forerun.figures.chart import Chart
from forerun.figures.curve import curve_chart
from forerun.figures.page.packing import Packed, pack
from forerun.figures.stream import stream_of
from forerun.figures.view import curve_of, forecast_of
from forerun.runs.convert import moved

MOST_VIEWS = 40
"""Views of a run; what else it logged is in its table of metrics."""
_TOGETHER = 6  # curves drawn in one view at most
_JUDGED_POINTS, _OTHER_POINTS = 600_000, 400_000  # of a page, shared among its curves
_JUDGED_RANGE, _OTHER_RANGE = (240, 1200), (60, 400)  # points a curve, at least and at most
_KNOTS, _LEAST_KNOTS, _MOST_AXES = 16, 2, 6
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


def charts(look: api.Look, target: float | None, detail: Detail) -> list[Chart]:
    """The judged metric with what it is compared with first, then the run's other metrics."""
    judged = curve_of(look)
    if judged is None:
        return []
    groups = together(look.run, judged.metric)[:MOST_VIEWS]
    made = [_chart(look, names, judged.metric, target, detail) for names in groups]
    stream = stream_of(look.run)
    return made if stream is None else [made[0], stream, *made[1:]]


def window(look: api.Look, view: int, low: float, high: float, most: int) -> Chart:
    """One of `charts` with its lines from one place on x to another alone, drawn of points there.

    Args:
        view: its number among them.
        most: points of each line.

    Raises:
        BadInput: there is no such chart, or it has no lines.
    """
    judged = curve_of(look)
    groups = [] if judged is None else together(look.run, judged.metric)[:MOST_VIEWS]
    i = view if view == 0 or stream_of(look.run) is None else view - 1
    if judged is None or not 0 <= i < len(groups) or i == 0 < view:
        raise BadInput(f"no chart of lines has the number {view}", where="view")
    return _chart(look, groups[i], judged.metric, None, Detail(most, most), (low, high))


def _chart(
    look: api.Look,
    names: Sequence[str],
    judged: str,
    target: float | None,
    detail: Detail,
    within: tuple[float, float] | None = None,
) -> Chart:
    """Metrics of one group; the judged one with its forecast, its target and what a resume replaced."""
    run, first = look.run, names[0] == judged
    return curve_chart(
        run.curves[names[0]],
        forecast=forecast_of(look) if first else None,
        findings=look.findings,
        target=target if first else None,
        segments=run.segments.get(names[0], ()) if first else (),
        beside=[run.curves[other] for other in names[1:]],
        most=detail.judged if first else detail.other,
        most_beside=detail.other,
        within=within,
    )


def other_axes(look: api.Look) -> dict[str, list[Packed]]:
    """Where the judged curve's places lie on each other axis, at a few of them; between those both move together."""
    curve = curve_of(look)
    if curve is None or len(curve) < _LEAST_KNOTS:
        return {}
    axes: dict[str, list[Packed]] = {}
    for name in list(look.run.positions.columns)[:_MOST_AXES]:
        other = None if name == curve.axis else moved(look.run, curve, name)
        if other is not None and len(other) == len(curve):
            knots = np.unique(np.linspace(0, len(curve) - 1, _KNOTS).round().astype(int))
            axes[harmless(name)] = [pack(curve.x[knots]), pack(other.x[knots], fine=1e-4 * float(np.ptp(other.x)))]
    return axes


def together(run: Run, judged: str) -> list[list[str]]:
    """Metric names, those that differ only in the data they were measured on in one group; the judged one's first.

    Example:
        >>> from forerun.core import Curve
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
