"""Tables as they are, without making runs of them: what laws are fitted to."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import BadInput, Table, UnreadableLog
from forerun.runs.parquet import is_parquet, read_parquet
from forerun.runs.readers.columns import number
from forerun.runs.readers.text import read_text


def read_table(path: Path, where: Mapping[str, str] | None = None) -> Table:
    """The columns of a CSV or Parquet file; numbers as float64 with NaN where empty, anything else as text.

    Args:
        where: keep the rows in which these columns have these values.

    Raises:
        UnreadableLog: not a table, no rows, or a Parquet file whose pages are damaged.
        BadInput: a column of ``where`` is missing, or no row has its value.
        MissingExtra: a Parquet file without the extra [parquet].

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp(), "runs.csv")
        >>> _ = file.write_text("task,params,y\\na,1e7,3.5\\nb,1e8,3.0\\n")
        >>> read_table(file, {"task": "b"}).columns["params"].tolist()
        [100000000.0]
    """
    columns = parquet_columns(path) if is_parquet(path) else _csv(path)
    for name, value in (where or {}).items():
        columns = _kept(columns, name, value, path)
    return Table({name: _typed(column) for name, column in columns.items()})


def parquet_columns(path: Path) -> dict[str, list[Any]]:
    """The columns of a Parquet file, cells as they are; errors as in `forerun.runs.parquet.read_parquet`."""
    table = read_parquet(path, "a Parquet table")
    return {name: table[name].to_list() for name in table.columns}


def _csv(path: Path) -> dict[str, list[Any]]:
    rows = list(csv.reader(io.StringIO(read_text(path), newline="")))
    if len(rows) < 2:
        raise UnreadableLog("a table needs a line of column names and a row", where=path.name)
    header = [cell.strip() for cell in rows[0]]
    whole = [row for row in rows[1:] if len(row) == len(header)]
    return {name: [row[i] for row in whole] for i, name in enumerate(header)}


def _kept(columns: dict[str, list[Any]], name: str, value: str, path: Path) -> dict[str, list[Any]]:
    if name not in columns:
        raise BadInput(f"no column {name!r}; there are {', '.join(columns)}", where=path.name)
    rows = [i for i, cell in enumerate(columns[name]) if str(cell) == value]
    if not rows:
        known = ", ".join(list(dict.fromkeys(str(cell) for cell in columns[name]))[:20])
        raise BadInput(f"no row with {name}={value!r}; there are {known}", where=path.name)
    return {key: [column[i] for i in rows] for key, column in columns.items()}


def _typed(column: list[Any]) -> Any:
    numbers = [cell if isinstance(cell, (int, float)) else number(cell) for cell in column]
    empty = [cell is None or (isinstance(cell, str) and not cell.strip()) for cell in column]
    if any(value is None and not nothing for value, nothing in zip(numbers, empty, strict=True)):
        return [None if cell is None else str(cell) for cell in column]
    return np.array([np.nan if value is None else float(value) for value in numbers])
