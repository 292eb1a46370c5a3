"""`audit`: whether a measurement can be believed, asked of a table or a path to one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from forerun.core import Table, Undecided
from forerun.evaluate.audits import AUDITS, Audit, AuditResult
from forerun.runs.arrays import read_columns

AuditData = Table | Mapping[str, Any] | str | os.PathLike[str]
"""A table, columns, or a path to a CSV, Parquet, JSON-lines or .npz file."""


def audit(
    name: str, data: AuditData, *, columns: Mapping[str, str] | None = None, **settings: Any
) -> AuditResult | Undecided:
    """Ask whether a measurement can be believed.

    Args:
        name: an audit that ``forerun methods audit`` lists.
        data: a row an item.
        columns: where a column of the audit stands under another name; of a matrix, how its columns' names begin.
        settings: of the audit; ``forerun methods audit`` says which it has.

    Returns:
        An `AuditResult`; `Undecided` where the data do not tell.

    Raises:
        UnknownName: no such audit.
        BadInput: a column or a setting is missing or cannot be read.

    Example:
        >>> result = audit("judge", {"a_first": ["a"] * 40, "b_first": ["b"] * 30 + ["a"] * 10})
        >>> print(result.verdict, result["conflict rate"].estimate)
        faulty 0.75
    """
    formed = AUDITS.load(name)
    formed.check(settings)
    return formed.of(_table(formed, data, columns or {}), columns=columns, **settings)


def _table(formed: Audit, data: AuditData, columns: Mapping[str, str]) -> Table:
    if isinstance(data, Table):
        return data
    if isinstance(data, (str, os.PathLike)):
        begins = tuple(columns.get(one.name, one.name) for one in formed.columns)
        return read_columns(Path(data), lambda name: name.startswith(begins))
    return Table({name: _column(values) for name, values in data.items()})


def _column(values: Any) -> Any:
    array = np.asarray(values)
    return array.astype(np.float64) if array.dtype.kind in "biuf" else [str(v) for v in cast(Any, array).tolist()]
