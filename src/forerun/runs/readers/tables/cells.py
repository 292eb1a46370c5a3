"""Columns of cells as numbers: plain ones at once, any other cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forerun.core import Array
from forerun.runs.readers.written import ABSENT, Notation, read


def read_column(cells: Sequence[str], notation: Notation) -> tuple[Array, list[int]]:
    """A column's values, absent cells masked, and the rows that hold no number, or one that may be two.

    Example:
        >>> read_column(["0,5", "", "fast"], Notation(","))
        (masked_array(data=[0.5, --, --],
                     mask=[False,  True,  True],
               fill_value=1e+20), [2])
    """
    if notation.mark != "," and not notation.unit and (plain := plain_column(cells)) is not None:
        return np.ma.masked_array(plain), []
    try:
        return _with_gaps(_pointed(cells) if notation.mark == "," else cells, notation)
    except ValueError:
        return _one_by_one(cells, notation)


def plain_column(cells: Sequence[str]) -> Array | None:
    """The values of cells that hold plain numbers, whose notation need not be asked for; None where one holds another.

    Example:
        >>> plain_column(["1", "-2.5e-1", "nan"]), plain_column(["1", ""]), plain_column(["1", "1_000"])
        (array([ 1.  , -0.25,   nan]), None, None)
    """
    try:
        return None if "_" in "".join(cells) else np.array(list(map(float, cells)))
    except ValueError:
        return None


def _pointed(cells: Sequence[str]) -> Sequence[str]:
    """Plain numbers with a decimal comma as ones with a point.

    Raises:
        ValueError: there are points among them.
    """
    text = "\0".join(cells)
    if "." in text:
        raise ValueError
    return text.replace(",", ".").split("\0")


def _with_gaps(cells: Sequence[str], notation: Notation) -> tuple[Array, list[int]]:
    """A column in which some cells are empty."""
    if notation.unit or "_" in "".join(cells):
        raise ValueError
    absent = np.array([not cell or cell.isspace() for cell in cells], bool)
    values = np.array([float(cell) if cell and not cell.isspace() else 0.0 for cell in cells])
    return np.ma.masked_array(values, mask=absent), []


def _one_by_one(cells: Sequence[str], notation: Notation) -> tuple[Array, list[int]]:
    different = set(cells)  # words are few
    absent = {cell for cell in different if cell.strip().lower() in ABSENT}
    number = {cell: None if cell in absent else read(cell, notation) for cell in different}
    numbers = [number[cell] for cell in cells]
    bad = [i for i, value in enumerate(numbers) if value is None and cells[i] not in absent]
    values = np.array([0.0 if value is None else value for value in numbers])
    return np.ma.masked_array(values, mask=np.array([value is None for value in numbers], bool)), bad
