"""Columns of two names and of values as matrices: every first name with every second one, once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput


def crossed_columns(
    first: Sequence[str], second: Sequence[str], *values: ArrayLike, words: tuple[str, str]
) -> tuple[list[str], list[str], list[Array]]:
    """Both columns' names in alphabetical order, and a matrix (first, second) of each column of values.

    Args:
        first, second: shape (n,), names. values: shape (n,) each. words: what the names are of, for messages.

    Raises:
        BadInput: a pair that is missing or stands twice.

    Example:
        >>> crossed_columns(["b", "a"], ["x", "x"], [1.0, 2.0], words=("item", "prompt"))[2][0].tolist()
        [[2.0], [1.0]]
    """
    rows, row = np.unique(np.asarray(first).astype(str), return_inverse=True)
    columns, column = np.unique(np.asarray(second).astype(str), return_inverse=True)
    if row.size != column.size or any(np.asarray(one).shape != row.shape for one in values):
        raise BadInput(f"columns must be of one length, but have {row.size}, {column.size} and others")
    count = np.zeros((rows.size, columns.size), np.intp)
    np.add.at(count, (row, column), 1)
    if (count != 1).any():
        i, j = (int(k) for k in np.argwhere(count != 1)[0])
        raise BadInput(f"{words[0]} {rows[i]} has {count[i, j]} rows with {words[1]} {columns[j]}; there must be one")
    matrices = [np.empty(count.shape) for _ in values]
    for matrix, one in zip(matrices, values, strict=True):
        matrix[row, column] = np.asarray(one, np.float64)
    return rows.tolist(), columns.tolist(), matrices
