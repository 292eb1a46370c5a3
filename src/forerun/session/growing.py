"""A curve that grows: a point more costs the same however many there are."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, BadInput, Curve, part
from forerun.core.curve import resumes_between
from forerun.core.frozen import same


class GrowingCurve:
    """The points of one metric so far.

    Args:
        curve: those it begins with, and what the metric is.

    Example:
        >>> loss = GrowingCurve(Curve([], [], metric="loss"))
        >>> for step in range(3):
        ...     loss.append(step, 1.0 / (1 + step))
        >>> len(loss), loss.since(2).x.tolist(), loss.curve.y.round(2).tolist()
        (3, [2.0], [1.0, 0.5, 0.33])
    """

    def __init__(self, curve: Curve) -> None:
        self._curve = curve
        self._n = len(curve)
        self._last = float(curve.x[-1]) if len(curve) else -np.inf
        self._columns: Array | None = None  # x, y and learning rate, with room for more; made where any comes
        self._asked: tuple[int, int, Curve] | None = None  # several detectors ask for the same points

    def __len__(self) -> int:
        return self._n

    @property
    def curve(self) -> Curve:
        """All points."""
        if len(self._curve) != self._n:
            self._curve = self.since(0)
        return self._curve

    def since(self, begin: int) -> Curve:
        """The points from the given one on."""
        of = self._curve
        if self._columns is None:
            return part(of, slice(begin, None)) if begin else of
        if self._asked is not None and self._asked[:2] == (begin, self._n):
            return self._asked[2]
        x, y, lr = self._columns[:, begin : self._n]
        before = float(self._columns[0, begin - 1]) if begin else -np.inf
        resumes = None if of.resumes is None else resumes_between(of.resumes, before, self._last)
        rates = None if of.lr is None else lr
        curve = Curve(x, y, of.metric, of.axis, of.direction, of.unit, of.slice, rates, resumes)
        self._asked = begin, self._n, curve
        return curve

    def check(self, x: float) -> None:
        """Raise ``BadInput`` where x does not lie beyond the last point."""
        if not self.goes_on_at(x):
            resumed = "of a run that was resumed, rewind(run, x) forgets what came at x and after"
            raise BadInput(
                f"x={x:g} does not lie beyond the last, x={self._last:g}; {resumed}", where=self._curve.metric
            )

    def goes_on_at(self, x: float) -> bool:
        """Whether a point at x would lie beyond the last one."""
        return self._last < x < np.inf

    def append(self, x: float, y: float) -> None:
        """One point more.

        Raises:
            BadInput: it does not lie beyond the last one.
        """
        self.check(x)
        if self._columns is None or self._n == self._columns.shape[1]:
            room = np.empty((3, 2 * self._n + 16))
            room[:, : self._n] = self._known() if self._columns is None else self._columns
            self._columns = room
        self._columns[:, self._n] = x, y, np.nan
        self._n, self._last = self._n + 1, x

    def extend(self, x: Array, y: Array) -> None:
        """Several points more; `check` must have been asked of them.

        Args:
            x, y: shape (n,), x increasing.
        """
        n = self._n + len(x)
        if self._columns is None or n > self._columns.shape[1]:
            room = np.empty((3, 2 * n + 16))
            room[:, : self._n] = self._known() if self._columns is None else self._columns[:, : self._n]
            self._columns = room
        self._columns[:, self._n : n] = x, y, np.full(len(x), np.nan)
        self._n, self._last = n, float(x[-1])

    def goes_on_in(self, curve: Curve) -> bool:
        """Whether a curve begins with all these points and is of the same kind."""
        of, n = self.curve, self._n
        alike = (of.metric, of.axis, of.direction) == (curve.metric, curve.axis, curve.direction)
        return alike and same(of.x, curve.x[:n]) and same(of.y, curve.y[:n])

    def _known(self) -> Array:
        rates = np.full(self._n, np.nan) if self._curve.lr is None else self._curve.lr
        return np.stack([self._curve.x, self._curve.y, rates])
