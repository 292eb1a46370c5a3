"""An answer's chart: what was measured, what is predicted with its band, and where on the axis the answer lies."""

from __future__ import annotations

from typing import Any

import numpy as np

from forerun.core import Answer, Array, Range
from forerun.figures.chart import Axis, Chart, Guide, Line, Points, Span
from forerun.figures.markup import tag, text
from forerun.figures.page.frame import figures_page

_DECADES = 20.0  # times that positive numbers span before an axis counts in powers; arbitrary


def answer_chart(answer: Answer) -> Chart:
    """Its rows over their first column: points measured, predictions with their 80% band, and the answer's own place.

    Example:
        >>> from forerun.core import Table
        >>> rows = Table({"params": [1e7, 1e8], "measured": [3.0, 2.5], "predicted": [3.0, 2.5]})
        >>> size = Range(5e7, 4e7, 6e7, "params")
        >>> chart = answer_chart(Answer("saturation", "1", "from 5e7 on", {"size": size}, rows))
        >>> [one.name for one in (*chart.points, *chart.lines)], chart.x.log
        (['measured', 'predicted'], False)
    """
    columns = {name: np.asarray(column, float) for name, column in answer.rows.columns.items() if _is_numeric(column)}
    x_name = next(iter(columns), "")
    x = columns.get(x_name, np.zeros(0))
    points, lines = _bars(x, columns), ()
    if "measured" in columns:
        points.append(Points("measured", x, columns["measured"]))
    if "predicted" in columns:
        if _in_order(x):
            lines = (Line("predicted", x, columns["predicted"], "ahead", width=1.4, dots=True),)
        else:
            points.append(Points("predicted", x, columns["predicted"], "ahead"))
    places = [
        value
        for value in answer.values.values()
        if isinstance(value, Range) and value.unit == x_name and np.isfinite([value.low, value.high]).all()
    ]
    return Chart(
        Axis(x_name, log=_log(x)), Axis("measured" if "measured" in columns else "predicted"), lines, (), tuple(points),
        spans=tuple(Span("", value.low, value.high, "quiet") for value in places),
        levels=tuple(Guide("", value.estimate, "x") for value in places), height=420,
    )  # fmt: skip


def title_of(answer: Answer) -> str:
    """The question and what is answered."""
    return f"{answer.question}: {answer.says}"


def answer_page(answer: Answer) -> str:
    """The picture as a page that works offline."""
    brand, heading = tag("p", "Forerun", class_="brand"), tag("h1", text(answer.question))
    head = tag("header", brand + heading + tag("p", text(answer.says, longest=1000), class_="lead"))
    return figures_page(answer.question, head, [answer_chart(answer)])


def _bars(x: Array, columns: dict[str, Array]) -> list[Points]:
    """The 80% interval, a bar a point."""
    if not {"low", "high"} <= columns.keys():
        return []
    middle = columns.get("predicted", columns.get("measured", columns["low"]))
    return [Points("80%", x, middle, "ahead", "bar", low=columns["low"], high=columns["high"])]


def _is_numeric(column: Any) -> bool:
    return not any(isinstance(cell, str) for cell in column)


def _in_order(x: Array) -> bool:
    return bool((np.diff(x) > 0).all())


def _log(x: Array) -> bool:
    return bool(x.size > 0 and float(x.min()) > 0 and float(x.max() / x.min()) > _DECADES)
