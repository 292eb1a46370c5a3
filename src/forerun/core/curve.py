"""A learning curve: one metric of one run against one axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forerun.core.errors import BadInput
from forerun.core.frozen import Array, FrozenMap, Noun, frozen_array

Direction = Literal["min", "max"]


@dataclass(frozen=True, eq=False)
class Curve(Noun):
    """The values of one metric as logged, at strictly increasing x.

    Args:
        x: shape (n,), finite, strictly increasing, in units of ``axis``.
        y: shape (n,), as logged; NaN and inf are evidence and stay.
        metric: the name in the log, for example ``"val/loss"``.
        axis: what x counts: step, epoch, tokens, samples, seconds, ...
        direction: ``"min"`` when lower is better, ``"max"`` when higher is.
        unit: unit of y where known, for example ``"nat/token"``.
        slice: the part of the data y is measured on, for example ``{"skill": "addition"}``.
        lr: shape (n,), learning rate in force at each x, NaN where unknown; None when never logged.
        resumes: shape (k, 2), of each resume the x at which the run went on, beyond the point before it and not beyond
            the one after, and the x that it had come to; None when it was never resumed.

    Raises:
        BadInput: when x is not finite and strictly increasing, or the lengths differ.

    Example:
        >>> curve = Curve([1, 2, 4], [3.0, 2.5, float("nan")], metric="train/loss")
        >>> len(curve), curve.axis, curve.direction
        (3, 'step', 'min')
    """

    x: Array
    y: Array
    metric: str
    axis: str = "step"
    direction: Direction = "min"
    unit: str | None = None
    slice: Mapping[str, str] | None = None
    lr: Array | None = None
    resumes: Array | None = None

    def __post_init__(self) -> None:
        x, y = frozen_array(self.x), frozen_array(self.y)
        _check_x(x, self.metric)
        _check_length(y, x, "y", self.metric)
        if self.direction not in ("min", "max"):
            raise BadInput(f"direction must be 'min' or 'max', not {self.direction!r}", where=self.metric)
        lr = None if self.lr is None else frozen_array(self.lr)
        if lr is not None:
            _check_length(lr, x, "lr", self.metric)
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)
        object.__setattr__(self, "lr", lr)
        if self.resumes is not None:
            object.__setattr__(self, "resumes", _checked_resumes(self.resumes, self.metric))
        if self.slice is not None:
            object.__setattr__(self, "slice", FrozenMap(self.slice))

    def __len__(self) -> int:
        return int(self.x.size)


def until(curve: Curve, origin: float) -> Curve:
    """The part of a curve with x ≤ ``origin``: all that a forecast made there may see.

    Example:
        >>> until(Curve([1, 2, 3], [3, 2, 1], metric="loss"), 2).x.tolist()
        [1.0, 2.0]
    """
    return part(curve, slice(0, int(np.searchsorted(curve.x, origin, side="right"))))


def part(curve: Curve, keep: slice | NDArray[np.bool_]) -> Curve:
    """The points of a curve that a slice or a boolean mask keeps.

    Example:
        >>> part(Curve([1, 2, 3], [3, 2, 1], metric="loss"), slice(1, None)).x.tolist()
        [2.0, 3.0]
    """
    return Curve(
        x=curve.x[keep],
        y=curve.y[keep],
        metric=curve.metric,
        axis=curve.axis,
        direction=curve.direction,
        unit=curve.unit,
        slice=curve.slice,
        lr=None if curve.lr is None else curve.lr[keep],
        resumes=None if curve.resumes is None else resumes_between(curve.resumes, *_span(curve.x, keep)),
    )


def resumes_between(resumes: Array, before: float, last: float) -> Array | None:
    """Of a curve's resumes those that lie between two of its points, the first not counted; None where none does."""
    between = resumes[(resumes[:, 0] > before) & (resumes[:, 0] <= last)]
    return between if len(between) else None


def _span(x: Array, keep: slice | NDArray[np.bool_]) -> tuple[float, float]:
    """The x before the first that is kept, and the last that is."""
    kept = np.arange(x.size)[keep]
    if not kept.size:
        return np.inf, -np.inf
    return float(x[kept[0] - 1]) if kept[0] else -np.inf, float(x[kept[-1]])


def _checked_resumes(resumes: Array, metric: str) -> Array:
    resumes = frozen_array(resumes)
    if resumes.ndim != 2 or resumes.shape[1] != 2 or not np.isfinite(resumes).all():
        raise BadInput(f"resumes must be finite, of shape (k, 2), but have shape {resumes.shape}", where=metric)
    return resumes


def _check_x(x: Array, metric: str) -> None:
    if x.ndim != 1:
        raise BadInput(f"x must be one-dimensional, but has shape {x.shape}", where=metric)
    if not x.size or ((x[1:] > x[:-1]).all() and -np.inf < x[0] and x[-1] < np.inf):
        return
    if not np.isfinite(x).all():
        i = int(np.flatnonzero(~np.isfinite(x))[0])
        raise BadInput(f"x must be finite, but x[{i}]={x[i]:g}; drop that point", where=metric)
    back = np.flatnonzero(np.diff(x) <= 0)
    if back.size:
        i = int(back[0])
        raise BadInput(
            f"x must strictly increase, but x[{i}]={x[i]:g} and x[{i + 1}]={x[i + 1]:g}; "
            + "forerun.read merges repeated steps and resumes",
            where=metric,
        )


def _check_length(values: Array, x: Array, name: str, metric: str) -> None:
    if values.shape != x.shape:
        raise BadInput(f"{name} has shape {values.shape} but x has {x.shape}", where=metric)
