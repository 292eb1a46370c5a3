"""Which part of a curve a picture shows at first: its last part and the whole fan, so that both can be read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Curve, Forecast
from forerun.stats.scores import interval

_LEADS = 3.0  # leads of the forecast shown before the origin, so that the fan has a quarter of the width; arbitrary
_LAST = 0.5  # share of the stretch shown that sets the y-range, and of a curve without a forecast; arbitrary
_LEAST = 12  # points shown at least
_OUTLIERS = (0.02, 0.98)  # quantiles of the last part that stay in view; single spikes may leave it
_DECADES = 2.0  # spread of positive values from which a log axis shows more than a linear one
_PAD = 0.08
_BEST_WITHIN = 1.6  # the best point stays in view where that widens the range by no more


@dataclass(frozen=True)
class Zoom:
    """Ranges of x and y, and whether y is better shown on a log axis."""

    x: tuple[float, float]
    y: tuple[float, float]
    log: bool


def zoom(curve: Curve, forecast: Forecast | None = None) -> Zoom | None:
    """The last part of the curve with the fan; None where fewer than two values are finite.

    Example:
        >>> steps = np.arange(1, 1001)
        >>> last = zoom(Curve(steps, 1 + 9 / steps, metric="loss"))
        >>> last.x, last.y[1] < 1.1, last.log
        ((480.52, 1019.98), True, False)
    """
    finite = np.isfinite(curve.y)
    x, y = curve.x[finite], curve.y[finite]
    if x.size < 2:
        return None
    left, right = _stretch(curve, x, forecast)
    last = y[x >= min(_last_part(left, float(x[-1])), float(x[-min(_LEAST, x.size)]))]
    low, high = (float(value) for value in np.quantile(last, _OUTLIERS))
    shown = [last]
    if forecast is not None:
        below, above = interval(forecast.levels, forecast.quantiles, 0.9)
        low, high = min(low, float(below.min())), max(high, float(above.max()))
        shown += [below, above]
    low, high = _with_best(low, high, float(y.min() if curve.direction == "min" else y.max()))
    margin = _PAD * (high - low) or 0.1 * abs(high) or 1.0
    sides = 0.04 * (right - left) or 1.0
    return Zoom((left - sides, right + sides), (low - margin, high + margin), _wide(np.concatenate(shown)))


def _wide(values: Array) -> bool:
    """Whether positive values spread over so many decades that only a log axis shows them."""
    return bool(values.size and values.min() > 0 and np.log10(values.max() / values.min()) > _DECADES)


def _last_part(left: float, right: float) -> float:
    """Where the last part of a stretch begins."""
    return left + (1.0 - _LAST) * (right - left)


def _stretch(curve: Curve, x: Array, forecast: Forecast | None) -> tuple[float, float]:
    first, last = float(x[0]), float(curve.x[-1])
    begin, right = _last_part(first, last), last
    if forecast is not None:
        right = float(forecast.at[-1])
        begin = last - _LEADS * (right - last)
    return max(first, min(begin, float(x[-min(_LEAST, x.size)]))), right


def _with_best(low: float, high: float, best: float) -> tuple[float, float]:
    wider = min(low, best), max(high, best)
    return wider if wider[1] - wider[0] <= _BEST_WITHIN * (high - low) else (low, high)
