"""The chart of a learning curve: what was seen, the forecast's fan, and the findings on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Curve, Finding, Forecast
from forerun.core.display import place
from forerun.core.metrics import meaning
from forerun.core.standing import standing
from forerun.figures.chart import Axis, Bands, Chart, Guide, Line, Points, Span, Tone
from forerun.figures.digits import Digits, digits_of
from forerun.figures.downsample import thin
from forerun.figures.smoothing import smoothed
from forerun.figures.view import kind
from forerun.figures.zoom import Zoom, zoom
from forerun.stats.scores import at_levels

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Of the fan: ends of the 90, 80 and 50% intervals around the median."""
MOST = 2000
"""Points drawn of a curve unless told otherwise."""
_BESIDE: Sequence[Tone] = ("second", "third", "fourth", "second", "third")
_MANY, _BAND = (
    200,
    0.05,
)  # points of a curve that is smoothed; share of the height by which neighbours differ; arbitrary
_FEW_POINTS = 60  # each of which is marked
_MARKS, _NOT_FINITE = 60, 200
_PART = 0.3  # of a curve's points, below which the part shown first is thinned by itself; arbitrary
_BULK = (0.1, 0.9)  # quantiles whose distance counts as how far a curve spreads


def curve_chart(
    curve: Curve,
    *,
    forecast: Forecast | None = None,
    findings: Sequence[Finding] = (),
    target: float | None = None,
    segments: Sequence[Curve] = (),
    beside: Sequence[Curve] = (),
    most: int = MOST,
    most_beside: int = MOST,
    within: tuple[float, float] | None = None,
) -> Chart:
    """A curve with its forecast and findings, its last part first.

    Args:
        forecast: a fan; its 50, 80 and 90% intervals become bands around the median.
        findings: those of this curve's metric are drawn.
        target: a dotted line.
        segments: stretches as they were logged; those that a resume replaced are drawn faintly.
        beside: curves of the same run drawn behind this one.
        most, most_beside: points drawn of this curve, and of each of the others.
        within: from where to where its lines are drawn, finer for it; default all of them.

    Example:
        >>> chart = curve_chart(Curve([1, 2, 3], [3.0, 2.0, 1.5], metric="loss"))
        >>> chart.lines[0].name, chart.y.title, chart.points[0].name
        ('loss', 'loss', 'best')
    """
    first = zoom(curve, forecast)
    since = -np.inf if first is None else first.x[0]
    own = _lines(curve, _Drawing(most, since, within), "seen", first)
    others = [
        line
        for one, tone in zip(beside, _BESIDE, strict=False)
        for line in _lines(one, _Drawing(most_beside, since, within), tone, first, beside=True)
    ]
    old = [_replaced(one, most_beside) for one in segments[:-1]]
    marks = [Span(kind(one), one.start, one.end) for one in findings if one.metric == curve.metric][-_MARKS:]
    levels = [Guide("target", target)] if target is not None else []
    if forecast is not None:
        levels.append(Guide("", float(forecast.origin), "x"))
    return Chart(
        x=Axis(curve.axis),
        y=Axis(curve.metric, log=first is not None and first.log),
        lines=(*own, *others, *old),
        fans=() if forecast is None else (fan_of(forecast),),
        points=(*_best(curve), *(mark for one in (curve, *beside) for mark in _not_finite(one))),
        spans=tuple(marks),
        levels=tuple(levels),
        first=first,
        digits=_finest([digits_of(one) for one in (curve, *beside)]),
    )


def fan_of(forecast: Forecast, name: str = "forecast", tone: Tone = "ahead") -> Bands:
    """From the first point forecast on: joined to the last value seen, the bands would have a notch there."""
    quantiles = at_levels(forecast.levels, forecast.quantiles, LEVELS)
    return Bands(name, forecast.at, LEVELS, np.asarray(quantiles, float).T, tone)


def finite(y: Array) -> Array:
    """The values with gaps where they are not finite."""
    return np.where(np.isfinite(y), y, np.nan)


@dataclass(frozen=True)
class _Drawing:
    """Which points of a curve are drawn.

    Args:
        most: of them.
        since: where the part begins that is shown first, which has half of them where it is a small part of the whole.
        within: from where to where they lie, with one beyond either end, so that lines reach it; None for all.
    """

    most: int
    since: float
    within: tuple[float, float] | None

    def of(self, x: Array, y: Array, share: float = 1.0) -> np.ndarray:
        """The indices of a share of so many."""
        most = int(share * self.most)
        if self.within is not None:
            begin = max(0, int(np.searchsorted(x, self.within[0])) - 1)
            end = int(np.searchsorted(x, self.within[1], side="right")) + 1
            return begin + thin(y[begin:end], most)
        shown = int(np.searchsorted(x, self.since))
        if y.size <= most or y.size - shown > _PART * y.size:
            return thin(y, most)
        return np.union1d(thin(y, most // 2), shown + thin(y[shown:], most // 2))


def _lines(curve: Curve, drawing: _Drawing, tone: Tone, first: Zoom | None, *, beside: bool = False) -> list[Line]:
    """The curve, and in front of it its smooth one where it is noisy; what stands beside is thinner."""
    noisy = _noisy(curve, first)
    drawn = drawing.of(curve.x, curve.y)
    width, crowds = (1.0 if beside or noisy else 1.8), beside and first is not None and _crowds(curve, first)
    dots = len(curve) <= _FEW_POINTS
    raw = Line(curve.metric, curve.x[drawn], finite(curve.y[drawn]), tone, width=width, dots=dots, crowds=crowds)
    if not noisy:
        return [raw]
    average = smoothed(curve.y)
    drawn = drawing.of(curve.x, average, 0.5)
    smooth = Line(f"{curve.metric}, smoothed", curve.x[drawn], average[drawn], tone, width=1.4 if beside else 1.8)
    return [smooth, raw]


def _replaced(curve: Curve, most: int) -> Line:
    drawn = thin(curve.y, most)
    return Line("", curve.x[drawn], finite(curve.y[drawn]), "quiet", "dot", faint=True)


def _noisy(curve: Curve, first: Zoom | None) -> bool:
    """Whether neighbouring points differ so much that the curve is a band in what is shown at first."""
    if first is None or len(curve) < _MANY:
        return False
    values = curve.y[(curve.x >= first.x[0]) & np.isfinite(curve.y)]
    if values.size < _FEW_POINTS:
        return False
    return bool(np.median(np.abs(np.diff(values))) > _BAND * (first.y[1] - first.y[0]))


def _crowds(curve: Curve, first: Zoom) -> bool:
    values = curve.y[(curve.x >= first.x[0]) & np.isfinite(curve.y)]
    return bool(values.size and np.ptp(np.quantile(values, _BULK)) > first.y[1] - first.y[0])


def _best(curve: Curve) -> list[Points]:
    best = standing(curve) if meaning(curve.metric).quality and len(curve) > 1 else None
    return [] if best is None else [Points("best", np.array([best.best_x]), np.array([best.best]), shape="star")]


def _not_finite(curve: Curve) -> list[Points]:
    bad = np.flatnonzero(~np.isfinite(curve.y))
    if not bad.size:
        return []
    shown = bad[:: max(1, bad.size // _NOT_FINITE)]
    texts = tuple(f"{curve.y[i]} at {curve.axis} {place(curve.x[i], curve.axis)}" for i in shown)
    return [Points("not finite", curve.x[shown], np.zeros(shown.size), "alarm", "cross", texts=texts, at_top=True)]


def _finest(digits: Sequence[Digits]) -> Digits:
    return Digits(max(one.x for one in digits), max(one.y for one in digits), min(one.fine for one in digits))
