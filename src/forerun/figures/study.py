"""A study's picture: what paired seeds say of every claim, and how the arms learned."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from forerun.core import Curve
from forerun.core.display import harmless, number
from forerun.figures.curve import AHEAD, FAINT, SEEN
from forerun.figures.markup import literal

_COLOURS = (SEEN, AHEAD, "#b05ab0", "#4a9a62", "#8c6d31", "#c05a6c", "#5f6caf", FAINT)


TITLES = ("claim", "by", "difference", "95%", "could have seen", "verdict")
"""What heads the cells of a claim."""


@dataclass(frozen=True)
class ClaimView:
    """What is shown of a study's claim, in its picture, on its page and in the terminal.

    Args:
        claim, metric: what is claimed, and by what it is judged.
        estimate, low, high: the difference with its 95% interval; positive means what the claim says.
        least: the smallest difference that would have shown.
        verdict: whether the claim holds, in words.
        holds: whether it does.
        margin: within which no difference counts, where that is what is claimed.
    """

    claim: str
    metric: str
    estimate: float
    low: float
    high: float
    least: float
    verdict: str
    holds: bool
    margin: float | None = None

    @property
    def interval(self) -> str:
        """The 95% interval in words."""
        return f"{number(self.low)} to {number(self.high)}"

    @property
    def cells(self) -> tuple[str, ...]:
        """A row of a table under `TITLES`."""
        return self.claim, self.metric, number(self.estimate), self.interval, number(self.least), self.verdict


def claims_figure(claims: Sequence[ClaimView]) -> go.Figure:
    """Every claim's interval in units of its own width from zero, so that claims of different metrics stand together.

    Example:
        >>> claim = ClaimView("a is better", "gold/loss", 2.0, 1.0, 3.0, 1.2, "holds", True)
        >>> claims_figure([claim]).data[0].x[0], claim.cells[2:5]
        (2.0, ('2', '1 to 3', '1.2'))
    """
    figure = go.Figure()
    for i, bar in enumerate(claims):
        unit = (bar.high - bar.low) / 2.0 or 1.0
        words = f"{number(bar.estimate)} ({bar.interval})"
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
        template="plotly_white", height=90 + 46 * len(claims), margin={"l": 10, "r": 20, "t": 20, "b": 40},
        xaxis={"title": "difference, in half-widths of its own 95% interval"},
        yaxis={"tickvals": list(range(len(claims))), "ticktext": [_lines(one.claim) for one in claims],
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
