"""Rows of nothing but numbers as C writes them, read all at once; those with anything else are read cell by cell."""

from __future__ import annotations

import io

import numpy as np

from forerun.core import Array
from forerun.runs.readers.text import parts


def plain_columns(text: str, width: int, delimiter: str, *, begin: int = 0) -> Array | None:
    """The numbers of a table's columns, shape (width, lines); None where a cell is anything but a number.

    Args:
        text: the lines, each with a line feed behind it.
        width: columns.
        delimiter: what stands between two cells.
        begin: where in the text the first line begins.

    Example:
        >>> plain_columns("1,0.5\\n2,-2.5e-1\\n", 2, ",").tolist()
        [[1.0, 2.0], [0.5, -0.25]]
        >>> plain_columns("1,0.5\\n2,\\n", 2, ","), plain_columns("1,0.5\\n2,5k\\n", 2, ",")
        (None, None)
    """
    if not delimiter.isascii() or len(delimiter) != 1 or not text.isascii():
        return None
    try:
        tables = [_columns(part, delimiter) for part in parts(text, begin) if not part.isspace()]
        columns = np.concatenate(tables, axis=1) if tables else np.empty((0, 0))
    except ValueError:
        return None  # an empty cell, a line of another width, or what is no number, such as 1-2
    return columns if len(columns) == width else None


def _columns(text: str, delimiter: str) -> Array:
    return np.loadtxt(io.BytesIO(text.encode()), delimiter=delimiter, comments=None, ndmin=2).T
