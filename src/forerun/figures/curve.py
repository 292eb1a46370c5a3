"""The picture of a learning curve: what was seen, the forecast's fan, and the findings on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from forerun.core import Curve, Finding, Forecast
from forerun.core.display import place
from forerun.core.metrics import meaning
from forerun.core.standing import standing
from forerun.figures.digits import Digits, digits_of
from forerun.figures.downsample import thin
from forerun.figures.markup import literal
from forerun.figures.view import kind
from forerun.figures.zoom import Zoom, zoom
from forerun.stats.scores import interval

SEEN, AHEAD, ALARM, FAINT = "#3d7cc9", "#c8642a", "#b05ab0", "#8a8f98"
"""Colours told apart by colour-blind readers, on light and on dark."""
_LONG = 1e10  # places from which on ticks are written 20B instead of 20,000,000,000
_BANDS = ((0.9, 0.14), (0.8, 0.2), (0.5, 0.3))


def curve_figure(
    curve: Curve,
    *,
    forecast: Forecast | None = None,
    findings: Sequence[Finding] = (),
    target: float | None = None,
    segments: Sequence[Curve] = (),
) -> go.Figure:
    """A curve with its forecast and findings, its last part first; buttons show the whole, or a log axis.

    Args:
        forecast: a fan; its 50, 80 and 90% intervals become bands around the median.
        findings: those of this curve's metric are drawn.
        target: a dotted line.
        segments: stretches that a resume replaced, drawn faintly.

    Example:
        >>> figure = curve_figure(Curve([1, 2, 3], [3.0, 2.0, 1.5], metric="loss"))
        >>> figure.data[0].name, figure.layout.yaxis.title.text
        ('loss', 'loss')
    """
    figure = go.Figure()
    last = zoom(curve, forecast)
    digits = digits_of(curve)
    for segment in segments[:-1]:
        figure.add_trace(_line(segment, FAINT, "replaced after a resume", dash="dot", width=1))
    figure.add_trace(_line(curve, SEEN, literal(curve.metric), width=1.6))
    _mark_non_finite(figure, curve)
    if forecast is not None:
        _draw_fan(figure, forecast, digits)
    _mark_best(figure, curve)
    for finding in findings:
        if finding.metric == curve.metric:
            _mark(figure, finding, float(curve.x[-1]))
    if target is not None:
        figure.add_hline(y=target, line={"dash": "dot", "width": 1.2, "color": FAINT}, annotation_text="target")
    figure.update_layout(**_layout(curve, last, digits))
    return figure


def _line(curve: Curve, colour: str, name: str, *, width: float, dash: str = "solid") -> go.Scatter:
    drawn = thin(curve.y)
    y = np.where(np.isfinite(curve.y[drawn]), curve.y[drawn], np.nan)
    mode = "lines+markers" if len(curve) <= 60 else "lines"
    line = {"color": colour, "width": width, "dash": dash}
    return go.Scatter(x=curve.x[drawn], y=y, mode=mode, name=name, line=line, marker={"size": 4})


def _mark_non_finite(figure: go.Figure, curve: Curve) -> None:
    bad = np.flatnonzero(~np.isfinite(curve.y))
    if not bad.size:
        return
    shown = bad[:: max(1, bad.size // 200)]
    texts = [f"{curve.y[i]} at {literal(curve.axis)} {place(curve.x[i], curve.axis)}" for i in shown]
    marker = {"symbol": "x", "size": 7, "color": ALARM}
    figure.add_trace(
        go.Scatter(
            x=curve.x[shown],
            y=[0.98] * shown.size,
            yaxis="y2",
            mode="markers",
            marker=marker,
            text=texts,
            hoverinfo="text",
            name="not finite",
        )
    )
    figure.update_layout(yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True})


def _draw_fan(figure: go.Figure, forecast: Forecast, digits: Digits) -> None:
    """From the first point forecast on: joined to the last value seen, the bands would have a notch there."""
    x = forecast.at
    for mass, opacity in _BANDS:
        low, high = interval(forecast.levels, forecast.quantiles, mass)
        figure.add_trace(
            go.Scatter(
                x=np.concatenate([x, x[::-1]]),
                y=np.concatenate([high, low[::-1]]),
                fill="toself",
                mode="lines",
                line={"width": 0},
                fillcolor=_rgba(AHEAD, opacity),
                hoverinfo="skip",
                name=f"{mass:.0%} interval",
            )
        )
    low, high = interval(forecast.levels, forecast.quantiles, 0.8)
    figure.add_trace(
        go.Scatter(
            x=x,
            y=np.array([np.interp(0.5, forecast.levels, q) for q in forecast.quantiles]),
            mode="lines",
            line={"color": AHEAD, "width": 1.8, "dash": "dash"},
            name="forecast median",
            customdata=np.stack([low, high], axis=1),
            hovertemplate="%{y:D}  (80%: %{customdata[0]:D} to %{customdata[1]:D})".replace("D", f".{digits.y}~g"),
        )
    )
    figure.add_vline(x=forecast.origin, line={"width": 1, "color": FAINT, "dash": "dot"})


def _mark_best(figure: go.Figure, curve: Curve) -> None:
    best = standing(curve) if meaning(curve.metric).quality and len(curve) > 1 else None
    if best is None:
        return
    marker = {"symbol": "star-open", "size": 11, "color": SEEN}
    x, y = [best.best_x], [best.best]
    figure.add_trace(go.Scatter(x=x, y=y, mode="markers", marker=marker, name="best"))


def _mark(figure: go.Figure, finding: Finding, last: float) -> None:
    end = last if finding.end is None else finding.end
    figure.add_vrect(x0=finding.start, x1=max(end, finding.start), fillcolor=ALARM, opacity=0.1, line_width=0)
    figure.add_vline(x=finding.start, line={"width": 1, "color": ALARM})
    near_end = finding.start > 0.8 * last
    figure.add_annotation(
        text=literal(kind(finding)),
        x=finding.start,
        y=1.0,
        yref="paper",
        yanchor="bottom",
        xanchor="right" if near_end else "left",
        showarrow=False,
        font={"size": 11, "color": ALARM},
    )


def _layout(curve: Curve, last: Zoom | None, digits: Digits) -> dict[str, Any]:
    scale = {} if last is None else {"type": "log"} if last.log else {"type": "linear", "range": list(last.y)}
    along = {} if last is None or last.log else {"range": list(last.x)}
    return {
        "xaxis": {"title": {"text": literal(curve.axis)}, "hoverformat": f",.{digits.x}~f", **_ticks(curve), **along},
        "yaxis": {
            "title": {"text": literal(curve.metric)},
            "hoverformat": f".{digits.y}~g",
            "exponentformat": "e",
            **scale,
        },
        "showlegend": False,
        "margin": {"l": 56, "r": 16, "t": 64, "b": 44},
        "height": 340,
        "hovermode": "x unified",
        "template": "none",
        "updatemenus": [_buttons(last)] if last is not None else [],
    }


def _ticks(curve: Curve) -> dict[str, Any]:
    """Places in full with separators, as they are written elsewhere, unless they are too long for that."""
    short = len(curve) == 0 or abs(curve.x[-1]) < _LONG
    return {"exponentformat": "none" if short else "B", "separatethousands": True}


def _buttons(last: Zoom) -> dict[str, Any]:
    """Last part, whole and log, as on the report page."""
    everything = {"xaxis.autorange": True, "yaxis.autorange": True}
    closely = {"xaxis.range": list(last.x), "yaxis.range": list(last.y), "yaxis.type": "linear"}
    ways = {"Last part": closely, "Whole": {**everything, "yaxis.type": "linear"}}
    ways["Log"] = {**everything, "yaxis.type": "log"}
    return {
        "type": "buttons",
        "direction": "right",
        "buttons": [{"label": name, "method": "relayout", "args": [change]} for name, change in ways.items()],
        "active": 2 if last.log else 0,
        "x": 0,
        "y": 1.08,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"size": 11},
        "pad": {"b": 4},
    }


def _rgba(colour: str, opacity: float) -> str:
    return f"rgba({int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:7], 16)},{opacity})"
