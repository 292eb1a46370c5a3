"""Rows of nothing but written numbers, read all at once; those with anything else in them are read cell by cell."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from forerun.core import Array

_ALLOWED = b"0123456789+-.eE\n"
_NEWLINE = ord("\n")


def plain_rows(lines: Sequence[str], width: int, delimiter: str) -> Array | None:
    """The numbers of a table's lines, shape (lines, width); None where a cell is anything but a number.

    Example:
        >>> plain_rows(["1,0.5", "2,2.5e-1"], 2, ",").tolist()
        [[1.0, 0.5], [2.0, 0.25]]
        >>> plain_rows(["1,0.5", "2,"], 2, ","), plain_rows(["1,0.5", "2,nan"], 2, ",")
        (None, None)
    """
    text = "\n".join(lines)
    if not lines or not delimiter.isascii() or len(delimiter) != 1 or not text.isascii():
        return None
    data = text.encode()
    if data.translate(None, _ALLOWED + delimiter.encode()):
        return None
    characters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero((characters == _NEWLINE) | (characters == ord(delimiter)))
    whole = ends.size == width * len(lines) - 1 and (characters[ends[width - 1 :: width]] == _NEWLINE).all()
    if not whole or np.diff(ends, prepend=-1, append=len(data)).min() < 2:
        return None  # a line of another width, or a cell with nothing in it
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            values = np.fromstring(text.replace("\n", delimiter), sep=delimiter)
        except (DeprecationWarning, ValueError):
            return None  # such as 1-2, which is no number
    return values.reshape(-1, width) if values.size == width * len(lines) else None
