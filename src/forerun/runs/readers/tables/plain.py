"""Rows of nothing but numbers as C writes them, read all at once; those with anything else are read cell by cell."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from forerun.core import Array

_AT_ONCE = 1 << 18  # characters, so that what is made of them stays near the processor


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
        parts = [_columns(part, delimiter) for part in _parts(text, begin) if not part.isspace()]
        columns = np.concatenate(parts, axis=1) if parts else np.empty((0, 0))
    except ValueError:
        return None  # an empty cell, a line of another width, or what is no number, such as 1-2
    return columns if len(columns) == width else None


def _columns(text: str, delimiter: str) -> Array:
    return np.loadtxt(io.BytesIO(text.encode()), delimiter=delimiter, comments=None, ndmin=2).T


def _parts(text: str, begin: int) -> Iterator[str]:
    """Whole lines, some at a time."""
    while begin < len(text):
        end = text.find("\n", begin + _AT_ONCE) + 1 or len(text)
        yield text[begin:end]
        begin = end
