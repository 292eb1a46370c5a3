"""A path: the value as it was logged, held from one record to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Card
from forerun.core.form import Form

CARD = Card(
    name="path",
    does="A logged value: at each t the latest record at or before it, NaN before the first.",
    source="ours",
    assumes="The value changed only where it was logged.",
    needs="params x (increasing) and value, of equal length.",
    promises="Exact at every record.",
    known_answer="x = 0, 10 with values 0.1, 0 gives 0.1 at 9 and 0 at 10.",
    control="Past the end with policy error it raises.",
)


@dataclass(frozen=True, kw_only=True)
class Logged:
    """Records, and where they were made.

    Args:
        x: shape (n,), increasing, on the schedule's axis.
        value: shape (n,), the records.
    """

    x: Array
    value: Array

    def __post_init__(self) -> None:
        if self.x.size != self.value.size or not self.x.size:
            raise BadInput(f"a path has as many values as x, one at least, but {self.value.size} and {self.x.size}")

    @property
    def end(self) -> float:
        """The last record."""
        return float(self.x[-1])

    def lr(self, t: Array) -> Array:
        """The value at t, NaN before the first record."""
        index = np.searchsorted(self.x, t, side="right") - 1
        return np.where(index >= 0, self.value[np.maximum(index, 0)], np.nan)


PATH = Form(card=CARD, formula=Logged)
