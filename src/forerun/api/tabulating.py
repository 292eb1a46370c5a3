"""Runs as the tables that laws read: their learning rates' paths, or a row a run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from forerun.api.reading import Where, runs_of
from forerun.core import Array, BadInput, Curve, ForerunError, Run, Table, UnreadableLog
from forerun.core.choosing import metrics_of
from forerun.forecast.run_forecasts.planning import peak_of, warmup_of
from forerun.runs.projects import projects_of
from forerun.runs.tables import read_table
from forerun.schedules import value

Data = Table | Mapping[str, Any] | Run | Iterable[Run] | Where
"""What a table can be made of: itself, columns, runs, or a path to either."""
_WARM = 17  # nodes of a warm-up that was not logged


def path_table(runs: Sequence[Run], metric: str | None = None, task: str | None = None) -> Table:
    """A row a point of every run, as laws along a schedule read them: columns run, step, rate, y.

    Where runs are of several projects (`forerun.runs.projects`), a column ``task`` says which.

    Args:
        runs: those without a learning rate on the metric's axis are left out.
        metric: default that which each run is judged by, or the next most important loss where that is a score.
        task: keep the runs of this task or project.

    Rates stand where they were logged or planned and are NaN elsewhere, as is y. A log that begins after the warm-up
    gets it from the run's settings: a straight rise over its steps to the peak.

    Raises:
        BadInput: no run has a learning rate and the metric, or none is of the task.

    Example:
        >>> from forerun.core import Schedule
        >>> curve = Curve([100, 200], [3.0, 2.5], metric="loss")
        >>> logged = Schedule("path", {"x": [100, 200], "value": [0.1, 0.05]})
        >>> table = path_table([Run("a", {"loss": curve}, "example", schedule=logged)])
        >>> table.columns["rate"].tolist(), table.columns["y"].tolist()
        ([0.1, 0.05], [3.0, 2.5])
    """
    rated = [run for run in runs if run.schedule is not None]
    known = zip(rated, projects_of(rated), strict=True)
    parts = [(project, run, *rows) for run, project in known if (rows := _rows(run, metric)) is not None]
    if not parts:
        wanted = "a loss" if metric is None else f"the metric {metric!r}"
        raise BadInput(
            f"a law along a schedule needs runs with a learning rate and {wanted}; none of {len(runs)} has both"
        )
    chosen = [part for part in parts if task in (None, part[0], part[1].task)]
    if not chosen:
        raise BadInput(
            f"no run of task {task!r}; there are {', '.join(dict.fromkeys(project for project, *_ in parts))}"
        )
    points = [step.size for _, _, step, _, _ in chosen]
    columns: dict[str, Any] = {
        "run": np.repeat([run.id for _, run, *_ in chosen], points).tolist(),
        "step": np.concatenate([step for *_, step, _, _ in chosen]),
        "rate": np.concatenate([rate for *_, rate, _ in chosen]),
        "y": np.concatenate([y for *_, y in chosen]),
    }
    projects = [project for project, *_ in chosen]
    return Table(columns | ({"task": np.repeat(projects, points).tolist()} if len(set(projects)) > 1 else {}))


def _rows(run: Run, metric: str | None) -> tuple[Array, Array, Array] | None:
    """Steps, rates and values of a run; None where it has no rate on its metric's axis."""
    curve = _loss_of(run) if metric is None else run.curves.get(metric)
    if curve is None or run.schedule is None or run.schedule.axis != curve.axis:
        return None
    x, rates = _whole_path(run, curve)
    if not x.size:
        return None
    step = np.union1d(x, curve.x[curve.x >= 0])
    rate, y = np.full(step.size, np.nan), np.full(step.size, np.nan)
    rate[np.searchsorted(step, x)] = rates
    known = curve.x >= 0
    y[np.searchsorted(step, curve.x[known])] = np.where(np.isfinite(curve.y[known]), curve.y[known], np.nan)
    return step, rate, y


def _loss_of(run: Run) -> Curve | None:
    """What a run is judged by, or its next loss, as laws along a schedule are of losses; None where it has none."""
    curves = (run.curves[name] for name in dict.fromkeys([*metrics_of(run), *metrics_of(run, ["all"])]))
    return next((curve for curve in curves if curve.direction == "min"), None)


def _whole_path(run: Run, curve: Curve) -> tuple[Array, Array]:
    """The rates that are known, and before them the warm-up and the peak as the settings tell them."""
    plan = run.schedule
    assert plan is not None
    x = np.asarray(plan.params["x"], float) if plan.name == "path" else curve.x
    rates = value(plan, x)
    known = np.isfinite(rates) & (x >= 0)
    x, rates = x[known], rates[known]
    warmup, peak = warmup_of(run.config), peak_of(run.config)
    if not x.size or warmup is None or not warmup or x[0] < warmup:
        return x, rates
    top = rates[0] if peak is None else max(peak, rates[0])
    peak_start = [warmup] if warmup < x[0] else []
    before = np.linspace(0.0, warmup, _WARM)[:-1]
    return (
        np.concatenate([before, peak_start, x]),
        np.concatenate([top * np.linspace(0.0, 1.0, _WARM)[:-1], [top] * len(peak_start), rates]),
    )


def row_table(runs: Sequence[Run], metric: str | None = None) -> Table:
    """A row a run: its numeric settings, and its last finite value as y.

    Example:
        >>> runs = [Run(str(n), {"loss": Curve([1], [3.0 / n], metric="loss")}, "example", config={"params": n})
        ...         for n in (1, 2)]
        >>> row_table(runs).columns["params"].tolist(), row_table(runs).columns["y"].tolist()
        ([1.0, 2.0], [3.0, 1.5])
    """
    rows: list[dict[str, Any]] = []
    for run in runs:
        named = [metric] if metric is not None else metrics_of(run)[:1]
        curve = run.curves.get(named[0]) if named else None
        good = np.flatnonzero(np.isfinite(curve.y)) if curve is not None else np.zeros(0, int)
        if curve is not None and good.size:
            last = {"run": run.id, curve.axis: float(curve.x[good[-1]]), "y": float(curve.y[good[-1]])}
            rows.append(_numbers(run.config) | last)
    if not rows:
        raise BadInput(f"none of {len(runs)} runs has a finite value of {metric or 'a metric that measures quality'}")
    names = [name for name in rows[0] if all(name in row for row in rows)]
    return Table({n: [r[n] for r in rows] if n == "run" else np.array([float(r[n]) for r in rows]) for n in names})


def _numbers(config: Mapping[str, Any]) -> dict[str, float]:
    return {str(k): float(v) for k, v in config.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}


def table_of(
    data: Data,
    wanted: Iterable[str] | None,
    *,
    metric: str | None = None,
    task: str | None = None,
    columns: Mapping[str, str] | None = None,
    above: Mapping[str, float] | None = None,
) -> Table:
    """The table that a law or a question reads, from whatever holds it.

    Args:
        data: a table or columns as they are; runs; or a path. A CSV or Parquet file that has the wanted columns is read
            as it is, anything else as runs.
        wanted: columns; None for a row a point along learning rates' paths.
        metric, task, columns, above: as `forerun.api.law_table`.

    Raises:
        BadInput: a column is missing, or no run has what is wanted.
        NothingToRead, UnreadableLog: of a path.
    """
    return _above(_named(_raw_table(data, wanted, metric, task, columns), columns), above or {})


def _raw_table(
    data: Data,
    wanted: Iterable[str] | None,
    metric: str | None,
    task: str | None,
    columns: Mapping[str, str] | None,
) -> Table:
    """The table under the data's own names: rows as they stand, learning rates' paths, or a row a run."""
    if isinstance(data, Table):
        return data
    if isinstance(data, Mapping):
        return _tabled(cast(Mapping[str, Any], data))
    if wanted is None:
        return path_table(runs_of(data), metric, task)
    names = {(columns or {}).get(name, name) for name in wanted}
    raw = _rows_of(Path(data), metric, task) if isinstance(data, (str, os.PathLike)) else Table({})
    if raw.columns and names <= set(raw.columns):
        return raw
    try:
        rows = row_table(_of_task(runs_of(data), task), metric)
    except ForerunError:
        if not raw.columns:
            raise
        return raw
    return rows if names <= set(rows.columns) or not raw.columns else raw


def _above(table: Table, least: Mapping[str, float]) -> Table:
    rows = np.ones(table.n_rows, bool)
    for name, edge in least.items():
        if name not in table.columns:
            raise BadInput(f"no column {name!r} to be above {edge:g}; there are {', '.join(table.columns)}")
        rows &= np.asarray(table.columns[name], float) > edge
    return table.take(rows) if least else table


def _of_task(runs: Sequence[Run], task: str | None) -> list[Run]:
    of_task = [run for run in runs if task is None or run.task == task]
    if not of_task:
        raise BadInput(f"no run of task {task!r}; there are {', '.join(dict.fromkeys(str(run.task) for run in runs))}")
    return of_task


def _tabled(data: Mapping[str, Any]) -> Table:
    return Table({k: list(v) if isinstance(v[0], str) else np.asarray(v, float) for k, v in data.items()})


def _rows_of(path: Path, metric: str | None, task: str | None) -> Table:
    """The rows of a table; none of a folder, or of a file that is no table: their runs are read instead."""
    if not path.is_file():
        return Table({})
    where = {k: v for k, v in (("metric", metric), ("task", task)) if v is not None}
    try:
        table = read_table(path, where)
    except UnreadableLog:
        return Table({})
    counts = {str(name) for name in table.columns.get("x_name", ())}
    if len(counts) != 1 or "x" not in table.columns:
        return table
    return Table({counts.pop(): table.columns["x"], **table.columns})


def _named(table: Table, columns: Mapping[str, str] | None) -> Table:
    """The table with the wanted names for its columns."""
    for name, column in (columns or {}).items():
        if column not in table.columns:
            raise BadInput(f"no column {column!r} to read {name!r} from; there are {', '.join(table.columns)}")
    return Table({**table.columns, **{name: table.columns[column] for name, column in (columns or {}).items()}})
