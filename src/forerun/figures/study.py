"""A study's picture: what paired seeds say of every claim, and how the arms learned."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from forerun.core import Curve
from forerun.core.display import harmless
from forerun.figures.curve import AHEAD, FAINT, SEEN
from forerun.figures.markup import literal

_COLOURS = (SEEN, AHEAD, "#b05ab0", "#4a9a62", "#8c6d31", "#c05a6c", "#5f6caf", FAINT)


@dataclass(frozen=True)
class Bar:
    """One claim's interval: positive means what the claim says, in the metric's unit."""

    name: str
    estimate: float
    low: float
    high: float
    margin: float | None
    holds: bool


def claims_figure(bars: Sequence[Bar]) -> go.Figure:
    """Every claim's interval in units of its own width from zero, so that claims of different metrics stand together.

    Example:
        >>> claims_figure([Bar("a is better", 2.0, 1.0, 3.0, None, True)]).data[0].x[0]
        2.0
    """
    figure = go.Figure()
    for i, bar in enumerate(bars):
        unit = (bar.high - bar.low) / 2.0 or 1.0
        words = f"{bar.estimate:.4g} ({bar.low:.4g} to {bar.high:.4g})"
        colour = SEEN if bar.holds else AHEAD
        figure.add_trace(
            go.Scatter(
                x=[bar.estimate / unit],
                y=[i],
                error_x={"array": [1.0], "color": colour},
                mode="markers",
                marker={"color": colour, "size": 9},
                showlegend=False,
                hovertext=words,
                hoverinfo="text",
            )
        )
        if bar.margin is not None:
            for side in (-bar.margin, bar.margin):
                figure.add_shape(
                    type="line", x0=side / unit, x1=side / unit, y0=i - 0.3, y1=i + 0.3, line={"dash": "dot"}
                )
    figure.add_vline(x=0.0, line={"width": 1, "color": FAINT})
    figure.update_layout(
        template="plotly_white", height=90 + 46 * len(bars), margin={"l": 10, "r": 20, "t": 20, "b": 40},
        xaxis={"title": "difference, in half-widths of its own 95% interval"},
        yaxis={"tickvals": list(range(len(bars))), "ticktext": [_lines(bar.name) for bar in bars],
               "autorange": "reversed", "automargin": True},
    )  # fmt: skip
    return figure


def _lines(sentence: str) -> str:
    return "<br>".join(literal(line) for line in textwrap.wrap(harmless(sentence), 40))


def arms_figure(arms: Mapping[str, Sequence[Curve]]) -> go.Figure:
    """Every arm's curves of one metric: the mean over seeds, and the range in which they lie.

    Seeds of an arm are read at the points of its first; an arm that diverged stops where its seeds do.
    """
    figure = go.Figure()
    for i, (name, curves) in enumerate(arms.items()):
        x = curves[0].x
        y = np.array([np.interp(x, c.x, c.y, right=np.nan) for c in curves])
        colour = _COLOURS[i % len(_COLOURS)]
        both = np.concatenate([x, x[::-1]])
        edges = np.concatenate([y.max(axis=0), y.min(axis=0)[::-1]])
        figure.add_trace(
            go.Scatter(x=both, y=edges, fill="toself", line={"width": 0}, fillcolor=colour, opacity=0.15,
                       showlegend=False, hoverinfo="skip")
        )  # fmt: skip
        figure.add_trace(go.Scatter(x=x, y=y.mean(axis=0), name=literal(name), line={"color": colour, "width": 1.8}))
    first = next(iter(arms.values()))[0]
    figure.update_layout(
        template="plotly_white", height=380, margin={"l": 10, "r": 20, "t": 20, "b": 40},
        xaxis={"title": literal(first.axis)}, yaxis={"title": literal(first.metric), "automargin": True},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )  # fmt: skip
    return figure
