"""A drawn schedule: points, and straight or logarithmic pieces between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Card, Schedule
from forerun.core.form import Extension, Form
from forerun.schedules.extending import ways
from forerun.schedules.pieces import CURVES, increasing, through

CARD = Card(
    name="knots",
    does="Goes through points that are given, in between straight, by a constant factor, or along half a cosine.",
    source="ours",
    assumes="The points are meant: nothing is smoothed.",
    needs="params x (increasing) and value; curve straight (default), log or cosine.",
    promises="Exact at every point.",
    known_answer="(0, 1) and (10, .01): .505 at 5 straight and cosine, .1 at 5 log.",
    control="A logarithmic piece that ends at 0 is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Points.

    Args:
        x: shape (n,), increasing from 0 on, on the schedule's axis; before the first its value is held.
        value: shape (n,).
        curve: ``"straight"``, ``"log"`` or ``"cosine"``.
    """

    x: Array
    value: Array
    curve: str = "straight"

    def __post_init__(self) -> None:
        if self.x.size != self.value.size or not self.x.size:
            raise BadInput(f"there are as many values as x, one at least, but {self.value.size} and {self.x.size}")
        increasing("x", self.x)
        if self.curve not in CURVES:
            raise BadInput(f"no curve {self.curve!r} between points; there are: {', '.join(CURVES)}")
        least = np.nextafter(0.0, 1.0) if self.curve == "log" else 0.0
        if not (np.isfinite(self.value) & (self.value >= least)).all():
            raise BadInput(f"values must be finite and {'above 0' if least else '0 or more'} with curve {self.curve!r}")

    @property
    def end(self) -> float:
        """The last point."""
        return float(self.x[-1])

    def lr(self, t: Array) -> Array:
        """The value at t."""
        return through(t, self.x, self.value, self.curve)


def _stretched(schedule: Schedule, new: Extension) -> Schedule:
    x = np.asarray(schedule.params["x"], dtype=np.float64)
    return schedule.with_params(x=x / x[-1] * new.to)


KNOTS = Form(card=CARD, formula=Drawn, extend=ways(stretch=_stretched))
