"""Charts as a Plotly figure, for notebooks; the only module that needs Plotly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from forerun.core import BadInput
from forerun.figures.chart import Bands, Chart, HeatMap, Line, Points, Span, Tone
from forerun.figures.markup import literal
from forerun.figures.zoom import Zoom

if TYPE_CHECKING:
    import plotly.graph_objects as go

COLOURS: Mapping[Tone, str] = {
    "seen": "#3d7cc9", "ahead": "#c8642a", "second": "#8a5fb0", "third": "#2f8f6b", "fourth": "#a07a1c",
    "alarm": "#b05ab0", "quiet": "#8a8f98",
}  # fmt: skip
"""The tones, told apart on light and on dark."""
_SHAPES = {"dot": "circle", "star": "star-open", "cross": "x", "bar": "line-ew-open", "tick": "line-ns-open"}
_LONG = 1e10  # places from which on ticks are written 20B instead of 20,000,000,000
_FEW = 60  # points that are drawn large
_BANDS = (0.14, 0.2, 0.3)  # opacity, from the outermost inwards


def plotly_figure(charts: Sequence[Chart], title: str = "") -> go.Figure:
    """The charts, one below the other, their last parts first; buttons of a single one show the whole, or a log axis.

    Raises:
        BadInput: Plotly is not installed.

    Example:
        >>> from forerun.figures.chart import Axis
        >>> line = Line("loss", np.array([1.0, 2.0]), np.array([2.0, 1.0]))
        >>> plotly_figure([Chart(Axis("step"), Axis("loss"), (line,))]).data[0].name
        'loss'
    """
    try:
        from plotly.subplots import make_subplots
    except ImportError as error:
        raise BadInput("pictures in notebooks need Plotly: pip install 'forerun[plotly]'") from error
    heights = [chart.height for chart in charts]
    spacing = 0.16 if len(charts) > 1 else 0.0
    figure = make_subplots(rows=len(charts), cols=1, row_heights=heights, vertical_spacing=spacing)
    for row, chart in enumerate(charts, 1):
        _draw(figure, chart, {"row": row, "col": 1})
    named = [line.name for chart in charts for line in chart.lines if line.name]
    alone = charts[0] if len(charts) == 1 else None
    figure.update_layout(
        title={"text": literal(title, longest=300), "font": {"size": 14}} if title else None,
        showlegend=len(named) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        margin={"l": 64, "r": 16, "t": 64, "b": 48}, height=sum(heights), template="none",
        hovermode="x unified" if alone is not None and alone.first is not None else "closest",
        updatemenus=[_buttons(alone.first)] if alone is not None and alone.first is not None else [],
    )  # fmt: skip
    return figure


def _draw(figure: go.Figure, chart: Chart, at: dict[str, int]) -> None:
    for line in sorted(chart.lines, key=lambda line: not line.faint):
        figure.add_trace(_line(line), **at)
    for fan in chart.fans:
        for trace in _fan(fan, chart.digits.y):
            figure.add_trace(trace, **at)
    for points in chart.points:
        figure.add_trace(_points(points, chart), **at)
    for cells in chart.cells:
        figure.add_trace(_cells(cells, chart), **at)
        for frame in _frames(cells):
            figure.add_shape(frame, **at)
    for span in chart.spans:
        _mark(figure, span, _last(chart), at)
    for level in chart.levels:
        line = {"dash": "dot", "width": 1.2, "color": COLOURS["quiet"]}
        if level.along == "x":
            figure.add_vline(x=level.value, line=line, **at)
        else:
            figure.add_hline(y=level.value, line=line, annotation_text=literal(level.name), **at)
    figure.update_xaxes(**_x_axis(chart), **at)
    figure.update_yaxes(**_y_axis(chart), **at)


def _line(line: Line) -> dict[str, Any]:
    style = {"color": COLOURS[line.tone], "width": 1 if line.faint else line.width, "dash": line.dash}
    mode = "lines+markers" if line.dots else "lines"
    return {
        "type": "scatter", "x": line.x, "y": line.y, "mode": mode, "line": style, "marker": {"size": 4},
        "name": literal(line.name), "showlegend": bool(line.name), "opacity": 0.5 if line.faint else 1.0,
        "hoverinfo": None if line.name else "skip",
    }  # fmt: skip


def _fan(fan: Bands, digits: int) -> list[dict[str, Any]]:
    """A band each pair of levels, and the median with its 80% interval in words."""
    pairs = len(fan.levels) // 2
    traces = [_band(fan, i, _BANDS[min(i + 3 - pairs, 2)] if pairs < 3 else _BANDS[i]) for i in range(pairs)]
    if len(fan.levels) % 2:
        ends = [fan.rows[fan.levels.index(level)] for level in (0.1, 0.9)]
        said = "%{y:D}  (80%: %{customdata[0]:D} to %{customdata[1]:D})".replace("D", f".{digits}~g")
        traces.append({
            "type": "scatter", "x": fan.x, "y": fan.rows[pairs], "mode": "lines", "name": literal(f"{fan.name} median"),
            "line": {"color": COLOURS[fan.tone], "width": 1.8, "dash": "dash"}, "showlegend": False,
            "customdata": np.stack(ends, axis=1), "hovertemplate": said,
        })  # fmt: skip
    return traces


def _band(fan: Bands, i: int, opacity: float) -> dict[str, Any]:
    low, high = fan.rows[i], fan.rows[-1 - i]
    return {
        "type": "scatter", "x": np.concatenate([fan.x, fan.x[::-1]]), "y": np.concatenate([high, low[::-1]]),
        "fill": "toself", "mode": "lines", "line": {"width": 0}, "fillcolor": _rgba(COLOURS[fan.tone], opacity),
        "hoverinfo": "skip", "showlegend": False, "name": f"{fan.levels[-1 - i] - fan.levels[i]:.0%} interval",
    }  # fmt: skip


def _points(points: Points, chart: Chart) -> dict[str, Any]:
    y: Any = points.y
    if chart.y.names:
        y = [literal(chart.y.names[int(place)], longest=200) for place in points.y]
    if points.at_top:
        y = np.full(points.x.size, _top(chart))
    size = 9 if points.x.size < _FEW else 5
    said = {"text": [literal(one) for one in points.texts], "hoverinfo": "text"} if points.texts else {}
    return {
        "type": "scatter", "x": points.x, "y": y, "mode": "markers", "name": literal(points.name), "showlegend": False,
        "marker": {"symbol": _SHAPES[points.shape], "size": size, "color": COLOURS[points.tone]},
        **_bars(points), **said,
    }  # fmt: skip


def _cells(cells: HeatMap, chart: Chart) -> dict[str, Any]:
    written = "%{z:.1%}" if cells.percent else f"%{{z:.{chart.digits.y}~g}}"
    return {
        "type": "heatmap", "x": cells.x, "z": cells.values, "name": "",
        "zmin": min(cells.low, cells.high), "zmax": max(cells.low, cells.high), "reversescale": cells.low > cells.high,
        "y": [literal(name, longest=200) for name in chart.y.names],
        "colorscale": [[0.0, _rgba(COLOURS[cells.tone], 0.08)], [1.0, _rgba(COLOURS[cells.tone], 1.0)]],
        "hoverongaps": False, "hovertemplate": f"%{{y}}, %{{x}}: {written}",
        "colorbar": {"title": {"text": literal(cells.name)}, "tickformat": ".0%" if cells.percent else None},
    }  # fmt: skip


def _frames(cells: HeatMap) -> list[dict[str, Any]]:
    """A frame around each stretch of a row."""
    frames: list[dict[str, Any]] = []
    for row, framed in enumerate(() if cells.framed is None else cells.framed):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], framed, [False]]).astype(int))).tolist()
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            sides = {"x0": cells.x[begin], "x1": cells.x[end], "y0": row - 0.5, "y1": row + 0.5}
            frames.append({"type": "rect", "line": {"color": COLOURS["quiet"], "width": 2}, **sides})
    return frames


def _bars(points: Points) -> dict[str, Any]:
    if points.low is None or points.high is None:
        return {}
    middle = points.x if points.bars == "x" else points.y
    ends = {"array": points.high - middle, "arrayminus": middle - points.low, "symmetric": False}
    return {f"error_{points.bars}": {"type": "data", "thickness": 1.4, "color": COLOURS[points.tone], **ends}}


def _top(chart: Chart) -> float:
    if chart.first is not None:
        return chart.first.y[1]
    highest = [float(np.nanmax(line.y)) for line in chart.lines if np.isfinite(line.y).any()]
    return max(highest, default=0.0)


def _last(chart: Chart) -> float:
    return max((float(line.x[-1]) for line in chart.lines if line.x.size), default=0.0)


def _mark(figure: go.Figure, span: Span, last: float, at: dict[str, int]) -> None:
    colour, end = COLOURS[span.tone], last if span.end is None else span.end
    figure.add_vrect(x0=span.start, x1=max(end, span.start), fillcolor=colour, opacity=0.1, line_width=0, **at)
    figure.add_vline(x=span.start, line={"width": 1, "color": colour}, **at)
    figure.add_annotation(
        text=literal(span.name), x=span.start, y=1.0, yref="paper", yanchor="bottom", showarrow=False,
        xanchor="right" if span.start > 0.8 * last else "left", font={"size": 11, "color": colour},
    )  # fmt: skip


def _x_axis(chart: Chart) -> dict[str, Any]:
    """Places in full with separators, as they are written elsewhere, unless they are too long for that."""
    short = abs(_last(chart)) < _LONG
    closely = {} if chart.first is None or chart.first.log else {"range": list(chart.first.x)}
    return {
        "title": {"text": literal(chart.x.title)}, "type": "log" if chart.x.log else "linear", **closely,
        "hoverformat": f",.{chart.digits.x}~f", "exponentformat": "none" if short else "B", "separatethousands": True,
        "tickformat": ".1%" if chart.x.percent else None,
    }  # fmt: skip


def _y_axis(chart: Chart) -> dict[str, Any]:
    if chart.y.names:
        return {"type": "category", "automargin": True}
    closely = {} if chart.first is None or chart.first.log else {"range": list(chart.first.y)}
    return {
        "title": {"text": literal(chart.y.title)}, "type": "log" if chart.y.log else "linear", **closely,
        "hoverformat": f".{chart.digits.y}~g", "exponentformat": "e", "tickformat": ".1%" if chart.y.percent else None,
        "rangemode": "tozero" if chart.y.zero else None,
    }  # fmt: skip


def _buttons(last: Zoom) -> dict[str, Any]:
    """Last part, whole and log, as on the report page."""
    everything = {"xaxis.autorange": True, "yaxis.autorange": True}
    closely = {"xaxis.range": list(last.x), "yaxis.range": list(last.y), "yaxis.type": "linear"}
    ways = {"Last part": closely, "Whole": {**everything, "yaxis.type": "linear"}}
    ways["Log"] = {**everything, "yaxis.type": "log"}
    return {
        "type": "buttons", "direction": "right", "active": 2 if last.log else 0, "font": {"size": 11}, "pad": {"b": 4},
        "buttons": [{"label": name, "method": "relayout", "args": [change]} for name, change in ways.items()],
        "x": 0, "y": 1.08, "xanchor": "left", "yanchor": "bottom",
    }  # fmt: skip


def _rgba(colour: str, opacity: float) -> str:
    return f"rgba({int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:7], 16)},{opacity})"
