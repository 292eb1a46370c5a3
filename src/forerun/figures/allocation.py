"""The charts of a budget's allocation over runs: who was trained when, how good it was, and the best so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from posixpath import commonpath
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, BadInput
from forerun.core.curve import Direction
from forerun.core.metrics import meaning
from forerun.figures.chart import Axis, Chart, HeatMap, Line
from forerun.figures.markup import tag, text
from forerun.figures.page.frame import figures_page

MOST = 60
"""Runs that one picture holds; arbitrary."""
_COLUMNS = 800  # drawn
_ROW = 16  # pixels
_PAGE = 12  # replays a page holds
_TITLE = "Allocation of a budget over runs"
_HELP = (
    "A row a run, the first to be trained on top, shaded where the budget went to it, the better the stronger. Below "
    "it the regret: how far the best so far lies above the task's best."
)
_BULK = (0.05, 0.95)  # of the values, between which shades go from pale to strong


def allocation_charts(
    runs: Sequence[str],
    cost: ArrayLike,
    value: ArrayLike,
    *,
    direction: Direction = "min",
    metric: str = "value",
    unit: str = "budget",
) -> list[Chart]:
    """A row a run, the first to be trained on top, shaded where the budget went to it, the better the stronger.

    Below it the best value so far.

    Args:
        runs: shape (n,), which run each step of the replay trained.
        cost: shape (n,), what each cost, above 0.
        value: shape (n,), what was then measured of it; what is not finite is as pale as the worst.
        direction: which way values are better.
        metric, unit: what was measured, and what costs are counted in.

    Raises:
        BadInput: shapes that do not fit, a cost that is none, nothing spent, or more than 60 runs.

    Example:
        >>> above, below = allocation_charts(["a", "b", "a"], [1, 2, 1], [3.0, 2.5, 2.0])
        >>> above.y.names, above.cells[0].x.tolist(), above.cells[0].values[1].tolist()
        (('b', 'a'), [0.0, 1.0, 3.0, 4.0], [3.0, nan, 2.0])
        >>> below.lines[0].x.tolist(), below.lines[0].y.tolist()
        ([1.0, 3.0, 4.0], [3.0, 2.5, 2.0])
    """
    costs, values = np.asarray(cost, np.float64), np.asarray(value, np.float64)
    names = list(dict.fromkeys(runs))
    _check(len(runs), costs, values, len(names))
    until = np.cumsum(costs)
    sign = 1.0 if direction == "min" else -1.0
    low, high = np.quantile(sign * values[np.isfinite(values)], _BULK) if np.isfinite(values).any() else (0.0, 1.0)
    rows = np.full((len(names), costs.size), np.nan)
    rows[[names.index(run) for run in runs], np.arange(costs.size)] = np.where(np.isfinite(values), values, sign * high)
    starts = np.unique(np.linspace(0, costs.size, min(costs.size, _COLUMNS), endpoint=False).astype(int))
    edges = np.append((until - costs)[starts], until[-1])
    shades = HeatMap(metric, edges, _means(rows, starts)[::-1], float(sign * high), float(sign * low))
    best = sign * np.minimum.accumulate(np.where(np.isfinite(values), sign * values, np.inf))
    line = Line(f"best {metric} so far", until, np.where(np.isfinite(best), best, np.nan), "ahead")
    spent = Axis(f"{unit} spent")
    return [
        Chart(spent, Axis("run", names=tuple(names[::-1])), cells=(shades,), height=80 + _ROW * max(len(names), 4)),
        Chart(spent, Axis(f"best {metric} so far"), (line,), height=200),
    ]


def replay_charts(row: Mapping[str, Any]) -> list[Chart]:
    """The charts of one order of a replay, with its regret in place of the best value.

    Of more runs than a picture holds, those that got least share a row.

    Args:
        row: a line that ``forerun backtest --policy --cases`` writes: ``policy``, ``task``, ``metric``, and of each
            step the ``run``, its ``y`` (None where it is not finite), what was ``spent`` so far and the ``regret``.

    Example:
        >>> row = {"policy": "asha", "task": "t", "metric": "loss", "run": ["a", "b"], "y": [2.0, None],
        ...        "spent": [1, 3], "regret": [0.5, 0.5]}
        >>> above, below = replay_charts(row)
        >>> above.cells[0].x.tolist(), below.y.title, below.lines[0].y.tolist(), below.x.title
        ([0.0, 1.0, 3.0], 'regret', [0.5, 0.5], 'cost spent by asha on t')
    """
    spent, y = np.asarray(row["spent"], np.float64), np.array([np.nan if one is None else one for one in row["y"]])
    metric, cost = str(row["metric"]), np.diff(spent, prepend=0.0)
    above, _ = allocation_charts(
        _fewer(row["run"], cost), cost, y, direction=meaning(metric).direction, metric=metric, unit="cost"
    )
    line = Line("regret", spent, np.asarray(row["regret"], np.float64), "ahead")
    axis = Axis(f"cost spent by {row['policy']} on {row['task']}")
    return [replace(above, x=axis), Chart(axis, Axis("regret", zero=True), (line,), height=200)]


def allocation_page(rows: Sequence[Mapping[str, Any]]) -> str:
    """A page of the first order of each policy and task, for the first dozen of them.

    Args:
        rows: lines that ``forerun backtest --policy --cases`` writes.
    """
    first = [row for row in rows if row["seed"] == 0]
    drawn = first[:_PAGE]
    lead = f"What each policy spent on the runs of a task, in one order of {len(drawn)} of {len(first)} replays."
    head = tag("p", "Forerun", class_="brand") + tag("h1", _TITLE) + tag("p", text(lead), class_="lead")
    head += tag("p", _HELP, class_="quiet")
    return figures_page(_TITLE, tag("header", head), [chart for row in drawn for chart in replay_charts(row)])


def _fewer(runs: Sequence[str], cost: Array) -> list[str]:
    """The runs without the path that all share, those that got least under one name where they are too many."""
    names = list(dict.fromkeys(runs))
    shared = commonpath([name.rpartition("/")[0] for name in names])
    runs = [run.removeprefix(f"{shared}/") for run in runs]
    names = list(dict.fromkeys(runs))
    if len(names) <= MOST:
        return runs
    spent = {name: sum(c for run, c in zip(runs, cost, strict=True) if run == name) for name in names}
    least = set(sorted(names, key=lambda name: spent[name])[: len(names) - MOST + 1])
    return [f"{len(least)} others" if run in least else run for run in runs]


def _check(n: int, costs: Array, values: Array, names: int) -> None:
    if not n or costs.shape != (n,) or values.shape != (n,):
        raise BadInput(f"{n} runs, costs of shape {costs.shape}, values of shape {values.shape}", where="allocation")
    if not (np.isfinite(costs) & (costs > 0)).all():
        raise BadInput(f"a step costs more than 0, not {costs.min():g}", where="allocation")
    if names > MOST:
        raise BadInput(f"{names} runs are too many for one picture; it holds {MOST}", where="allocation")


def _means(rows: Array, starts: NDArray[np.intp]) -> Array:
    """Of each stretch of columns the mean of what is there; nan where nothing is."""
    known = np.isfinite(rows)
    sums, counts = (np.add.reduceat(one, starts, axis=1) for one in (np.where(known, rows, 0.0), known.astype(float)))
    with np.errstate(invalid="ignore"):
        return sums / counts
