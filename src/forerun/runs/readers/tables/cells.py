"""Numbers in the clothes people print them in: ``85%``, ``tensor(0.12, device='cuda:0')``, ``[1.2]``, ``1,234``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Array
from forerun.runs.readers.columns import moment, number

ABSENT = frozenset(("", "none", "null", "n/a", "na", "-", "--", "---", "nil", "?", "<na>", "#n/a", "n.a."))
"""Cells in which nothing was logged; ``nan`` is a value."""
_DRESSED = re.compile(
    r"(?:(?:torch\.|np\.|jnp\.|tf\.)?(?:tensor|array|float\d\d|int\d\d|Array|Tensor)\s?\(\s?)?[\[(]{0,3}\s?"
    r"([-+]?[\w.+\-]{1,40}?),?\s?[\])]{0,3}(?:,\s?(?:device|dtype|grad_fn|requires_grad|shape)\s?=[^)]{0,60}\)?)?\)?\s?%?"
)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_COMMA = re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d*),\d+(?:[eE][-+]?\d+)?")
_DURATION = re.compile(r"(?:(\d{1,6}) days?,? ?)?(?:(\d{1,6}):)?(\d{1,6}):(\d{1,2}(?:\.\d{1,9})?)")
_UNIT = re.compile(r"([-+]?[\d.]{1,30}(?:[eE][-+]?\d{1,3})?)\s?([A-Za-zµ°%/]{1,12})")


@dataclass(frozen=True)
class Style:
    """How the numbers of a column are written.

    Args:
        comma: decimals stand behind a comma.
        unit: what stands behind every number, ``ms`` for example.
        timed: dates and durations are numbers of seconds.
    """

    comma: bool = False
    unit: str = ""
    timed: bool = False


def read_cell(text: str, style: Style) -> float | None:
    """The number in a cell that is not bare, or None.

    Example:
        >>> [read_cell(text, Style()) for text in ("85%", "tensor(0.5, device='cuda:0')", "[1e-3]", "1,234.5", "fast")]
        [85.0, 0.5, 0.001, 1234.5, None]
        >>> read_cell("0,5", Style(comma=True)), read_cell("1:00:10", Style(timed=True))
        (0.5, 3610.0)
    """
    text = text.strip()
    if len(text) > 120:
        return None
    if style.comma and _COMMA.fullmatch(text):
        return number(text.replace(".", "").replace(",", "."))
    if (bare := number(text)) is not None:
        return None if style.comma and "." in text else bare
    if style.timed and (seconds := _seconds(text)) is not None:
        return seconds
    if style.unit and text.endswith(style.unit):
        return number(text.removesuffix(style.unit).strip())
    if not style.comma and _THOUSANDS.fullmatch(text):
        return number(text.replace(",", ""))
    dressed = _DRESSED.fullmatch(text)
    return number(dressed[1]) if dressed else None


def _seconds(text: str) -> float | None:
    duration = _DURATION.fullmatch(text)
    if duration:
        days, hours, minutes, seconds = (float(part or 0) for part in duration.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return moment(text.replace("/", "-", 2)) if text[:4].isdigit() else None


def unit_of(cells: Sequence[str]) -> str:
    """The unit behind every number of a column; empty where they have none, or not one.

    Example:
        >>> unit_of(["3.1s", "2s", ""]), unit_of(["3a", "4b"])
        ('s', '')
    """
    found = [_UNIT.fullmatch(cell.strip()) for cell in cells if cell.strip().lower() not in ABSENT]
    units = {match[2] if match else "" for match in found}
    return units.pop() if len(found) > 1 and len(units) == 1 else ""


def read_column(cells: Sequence[str], style: Style) -> tuple[Array, list[int]]:
    """A column's values, absent cells masked, and the rows that hold text."""
    try:
        if not style.comma and "_" not in "".join(cells):
            return np.ma.masked_array(np.array(list(map(float, cells)))), []
    except ValueError:
        pass
    try:
        return _with_gaps(cells, style)
    except ValueError:
        return _one_by_one(cells, lambda cell: read_cell(cell, style))


def _with_gaps(cells: Sequence[str], style: Style) -> tuple[Array, list[int]]:
    """A column in which some cells are empty."""
    if style.comma or "_" in "".join(cells):
        raise ValueError
    absent = np.array([not cell or cell.isspace() for cell in cells], bool)
    values = np.array([float(cell) if cell and not cell.isspace() else 0.0 for cell in cells])
    return np.ma.masked_array(values, mask=absent), []


def _one_by_one(cells: Sequence[str], read: Callable[[str], float | None]) -> tuple[Array, list[int]]:
    absent = [cell.strip().lower() in ABSENT for cell in cells]
    told = [None if nothing else read(cell) for cell, nothing in zip(cells, absent, strict=True)]
    bad = [i for i, value in enumerate(told) if value is None and not absent[i]]
    values = np.array([0.0 if value is None else value for value in told])
    return np.ma.masked_array(values, mask=np.array([value is None for value in told], bool)), bad
