"""The charts of schedules: their rates over steps, and what a law says each ends at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from forerun.core import Array, BadInput, Range, Schedule
from forerun.core.display import number
from forerun.figures.chart import MOST_LINES, Axis, Bands, Chart, Line, Points, look_of
from forerun.figures.downsample import thin
from forerun.figures.markup import tag, text
from forerun.figures.page.frame import figures_page
from forerun.figures.zoom import Zoom
from forerun.laws.design import Candidate, Design, LossPath
from forerun.schedules.path import RatePath

_POINTS = 600  # drawn of a schedule, besides those where it turns
MOST = min(8, MOST_LINES)
"""Schedules that one picture holds; arbitrary."""


def schedule_charts(candidates: Sequence[Candidate]) -> list[Chart]:
    """Rates over steps, and below the predicted loss of each with its 80% interval where a law was asked.

    Raises:
        BadInput: none, several axes, or more than are told apart.

    Example:
        >>> from forerun.core import Schedule
        >>> from forerun.laws.design import weigh
        >>> plans = {name: Schedule(name, {"peak": 0.1, "steps": 100}) for name in ("linear", "constant")}
        >>> [line.name for line in schedule_charts(weigh(plans))[0].lines]
        ['linear', 'constant']
    """
    axes = sorted({one.schedule.axis for one in candidates})
    if len(axes) != 1 or len(candidates) > MOST:
        raise BadInput(f"{len(candidates)} schedules over {', '.join(axes) or 'nothing'}: 1 to {MOST} over one axis")
    lines = tuple(_line(i, one) for i, one in enumerate(candidates))
    rates = Chart(Axis(axes[0]), Axis("learning rate", zero=True), lines, height=340)
    weighed = [(i, one) for i, one in enumerate(candidates) if isinstance(one.loss, Range)]
    return [rates, *([_losses(weighed)] if weighed else [])]


def design_charts(design: Design) -> list[Chart]:
    """The designed schedule and the alternatives."""
    return schedule_charts(design.candidates[:MOST])


def measured_chart(runs: Mapping[str, tuple[Array, Array]]) -> Chart:
    """What was measured, to stand behind what is predicted.

    Args:
        runs: steps and losses, both (n,), by the run's name.
    """
    thinned = [(name, x, y, thin(y)) for name, (x, y) in runs.items()]
    lines = tuple(Line(name, x[drawn], y[drawn], "quiet", width=1.0) for name, x, y, drawn in thinned)
    return Chart(Axis("step"), Axis("loss"), lines)


def along_chart(path: LossPath) -> Chart:
    """The loss that a law foretells along a schedule, with its 80% band."""
    band = Bands("predicted", path.step, (0.1, 0.9), np.stack([path.low, path.high]))
    return Chart(
        Axis("step"), Axis("predicted loss"), (Line("predicted", path.step, path.loss, "ahead"),), (band,),
        first=_closely(path), height=300,
    )  # fmt: skip


def _closely(path: LossPath) -> Zoom:
    """All steps, and losses from a tenth of the schedule on: what comes before falls out of the picture."""
    late = path.step >= 0.1 * path.step[-1]
    low, high = float(path.low[late].min()), float(path.high[late].max())
    margin = 0.06 * (high - low)
    return Zoom((0.0, float(path.step[-1]) * 1.02), (low - margin, high + margin), log=False)


def schedules_page(candidates: Sequence[Candidate], says: str) -> str:
    """The picture as a page that works offline."""
    brand, heading = tag("p", "Forerun", class_="brand"), tag("h1", text("Schedules"))
    head = tag("header", brand + heading + tag("p", text(says, longest=1000), class_="lead"))
    return figures_page("Schedules", head, schedule_charts(candidates[:MOST]))


def drawn(name: str, schedule: Schedule) -> Candidate:
    """A schedule over any axis with the area that its picture has, in rate times that axis."""
    return Candidate(name, schedule, float(_path(schedule).area[-1]))


def _path(schedule: Schedule) -> RatePath:
    return RatePath.of(schedule, np.array([schedule.end]), nodes=_POINTS)


def _line(i: int, one: Candidate) -> Line:
    path, (tone, dash) = _path(one.schedule), look_of(i)
    return Line(one.name, path.x, path.rate, tone, dash)


def _losses(weighed: Sequence[tuple[int, Candidate]]) -> Chart:
    """A row each, the first on top."""
    rows = weighed[::-1]
    points = tuple(_loss(place, i, one) for place, (i, one) in enumerate(rows))
    names = tuple(one.name for _, one in rows)
    across = Axis("predicted loss at the end, 80%")
    return Chart(across, Axis("schedule", names=names), points=points, height=110 + 40 * len(rows))


def _loss(place: int, i: int, one: Candidate) -> Points:
    loss = one.loss
    assert isinstance(loss, Range)
    behind = "" if one.behind is None else f" (+{one.behind.estimate:.2g})"
    x, low, high = (np.array([value]) for value in (loss.estimate, loss.low, loss.high))
    says = f"{number(loss.estimate)}{behind}, 80%: {number(loss.low)} to {number(loss.high)}"
    return Points(one.name, x, np.array([float(place)]), look_of(i)[0], low=low, high=high, bars="x", texts=(says,))
