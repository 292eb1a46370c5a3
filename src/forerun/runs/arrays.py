"""Columns of a file by name, whatever kind of table it is: CSV, Parquet, JSON lines, or NumPy's .npz."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np

from forerun.core import BadInput, Table, UnreadableLog
from forerun.runs.readers.text import decoded, read_text, suffix_of
from forerun.runs.regular import opened_file, start_of
from forerun.runs.tables import read_table


def read_columns(path: Path, wanted: Callable[[str], bool] = lambda name: True) -> Table:
    """The columns of a table; of an .npz file, which may hold several tables, those arrays that are wanted.

    Args:
        path: a CSV, Parquet, JSON-lines (an object a line) or .npz file; text may be compressed.
        wanted: whether a name of an .npz file is asked for.

    Raises:
        UnreadableLog: none of these.
        BadInput: a line of JSON that is no object, with its number.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp(), "answers.jsonl")
        >>> _ = file.write_text('{"p": 0.5, "right": true}\\n{"p": 0.9, "right": false}\\n')
        >>> read_columns(file).columns["p"].tolist()
        [0.5, 0.9]
    """
    if start_of(path, 2) == b"PK":
        return _arrays(path, wanted)
    return _json_lines(path) if suffix_of(path) in (".jsonl", ".ndjson") else read_table(path)


def _arrays(path: Path, wanted: Callable[[str], bool]) -> Table:
    try:
        with opened_file(path) as file, np.load(file, allow_pickle=False) as archive:
            names = list(archive.files)
            arrays = {name: np.asarray(archive[name]) for name in names if wanted(name)}
    except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise UnreadableLog(f"not a readable .npz file: {str(error)[:200]}", where=path.name) from error
    if not arrays:
        raise BadInput(f"none of its arrays is asked for; there are {', '.join(names)}", where=path.name)
    return Table({n: a.tolist() if a.dtype.kind in "US" else a.astype(np.float64) for n, a in arrays.items()})


def _json_lines(path: Path) -> Table:
    rows = [_object(line, place, path) for place, line in enumerate(read_text(path).splitlines(), 1) if line.strip()]
    return Table({name: _column([row.get(name) for row in rows]) for name in dict.fromkeys(k for r in rows for k in r)})


def _object(line: str, place: int, path: Path) -> dict[str, Any]:
    try:
        row: Any = decoded(line)
    except ValueError as error:
        raise BadInput(f"line {place} is no JSON: {error}", where=path.name) from error
    if not isinstance(row, dict):
        raise BadInput(f"line {place} is no object", where=path.name)
    return cast(dict[str, Any], row)


def _column(cells: list[Any]) -> Any:
    if not all(isinstance(cell, (int, float, list)) for cell in cells):
        return cells
    try:
        return np.asarray(cells, np.float64)
    except (TypeError, ValueError):
        return cells
