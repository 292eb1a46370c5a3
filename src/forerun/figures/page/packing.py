"""Charts as compact JSON: what is as ever is left out, and numbers are the bytes that tell them finely enough."""

from __future__ import annotations

import base64
from dataclasses import fields
from typing import Any

import numpy as np

from forerun.core import Array
from forerun.core.display import harmless
from forerun.figures.chart import Axis, Bands, Chart, Guide, HeatMap, Line, Points, Span

_MOST_CODES = 65535  # that two bytes tell apart, the last of which is nan
Packed = list[float] | list[Any] | str


def packed(chart: Chart) -> dict[str, Any]:
    """The chart for the page's script.

    Example:
        >>> packed(Chart(Axis("step"), Axis("loss"), lines=(Line("loss", np.array([1.0, 2, 3]), np.ones(3)),)))["lines"]
        [{'name': 'loss', 'x': [1.0, 1.0, 3], 'y': [1.0, 0.0, 3]}]
    """
    fine = chart.digits.fine
    parts: dict[str, Any] = {
        "x": _plain(chart.x),
        "y": _plain(chart.y),
        "digits": [chart.digits.x, chart.digits.y],
        "lines": packed_lines(chart),
        "fans": [_series(fan, fine) for fan in chart.fans],
        "points": [_series(points, 0.0) for points in chart.points],
        "spans": [_plain(span) for span in chart.spans],
        "levels": [_plain(level) for level in chart.levels],
        "cells": [_series(cells, 0.0) for cells in chart.cells],
        "height": None if chart.height == Chart.height else chart.height,
    }
    if chart.first is not None:
        parts["first"] = {"x": chart.first.x, "y": chart.first.y}
    return {key: value for key, value in parts.items() if value or value == 0}


def packed_lines(chart: Chart) -> list[dict[str, Any]]:
    """Its lines alone, as in `packed`."""
    return [_series(line, chart.digits.fine) for line in chart.lines]


def _plain(part: Axis | Span | Guide) -> dict[str, Any]:
    return {name: _words(value) for name, value in _unusual(part)}


def _series(part: Line | Bands | Points | HeatMap, fine: float) -> dict[str, Any]:
    return {
        name: pack(value.ravel(), fine=0.0 if name == "x" else fine) if isinstance(value, np.ndarray) else _words(value)
        for name, value in _unusual(part)
    }


def _unusual(part: Any) -> list[tuple[str, Any]]:
    """The fields that are not as ever."""
    pairs = [(field, getattr(part, field.name)) for field in fields(part)]
    return [(field.name, value) for field, value in pairs if isinstance(value, np.ndarray) or value != field.default]


def _words(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_words(one) for one in value]
    return harmless(value) if isinstance(value, str) else value


def pack(values: Array, *, fine: float = 0.0) -> Packed:
    """Numbers for the page, in the shortest form that tells them.

    ``[first, pace, count]`` where evenly spaced; ``[first, pace, bytes]`` where each is some paces beyond the last;
    else the base64 of two bytes each between two ends, of four or of eight, by the letter in front.

    Args:
        values: shape (n,).
        fine: by how much a value may be moved.

    Example:
        >>> pack(np.array([5.0, 10.0, 15.0])), pack(np.array([1.0, 2.0, 4.0])), pack(np.array([1.0, 3.0, 2.5]))
        ([5.0, 5.0, 3], [1.0, 1.0, 'bAAEC'], 'fAACAPwAAQEAAACBA')
    """
    values = np.asarray(values, np.float64)
    paces = np.diff(values)
    if values.size > 2 and np.isfinite(paces).all():
        if (paces == paces[0]).all():
            return [float(values[0]), float(paces[0]), int(values.size)]
        stepped = _stepped(values, paces)
        if stepped is not None:
            return stepped
    return _between(values, fine) or _bytes(values, fine)


def _stepped(values: Array, paces: Array) -> Packed | None:
    """Whole multiples of the smallest pace, of which one byte or two tell how many."""
    pace = float(paces.min())
    if not pace > 0:
        return None
    counts = np.rint(paces / pace)
    whole = np.concatenate([[0.0], np.cumsum(counts)])
    if counts.max() > _MOST_CODES or not np.array_equal(values[0] + whole * pace, values):
        return None
    letter, kind = ("b", "<u1") if counts.max() < 256 else ("h", "<u2")
    return [float(values[0]), pace, letter + _base64(np.concatenate([[0.0], counts]).astype(kind))]


def _between(values: Array, fine: float) -> str | None:
    """Two bytes each where that moves none by more than ``fine``."""
    known = values[np.isfinite(values)]
    if values.size < 8 or not known.size or np.isinf(values).any():
        return None
    low, high = float(known.min()), float(known.max())
    step = (high - low) / (_MOST_CODES - 1)
    if not 0 < step <= fine or not np.isfinite(step):
        return None
    codes = np.where(np.isnan(values), _MOST_CODES, np.rint((values - low) / step))
    back = np.where(codes == _MOST_CODES, np.nan, low + codes * step)
    if (np.abs(back - values) > fine).any():
        return None
    return f"q{_base64(np.array([low, step], '<f8'))},{_base64(codes.astype('<u2'))}"


def _bytes(values: Array, fine: float) -> str:
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = values.astype("<f4")
        moved = np.abs(rounded - values)
    if not (moved > fine).any() and np.array_equal(np.isfinite(rounded), np.isfinite(values)):
        return "f" + _base64(rounded)
    return "d" + _base64(values.astype("<f8"))


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()
