"""Knots: a value that goes in straight lines from knot to knot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Card
from forerun.core.form import Form

CARD = Card(
    name="knots",
    does="Goes in straight lines from knot to knot.",
    source="ours",
    assumes="Nothing.",
    needs="params x (increasing) and value, of equal length.",
    promises="Exact at every knot.",
    known_answer="x = 0, 10 with values 0.1, 0 gives 0.05 at 5.",
    control="Past the end with policy error it raises.",
)


@dataclass(frozen=True, kw_only=True)
class Knots:
    """Knots.

    Args:
        x: shape (n,), increasing, on the schedule's axis.
        value: shape (n,).
    """

    x: Array
    value: Array

    @property
    def end(self) -> float:
        """The last knot."""
        return float(self.x[-1])

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return np.interp(t, self.x, self.value)


KNOTS = Form(card=CARD, formula=Knots)
