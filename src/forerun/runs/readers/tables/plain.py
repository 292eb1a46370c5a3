"""Rows of nothing but numbers as C writes them, read all at once; those with anything else are read cell by cell."""

from __future__ import annotations

import io

import numpy as np

from forerun.core import Array


def plain_rows(text: str, width: int, delimiter: str) -> Array | None:
    """The numbers of a table's lines, shape (lines, width); None where a cell is anything but a number.

    Args:
        text: the lines, each with a line feed behind it.
        width: columns.
        delimiter: what stands between two cells.

    Example:
        >>> plain_rows("1,0.5\\n2,-2.5e-1\\n", 2, ",").tolist()
        [[1.0, 0.5], [2.0, -0.25]]
        >>> plain_rows("1,0.5\\n2,\\n", 2, ","), plain_rows("1,0.5\\n2,5k\\n", 2, ",")
        (None, None)
    """
    if not text.strip() or not delimiter.isascii() or len(delimiter) != 1 or not text.isascii():
        return None
    try:
        values = np.loadtxt(io.BytesIO(text.encode()), delimiter=delimiter, comments=None, ndmin=2)
    except ValueError:
        return None  # an empty cell, a line of another width, or what is no number, such as 1-2
    return values if values.shape[1] == width else None
