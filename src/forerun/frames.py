"""Runs as data frames of polars or pandas: one long table, a row a point."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from forerun import api
from forerun.core import Curve, MissingExtra, Run

COLUMNS = ("run", "metric", "axis", "x", "y")


def to_polars(what: Curve | Run | Iterable[Run] | api.Where) -> Any:
    """A polars frame of every point: columns run, metric, axis, x, y.

    Args:
        what: a curve, a run, several, or a path to read. Values that are NaN or infinite stay.

    Raises:
        MissingExtra: polars is not installed.

    Example:
        >>> to_polars(Curve([1, 2], [3.0, 2.5], metric="loss")).shape
        (2, 5)
    """
    return _module("polars", "parquet").DataFrame(_columns(what))


def to_pandas(what: Curve | Run | Iterable[Run] | api.Where) -> Any:
    """A pandas frame of every point: columns run, metric, axis, x, y; arguments as in `to_polars`.

    Raises:
        MissingExtra: pandas is not installed.
    """
    return _module("pandas", "pandas").DataFrame(_columns(what))


def _module(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtra(f"to_{name}", name, extra) from error


def _columns(what: Curve | Run | Iterable[Run] | api.Where) -> dict[str, list[Any]]:
    named = [("", what)] if isinstance(what, Curve) else _curves(what)
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for run, curve in named:
        for name, value in (("run", run), ("metric", curve.metric), ("axis", curve.axis)):
            columns[name] += [value] * len(curve)
        columns["x"] += curve.x.tolist()
        columns["y"] += curve.y.tolist()
    return columns


def _curves(what: Run | Iterable[Run] | api.Where) -> list[tuple[str, Curve]]:
    return [(run.id, curve) for run in api.runs_of(what) for curve in run.curves.values()]
