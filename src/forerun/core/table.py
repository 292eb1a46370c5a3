"""Columns of what is not a curve: scaling points, item scores, axes logged side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core.errors import BadInput
from forerun.core.frozen import Array, Noun


@dataclass(frozen=True, eq=False)
class Table(Noun):
    """Named columns of equal length (numpy arrays are kept as float64, anything else as tuples).

    Raises:
        BadInput: when two columns differ in length.

    Example:
        >>> table = Table({"step": [0, 1], "name": ["a", "b"]})
        >>> table.columns["name"], table.n_rows
        (('a', 'b'), 2)
    """

    columns: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        super().__post_init__()
        lengths = {name: len(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise BadInput(f"columns must have one length, but have {lengths}")

    @property
    def n_rows(self) -> int:
        """Number of rows; 0 for a table without columns."""
        return len(next(iter(self.columns.values()), ()))

    def take(self, rows: ArrayLike) -> Table:
        """The rows under a mask, or in the order of an index.

        Example:
            >>> Table({"step": [0, 1, 2], "name": ["a", "b", "c"]}).take([True, False, True]).columns["name"]
            ('a', 'c')
        """
        chosen = np.asarray(rows)
        index = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Table({name: _taken(column, index) for name, column in self.columns.items()})


def _taken(column: Any, index: NDArray[np.int_]) -> Any:
    return cast(Array, column)[index] if isinstance(column, np.ndarray) else [column[i] for i in index]
