"""An answer's picture: what was measured, what is predicted with its band, and where on the axis the answer lies."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from forerun.core import Answer, Array, Range
from forerun.figures.curve import AHEAD, FAINT, SEEN
from forerun.figures.markup import literal, tag, text
from forerun.figures.page.frame import figures_page

_DECADES = 20.0  # times that positive numbers span before an axis counts in powers; arbitrary


def answer_figure(answer: Answer) -> go.Figure:
    """Its rows over their first column: points measured, predictions with their 80% band, and the answer's own place.

    Example:
        >>> from forerun.core import Table
        >>> rows = Table({"params": [1e7, 1e8], "measured": [3.0, 2.5], "predicted": [3.0, 2.5]})
        >>> size = Range(5e7, 4e7, 6e7, "params")
        >>> figure = answer_figure(Answer("saturation", "1", "from 5e7 on", {"size": size}, rows))
        >>> [trace.name for trace in figure.data], figure.layout.xaxis.type
        (['measured', 'predicted'], 'linear')
    """
    figure = go.Figure()
    columns = {name: np.asarray(column, float) for name, column in answer.rows.columns.items() if _is_numeric(column)}
    x_name = next(iter(columns), "")
    x = columns.get(x_name, np.zeros(0))
    if {"low", "high"} <= columns.keys():
        _add_bars(figure, x, columns.get("predicted", columns.get("measured", columns["low"])), columns)
    for name, colour in (("measured", SEEN), ("predicted", AHEAD)):
        if name in columns:
            lines = "markers" if name == "measured" or not _in_order(x) else "lines+markers"
            marker = {"size": 5, "color": colour}
            figure.add_trace(
                go.Scatter(x=x, y=columns[name], mode=lines, name=name, marker=marker, line={"width": 1.4})
            )
    for value in answer.values.values():
        if isinstance(value, Range) and value.unit == x_name and np.isfinite([value.low, value.high]).all():
            figure.add_vrect(x0=value.low, x1=value.high, fillcolor=FAINT, opacity=0.3, line_width=0)
            figure.add_vline(x=value.estimate, line={"color": AHEAD, "dash": "dot"})  # pyright: ignore[reportArgumentType]
    figure.update_layout(
        title={"text": literal(f"{answer.question}: {answer.says}", longest=200), "font": {"size": 14}},
        xaxis_title=literal(x_name), hovermode="closest", margin={"l": 60, "r": 20, "t": 64, "b": 48},
        template="plotly_white", showlegend=True,
    )  # fmt: skip
    figure.update_xaxes(type=_axis(x))
    return figure


def answer_page(answer: Answer) -> str:
    """The picture as a page that works offline."""
    figure = answer_figure(answer).update_layout(title=None, margin={"t": 16})
    brand, heading = tag("p", "Forerun", class_="brand"), tag("h1", text(answer.question))
    head = tag("header", brand + heading + tag("p", text(answer.says, longest=1000), class_="lead"))
    return figures_page(answer.question, head, [figure])


def _add_bars(figure: go.Figure, x: Array, middle: Array, columns: dict[str, Array]) -> None:
    """The 80% interval, a bar a point."""
    ends = {"array": columns["high"] - middle, "arrayminus": middle - columns["low"], "symmetric": False}
    bars = {"type": "data", "thickness": 1.0, "width": 0, "color": AHEAD, **ends}
    figure.add_trace(
        go.Scatter(x=x, y=middle, mode="markers", error_y=bars, marker={"size": 1, "color": AHEAD}, name="80%")
    )


def _is_numeric(column: Any) -> bool:
    return not any(isinstance(cell, str) for cell in column)


def _in_order(x: Array) -> bool:
    return bool((np.diff(x) > 0).all())


def _axis(x: Array) -> str:
    positive = x.size > 0 and float(x.min()) > 0 and float(x.max() / x.min()) > _DECADES
    return "log" if positive else "linear"
