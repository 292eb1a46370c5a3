"""Runs and answers as data frames of polars or pandas, or as CSV: runs as one long table, a row a point."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from forerun import api
from forerun.core import Answers, Curve, MissingExtra, Run, Table

COLUMNS = ("run", "metric", "axis", "x", "y")
Tabled = Curve | Run | Iterable[Run] | api.Where | Answers[Any] | Table
"""What fills a frame: a curve, a run, several or a path to read, a row a point; answers or a table as they are."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is run by spreadsheets (OWASP, CSV injection)


def to_polars(what: Tabled) -> Any:
    """A polars frame: of runs every point (columns run, metric, axis, x, y), of answers what `Answers.table` has.

    Args:
        what: a curve, a run, several, or a path to read; answers, or a table. Values that are NaN or infinite stay.

    Raises:
        MissingExtra: polars is not installed.

    Example:
        >>> to_polars(Curve([1, 2], [3.0, 2.5], metric="loss")).shape
        (2, 5)
    """
    return _module("polars", "parquet").DataFrame(_columns(what))


def to_pandas(what: Tabled) -> Any:
    """A pandas frame; arguments and columns as in `to_polars`.

    Raises:
        MissingExtra: pandas is not installed.
    """
    return _module("pandas", "pandas").DataFrame(_columns(what))


def to_csv(what: Tabled, path: api.Where) -> None:
    """Write a CSV file; arguments and columns as in `to_polars`.

    A text that a spreadsheet would run as a formula gets an apostrophe before it; what is missing stays empty.

    Example:
        >>> import tempfile, pathlib
        >>> file = pathlib.Path(tempfile.mkdtemp(), "points.csv")
        >>> to_csv(Curve([1, 2], [3.0, 2.5], metric="=loss"), file)
        >>> file.read_text().splitlines()
        ['run,metric,axis,x,y', ",'=loss,step,1.0,3.0", ",'=loss,step,2.0,2.5"]
    """
    columns = _columns(what)
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in zip(*columns.values(), strict=True))


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _module(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtra(f"to_{name}", name, extra) from error


def _columns(what: Tabled) -> dict[str, list[Any]]:
    if isinstance(what, Answers):
        what = what.table()
    if isinstance(what, Table):
        return {name: list(column) for name, column in what.columns.items()}
    return _points([("", what)] if isinstance(what, Curve) else _curves(what))


def _points(curves: Iterable[tuple[str, Curve]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for run, curve in curves:
        for name, value in (("run", run), ("metric", curve.metric), ("axis", curve.axis)):
            columns[name] += [value] * len(curve)
        columns["x"] += curve.x.tolist()
        columns["y"] += curve.y.tolist()
    return columns


def _curves(what: Run | Iterable[Run] | api.Where) -> list[tuple[str, Curve]]:
    return [(run.id, curve) for run in api.runs_of(what) for curve in run.curves.values()]
