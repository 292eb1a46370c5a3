"""A curve in the height of a line of text, as SVG."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Curve, Forecast
from forerun.figures.downsample import thin
from forerun.figures.markup import text
from forerun.stats.scores import interval

WIDTH, HEIGHT, PAD = 132, 30, 2


def sparkline(curve: Curve, forecast: Forecast | None = None, *, label: str = "") -> str:
    """An SVG of the curve's finite points and, when there is one, the forecast's median and 80% band.

    Example:
        >>> svg = sparkline(Curve([1, 2], [2.0, 1.0], metric="loss"), label="<loss>")
        >>> "<svg" in svg and "&lt;loss&gt;" in svg
        True
    """
    finite = np.isfinite(curve.y)
    x, y = curve.x[finite], curve.y[finite]
    if not x.size:
        return f'<svg class="spark" role="img" aria-label="{text(label)}: no finite value"></svg>'
    drawn = thin(y, 120)
    x, y = x[drawn], y[drawn]
    parts, ends = [], [y]
    right = float(x[-1])
    if forecast is not None:
        low, high = interval(forecast.levels, forecast.quantiles, 0.8)
        right, ends = float(forecast.at[-1]), [y, low, high]
    place = _Place(float(x[0]), right, *_bounds(np.concatenate(ends)))
    if forecast is not None:
        ahead = forecast.at
        low, high = interval(forecast.levels, forecast.quantiles, 0.8)
        middle = np.array([np.interp(0.5, forecast.levels, q) for q in forecast.quantiles])
        band = place.points(np.concatenate([ahead, ahead[::-1]]), np.concatenate([high, low[::-1]]))
        parts += [
            f'<polygon class="band" points="{band}"/>',
            f'<polyline class="ahead" points="{place.points(ahead, middle)}"/>',
        ]
    parts.append(f'<polyline class="seen" points="{place.points(x, y)}"/>')
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg class="spark" role="img" aria-label="{text(label)}" {size}>{"".join(parts)}</svg>'


class _Place:
    """From data to pixels."""

    def __init__(self, left: float, right: float, low: float, high: float) -> None:
        self._left, self._low = left, low
        self._x = (WIDTH - 2 * PAD) / ((right - left) or 1.0)
        self._y = (HEIGHT - 2 * PAD) / ((high - low) or 1.0)

    def points(self, x: Array, y: Array) -> str:
        px = PAD + (x - self._left) * self._x
        py = np.clip(HEIGHT - PAD - (y - self._low) * self._y, 0, HEIGHT)
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(px, py, strict=True))


def _bounds(values: Array) -> tuple[float, float]:
    """The range shown: all of it, unless a few wild points would flatten the rest."""
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = (float(v) for v in np.quantile(values, [0.02, 0.98]))
    if high - low > 20 * (inner_high - inner_low) > 0:
        return inner_low, inner_high
    return low, high
