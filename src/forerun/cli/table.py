"""Tables as text: beside one another where the width allows, a run's name above its row where it does not.

Rich has tables too; these cost no import, never fold a number, and put a long reason under its row.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from forerun.core.display import harmless

GAP = 2
_LEAST_NOTE = 44  # columns below which a reason reads better under its row (ours)
_LEAST_WORD, _LEAST_CELL = 10, 8  # what words are cut to at most: before a row is broken in two, and after
_BOLD, _RED, _YELLOW, _DIM = "1", "1;31", "33", "2"
COLOURS = {
    "status": {"crashed": _RED, "stalled": _YELLOW, "ended": _DIM, "finished": _DIM},
    "advice": {"stop": _RED, "ask": _YELLOW},
    "kind": {"non_finite": _RED},
}
"""Words that want a person, by column."""


def text(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    width: int | None,
    colour: bool = False,
    spell: Callable[[str], str] = str,
) -> str:
    """A table of so many columns at most, or as wide as it needs.

    Args:
        columns: names; a leading ``>`` aligns right, a leading ``~`` (the last one only) marks sentences: they stand
            beside their row if there is room, else under it.
        rows: cells, a row as long as the columns. A first cell that is empty goes on with the row above.
        width: columns of the terminal; None for no bound.
        colour: whether words that want a person are coloured.
        spell: how a cell is written where it goes to, if not every character can be.

    Example:
        >>> print(text(["run", ">loss", "~why"], [["a/long", 1.5, "it fell"], ["b", 10, ""]], width=None))
        run     loss  why
        a/long   1.5  it fell
        b         10
        >>> print(text(["run", ">loss", "~why"], [["a/long", 1.5, "it fell"]], width=14))
        run     loss
        a/long   1.5
            it fell
    """
    columns = [spell(harmless(name)) for name in columns]
    lines = [[spell(harmless(cell, longest=1000)) for cell in row] for row in rows]
    notes = [line.pop() for line in lines] if columns[-1].startswith("~") else [""] * len(lines)
    heads = [name for name in columns if not name.startswith("~")]
    note_head = columns[-1][1:] if len(heads) < len(columns) else ""
    sizes = _sizes(heads, lines)
    if width is not None:
        sizes = sizes[:1] + _shrunk(heads[1:], sizes[1:], width - sizes[0] - GAP, _LEAST_WORD)
    if width is not None and _total(sizes) > width and len(heads) > 1:
        return _stacked(heads, lines, notes, width, colour)
    room = None if width is None else width - _total(sizes) - GAP
    longest = max(map(_length, [note_head, *notes]), default=0)
    beside = room is None or room >= min(longest, _LEAST_NOTE)
    titles = [_row(heads, sizes, [name.lstrip(">") for name in heads])]
    if beside and longest:
        titles = _beside(titles[0], note_head, _total(sizes), None)
    shown = [_styled(title.rstrip(), _BOLD, colour) for title in titles]
    for line, note in zip(lines, notes, strict=True):
        row = _row(heads, sizes, line, colour)
        shown += _beside(row, note, _total(sizes), room) if beside else [row.rstrip(), *_under(note, width)]
    return "\n".join(shown)


def _stacked(heads: list[str], lines: list[list[str]], notes: list[str], width: int, colour: bool) -> str:
    """The first cell on a line of its own, the others below it."""
    rest = heads[1:]
    sizes = _shrunk(rest, _sizes(rest, [line[1:] for line in lines]), width - GAP, _LEAST_CELL)
    shown = [_styled(title, _BOLD, colour) for title in (heads[0], f"{'':{GAP}}{_row(rest, sizes, _titles(rest))}")]
    for line, note in zip(lines, notes, strict=True):
        shown += [line[0]] if line[0] else []
        shown += [f"{'':{GAP}}{_row(rest, sizes, line[1:], colour)}".rstrip(), *_under(note, width)]
    return "\n".join(shown)


def _titles(heads: Sequence[str]) -> list[str]:
    return [name.lstrip(">") for name in heads]


def _sizes(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(_length, column)) for column in zip(_titles(heads), *lines, strict=True)]


def _total(sizes: Sequence[int]) -> int:
    return sum(sizes) + GAP * (len(sizes) - 1)


def _shrunk(heads: Sequence[str], sizes: Sequence[int], width: int, least: int) -> list[int]:
    """Sizes with the widest columns of words cut until the row fits."""
    sizes = list(sizes)
    while _total(sizes) > width:
        words = [i for i, name in enumerate(heads) if not name.startswith(">") and sizes[i] > least]
        if not words:
            break
        sizes[max(words, key=lambda i: sizes[i])] -= 1
    return sizes


def _row(heads: Sequence[str], sizes: Sequence[int], cells: Sequence[str], colour: bool = False) -> str:
    return (" " * GAP).join(_cell(*one, colour) for one in zip(heads, sizes, cells, strict=True))


def _cell(head: str, size: int, cell: str, colour: bool) -> str:
    shown = _cut(cell, size)
    space = " " * (size - _length(shown))
    style = COLOURS.get(head, {}).get(cell, "")
    shown = _styled(shown, style, colour and bool(style))
    return space + shown if head.startswith(">") else shown + space


def _beside(row: str, note: str, size: int, room: int | None) -> list[str]:
    first, *more = [note] if room is None else textwrap.wrap(note, room) or [""]
    return [f"{row}{'':{GAP}}{first}".rstrip(), *(f"{'':{size + GAP}}{line}" for line in more)]


def _under(note: str, width: int | None) -> list[str]:
    return textwrap.wrap(note, width or 120, initial_indent=" " * 4, subsequent_indent=" " * 4)


def _cut(cell: str, size: int) -> str:
    """The cell with its middle left out: of a path both ends tell.

    Example:
        >>> _cut("lightning/version_0", 12)
        'ligh…rsion_0'
    """
    if _length(cell) <= size:
        return cell
    start, end = cell[: size // 3], cell[size // 3 :]
    while end and _length(start) + 1 + _length(end) > size:
        end = end[1:]
    return f"{start}…{end}"


def _length(cell: str) -> int:
    """Columns that a text takes in a terminal.

    Example:
        >>> _length("loss"), _length("損失")
        (4, 4)
    """
    if cell.isascii():
        return len(cell)
    wide = {"W": 2, "F": 2}
    return sum(0 if unicodedata.combining(c) else wide.get(unicodedata.east_asian_width(c), 1) for c in cell)


def _styled(cell: str, style: str, colour: bool) -> str:
    return f"\x1b[{style}m{cell}\x1b[0m" if colour and cell else cell
