"""The last points of a curve, by their places in all of it, as a detector that looks back keeps them in its state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, Curve

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Recent:
    """Points of a curve, of which the first is the curve's at place ``before``.

    Args:
        x, y: shape (n,), finite.
        before: finite points that came before these.
    """

    x: Array
    y: Array
    before: int

    @classmethod
    def of(cls, kept: list[list[float]], count: int, curve: Curve) -> Recent:
        """The points that were kept of so many so far, and a curve's next ones that are finite.

        Example:
            >>> recent = Recent.of([[4.0, 0.5]], 4, Curve([5, 6, 7], [0.4, float("nan"), 0.3], metric="loss"))
            >>> recent.end, recent.values(np.array([3, 5])).tolist()
            (6, [0.5, 0.3])
        """
        finite = np.isfinite(curve.y)
        new = np.stack([curve.x[finite], curve.y[finite]], axis=1)
        points = np.concatenate([np.reshape(np.array(kept, dtype=np.float64), (-1, 2)), new])
        return cls(points[:, 0], points[:, 1], count - len(kept))

    @property
    def end(self) -> int:
        """The place after the last point."""
        return self.before + self.x.size

    def values(self, places: Places) -> Array:
        """The values at places."""
        return self.y[places - self.before]

    def at(self, places: Places) -> Array:
        """The x of places."""
        return self.x[places - self.before]

    def x_of(self, place: int) -> float:
        """The x of one place."""
        return float(self.x[place - self.before])

    def last(self, most: int) -> list[list[float]]:
        """So many of the last points, to be kept."""
        return np.stack([self.x, self.y], axis=1)[-most:].tolist()
