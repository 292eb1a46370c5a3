"""A chart as plain data: what is drawn, where, and what it is called; not how.

`forerun.figures.page` draws charts on pages, `forerun.figures.plotly_figure` in notebooks: both show the same. Colours
are tones, which a page has for light and for dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array
from forerun.figures.digits import FEW, Digits
from forerun.figures.zoom import Zoom

Tone = Literal["seen", "ahead", "second", "third", "fourth", "alarm", "quiet"]
Dash = Literal["solid", "dash", "dot", "dashdot"]
Shape = Literal["dot", "star", "cross", "bar", "tick"]
TONES: Sequence[Tone] = ("seen", "ahead", "third", "alarm", "fourth", "second")
"""Of lines side by side, in order; told apart by colour-blind readers, with `DASHES` also without colour."""
DASHES: Sequence[Dash] = ("solid", "dash", "dot", "dashdot")
MOST_LINES = len(TONES) * len(DASHES) // 2
"""Lines that differ in tone, in dash, or in both."""


@dataclass(frozen=True)
class Axis:
    """Args:
    title: what it counts or measures.
    log: whether it counts in powers.
    names: of the places 0, 1, 2 ..., where it names things instead.
    zero: whether 0 is in view. percent: whether 0.01 is written 1%.
    """

    title: str
    log: bool = False
    names: tuple[str, ...] = ()
    zero: bool = False
    percent: bool = False


@dataclass(frozen=True)
class Line:
    """Points joined in order of x; nan breaks it.

    Args:
        name: in the legend; empty for what needs no name and is not pointed at.
        x, y: shape (n,), x increasing.
        faint: behind all others, thin and pale.
        dots: whether each point is marked.
        crowds: noise that would hide the others where the chart shows but a thin slice of it.
    """

    name: str
    x: Array
    y: Array
    tone: Tone = "seen"
    dash: Dash = "solid"
    width: float = 1.8
    faint: bool = False
    dots: bool = False
    crowds: bool = False


@dataclass(frozen=True)
class Bands:
    """Quantiles: bands from the outermost pair inwards, and a dashed line where one is left in the middle.

    Args:
        x: shape (m,).
        levels: shape (k,), increasing.
        rows: shape (k, m).
    """

    name: str
    x: Array
    levels: tuple[float, ...]
    rows: Array
    tone: Tone = "ahead"


@dataclass(frozen=True)
class Points:
    """Single places, each with what is said of it when pointed at, and a bar from low to high where given.

    Args:
        x, y: shape (n,).
        low, high: shape (n,), along the axis that ``bars`` names.
        texts: of each place; or one for all.
        at_top: whether they stand at the chart's upper edge, where they have no y.
    """

    name: str
    x: Array
    y: Array
    tone: Tone = "seen"
    shape: Shape = "dot"
    low: Array | None = None
    high: Array | None = None
    bars: Literal["x", "y"] = "y"
    texts: tuple[str, ...] = ()
    at_top: bool = False


@dataclass(frozen=True)
class Span:
    """A stretch of x that is marked from top to bottom; without an end it reaches the last point."""

    name: str
    start: float
    end: float | None
    tone: Tone = "alarm"


@dataclass(frozen=True)
class HeatMap:
    """Values on a grid, a shade each; a row stands at each place that the y axis names.

    Args:
        name: what a value is.
        x: shape (m + 1,), where columns begin, and where the last ends.
        values: shape (rows, m); nan stays blank.
        low, high: what the palest and the strongest shade stand for; low may be above high.
        framed: shape (rows, m), those with a frame; None for none.
        percent: whether 0.01 is written 1%.
    """

    name: str
    x: Array
    values: Array
    low: float
    high: float
    tone: Tone = "seen"
    framed: NDArray[np.bool_] | None = None
    percent: bool = False


@dataclass(frozen=True)
class Guide:
    """A dotted line right across the chart at a value of an axis."""

    name: str
    value: float
    along: Literal["x", "y"] = "y"


@dataclass(frozen=True)
class Chart:
    """What a chart shows.

    Args:
        x, y: its axes.
        first: the part shown at first; None for all of it.
        digits: with how many its values are told.
        height: in pixels.
    """

    x: Axis
    y: Axis
    lines: tuple[Line, ...] = ()
    fans: tuple[Bands, ...] = ()
    points: tuple[Points, ...] = ()
    spans: tuple[Span, ...] = ()
    levels: tuple[Guide, ...] = ()
    cells: tuple[HeatMap, ...] = ()
    first: Zoom | None = None
    digits: Digits = FEW
    height: int = 360


def look_of(i: int) -> tuple[Tone, Dash]:
    """Tone and dash of one of several lines, no two of `MOST_LINES` alike.

    Example:
        >>> look_of(0), look_of(1), len({look_of(i) for i in range(MOST_LINES)}) == MOST_LINES
        (('seen', 'solid'), ('ahead', 'dash'), True)
    """
    return TONES[i % len(TONES)], DASHES[i % len(DASHES)]
