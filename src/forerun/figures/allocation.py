"""The charts of a budget's allocation over runs: who was trained when, how good it was, and the best so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, BadInput
from forerun.core.curve import Direction
from forerun.core.metrics import meaning
from forerun.figures.chart import Axis, Chart, HeatMap, Line

MOST = 60
"""Runs that one picture holds; arbitrary."""
_COLUMNS = 800  # drawn
_ROW = 16  # pixels
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

    Args:
        row: a line that ``forerun backtest --policy --cases`` writes: ``metric``, and of each step the ``run``, its
            ``y`` (None where it is not finite), what was ``spent`` so far and the ``regret``.

    Example:
        >>> row = {"metric": "loss", "run": ["a", "b"], "y": [2.0, None], "spent": [1, 3], "regret": [0.5, 0.5]}
        >>> above, below = replay_charts(row)
        >>> above.cells[0].x.tolist(), below.y.title, below.lines[0].y.tolist()
        ([0.0, 1.0, 3.0], 'regret', [0.5, 0.5])
    """
    spent, y = np.asarray(row["spent"], np.float64), np.array([np.nan if one is None else one for one in row["y"]])
    metric = str(row["metric"])
    above, _ = allocation_charts(
        row["run"], np.diff(spent, prepend=0.0), y, direction=meaning(metric).direction, metric=metric, unit="cost"
    )
    line = Line("regret", spent, np.asarray(row["regret"], np.float64), "ahead")
    return [above, Chart(above.x, Axis("regret", zero=True), (line,), height=200)]


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
