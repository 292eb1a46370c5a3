"""The picture of schedules: their rates over steps, and what a law says each ends at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from forerun.core import BadInput, Range, Schedule
from forerun.core.display import number
from forerun.figures.markup import literal, tag, text
from forerun.figures.page.frame import figures_page
from forerun.figures.runs import COLOURS
from forerun.laws.design import Candidate, Design
from forerun.schedules.path import RatePath

_POINTS = 600  # drawn of a schedule, besides those where it turns
_MOST = len(COLOURS)  # that are told apart


def schedules_figure(candidates: Sequence[Candidate], title: str = "") -> go.Figure:
    """Rates over steps, and below the predicted loss of each with its 80% interval where a law was asked.

    Raises:
        BadInput: none, several axes, or more than are told apart.

    Example:
        >>> from forerun.core import Schedule
        >>> from forerun.laws.design import weigh
        >>> plans = {name: Schedule(name, {"peak": 0.1, "steps": 100}) for name in ("linear", "constant")}
        >>> [line.name for line in schedules_figure(weigh(plans)).data]
        ['linear', 'constant']
    """
    axes = sorted({one.schedule.axis for one in candidates})
    if len(axes) != 1 or len(candidates) > _MOST:
        raise BadInput(f"{len(candidates)} schedules over {', '.join(axes) or 'nothing'}: 1 to {_MOST} over one axis")
    weighed = [(i, one) for i, one in enumerate(candidates) if isinstance(one.loss, Range)]
    heights = [0.64, 0.36] if weighed else [1.0]
    figure = make_subplots(rows=len(heights), cols=1, row_heights=heights, vertical_spacing=0.16)
    for i, one in enumerate(candidates):
        figure.add_trace(_line(one, COLOURS[i]), row=1, col=1)
    for i, one in reversed(weighed):
        figure.add_trace(_loss(one, COLOURS[i]), row=2, col=1)
    figure.update_layout(
        title={"text": literal(title, longest=300), "font": {"size": 14}} if title else None,
        height=320 + (40 * len(weighed) + 80 if weighed else 0),
        margin={"l": 90, "r": 20, "t": 64 if title else 24, "b": 48}, template="plotly_white", hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )  # fmt: skip
    figure.update_xaxes(title_text=axes[0], row=1, col=1)
    figure.update_yaxes(title_text="learning rate", rangemode="tozero", row=1, col=1)
    if weighed:
        figure.update_xaxes(title_text="predicted loss at the end, 80%", row=2, col=1)
        figure.update_yaxes(range=[-0.6, len(weighed) - 0.2], row=2, col=1)  # room for the numbers above the first
    return figure


def design_figure(design: Design) -> go.Figure:
    """The designed schedule and the alternatives."""
    return schedules_figure(design.candidates[:_MOST], design.says)


def schedules_page(candidates: Sequence[Candidate], says: str) -> str:
    """The picture as a page that works offline."""
    figure = schedules_figure(candidates[:_MOST])
    brand, heading = tag("p", "Forerun", class_="brand"), tag("h1", text("Schedules"))
    head = tag("header", brand + heading + tag("p", text(says, longest=1000), class_="lead"))
    return figures_page("Schedules", head, [figure])


def drawn(name: str, schedule: Schedule) -> Candidate:
    """A schedule over any axis with the area that its picture has, in rate times that axis."""
    return Candidate(name, schedule, float(_path(schedule).area[-1]))


def _path(schedule: Schedule) -> RatePath:
    return RatePath.of(schedule, np.array([schedule.end]), nodes=_POINTS)


def _line(one: Candidate, colour: str) -> go.Scatter:
    path = _path(one.schedule)
    return go.Scatter(
        x=path.x, y=path.rate, mode="lines", name=literal(one.name), line={"color": colour, "width": 1.8},
        legendgroup=one.name, hovertext=literal(f"{one.name}: LR area {number(one.area)}"),
    )  # fmt: skip


def _loss(one: Candidate, colour: str) -> go.Scatter:
    loss = one.loss
    assert isinstance(loss, Range)
    behind = "" if one.behind is None else f" (+{one.behind.estimate:.2g})"
    ends = {"array": [loss.high - loss.estimate], "arrayminus": [loss.estimate - loss.low], "symmetric": False}
    return go.Scatter(
        x=[loss.estimate], y=[literal(one.name)], mode="markers+text", text=[number(loss.estimate) + behind],
        textposition="top center", error_x={"type": "data", "thickness": 1.4, "color": colour, **ends},
        marker={"size": 8, "color": colour}, showlegend=False, legendgroup=one.name,
    )  # fmt: skip
