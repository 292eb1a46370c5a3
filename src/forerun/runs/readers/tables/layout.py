"""How a delimited file is laid out, found in its first 64 KiB: delimiter, header, how numbers are written.

It is found anew each time the file is looked at, so that a file of which only the start was there is not misread for
good, and read anew where it differs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from forerun.core.axes import WALL_CLOCK, axis_of
from forerun.core.metrics import meaning
from forerun.runs.readers.columns import number
from forerun.runs.readers.tables.long_form import RUNS
from forerun.runs.readers.tables.quoted import joined
from forerun.runs.readers.text import first_lines
from forerun.runs.readers.written import ABSENT, Notation, either, mark_of, notation_of, ratio, read

HEAD = 1 << 16
COMMENTS = ("#", "%", "//")
_DELIMITERS = ",\t;| "
_SHOWN = 400  # lines that tell the layout
_INDEX = frozenset(("", "index", "idx", "#", "i", "n", "num", "no", "no.", "unnamed: 0"))
_RAGGED = 0.2  # share of short rows from which on they are how the file is written (ours, arbitrary)
_PLAIN = re.compile(r"(?: ?[-+]?\d{1,40}(?:\.\d{0,40})?(?:[eE][-+]?\d{1,3})? ?\n)*")
_SETTING = re.compile(r"([A-Za-z_][\w.\-/]{0,40})\s?[=:]\s?([^\s,;=]{1,80})")


@dataclass(frozen=True)
class Layout:
    """How the lines of a file are to be read.

    Args:
        delimiter: what stands between cells.
        names: of the columns, all different.
        header: the cells of lines that hold no values: the header, wherever it stands, and a line of units.
        notations: how the numbers of a column are written, where that is not the usual way.
        index: the column that numbers the rows, where no other counts; None where there is none.
        ragged: rows may end before the header does.
        words: columns that hold text, or tell runs apart.
        settings: what comments before the header set.
    """

    delimiter: str
    names: list[str]
    header: list[list[str]] = field(default_factory=list)
    notations: dict[str, Notation] = field(default_factory=dict)
    index: str | None = None
    ragged: bool = False
    words: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def state(self) -> dict[str, Any]:
        return asdict(self)

    def cells(self, line: str) -> list[str]:
        """A line's cells, without an empty one behind the last."""
        return self.fitted(split_line(line, self.delimiter))

    def fitted(self, cells: list[str]) -> list[str]:
        """Cells without an empty one behind the last; with such for the last where rows may end early."""
        if len(cells) == len(self.names) + 1 and not cells[-1].strip():
            cells.pop()
        if self.ragged and cells and len(cells) < len(self.names):
            cells += [""] * (len(self.names) - len(cells))
        return cells

    def notation(self, name: str) -> Notation:
        return self.notations.get(name) or Notation(timed=is_timed(name))


def is_timed(name: str) -> bool:
    """Whether a column of this name may hold dates or durations."""
    return name.strip().lower() in WALL_CLOCK or axis_of(name) == "seconds" or meaning(name).kind == "time"


@lru_cache(maxsize=1)  # who sniffs a file then reads it
def layout_of(head: bytes) -> Layout | None:
    """The layout of a file by its start; None where there is no line, or none names columns.

    Example:
        >>> layout_of(b"# lr=0.1\\nepoch;loss\\n1;0,5\\n")
        Layout(delimiter=';', names=['epoch', 'loss'], header=[['epoch', 'loss']],
        notations={'epoch': Notation(mark=',', unit='', timed=False), 'loss': Notation(mark=',', unit='', timed=False)},
        index=None, ragged=False, words=[], settings={'lr': 0.1})
    """
    shown = first_lines(head, _SHOWN)
    shown = shown[:-1] if len(head) >= HEAD and len(shown) > 1 else shown
    shown = [line for _, line in joined(list(enumerate(shown)))[0]]
    separator = shown.pop(0).strip()[4:5] if shown and re.fullmatch(r"sep=.", shown[0].strip()) else None
    comments = [line for line in shown if line.startswith(COMMENTS)]
    rows = [line for line in shown if not line.startswith(COMMENTS)]
    spoken = comments[-1].lstrip("#%/ ") if comments and shown[0].startswith(COMMENTS) else None
    for top, below in ((rows[:1], rows[1:]), ([spoken] if spoken else [], rows)):
        delimiter = separator or (_delimiter([*top, *below[:20]]) if top else None) or ","
        names = [_bare(cell) for cell in split_line(top[0], delimiter)] if top else []
        if is_header(names):
            settings = _settings([line for line in comments if line.lstrip("#%/ ") != top[0]])
            return _laid_out(delimiter, names, [split_line(line, delimiter) for line in below], settings)
    return None


def _laid_out(delimiter: str, names: list[str], rows: list[list[str]], settings: dict[str, Any]) -> Layout:
    header = [names]
    if rows and _are_units(rows, names):
        header.append([cell.strip() for cell in rows.pop(0)])
    if rows and sum(len(row) == len(names) + 1 and bool(row[-1].strip()) for row in rows) > 0.8 * len(rows):
        names = ["", *names]  # R and others leave the rows' own names without one
    short = sum(1 < len(row) < len(names) for row in rows)
    layout = Layout(
        delimiter, _different(names), header, ragged=len(rows) >= 5 and short >= _RAGGED * len(rows), settings=settings
    )
    full_rows = [cells for row in rows if len(cells := layout.fitted(list(row))) == len(names)]
    columns = dict(zip(layout.names, zip(*full_rows, strict=True), strict=True)) if full_rows else {}
    plain = {name for name, cells in columns.items() if _is_plain(cells)}
    notations = {} if len(plain) == len(columns) else _notations(columns)
    layout = replace(layout, notations=notations, index=_index(layout.names, columns))
    return replace(layout, words=[name for name in columns if _is_words(name, columns[name], layout, name in plain)])


def _is_plain(cells: Sequence[str]) -> bool:
    """Whether cells are decimal numbers and nothing else, which most columns are and one pattern sees."""
    text = "".join(f"{cell}\n" for cell in cells)
    return text.count("\n") == len(cells) and _PLAIN.fullmatch(text) is not None


def _notations(columns: Mapping[str, Sequence[str]]) -> dict[str, Notation]:
    """How the numbers of each column are written; what a column does not tell the others do."""
    marks = {mark_of(cells) for cells in columns.values()} - {""}
    mark = marks.pop() if len(marks) == 1 else ""
    notations: dict[str, Notation] = {}
    for name, cells in columns.items():
        axis = axis_of(name)
        notation = notation_of(cells, timed=is_timed(name), mark=mark, counts=axis not in (None, "epoch", "seconds"))
        if notation.unit and axis == "seconds" and ratio(notation.unit, "s"):
            notation = replace(notation, unit="s")
        if notation.mark == "." and not any("," in cell for cell in cells):
            notation = replace(notation, mark="")
        if notation != Notation(timed=notation.timed):
            notations[name] = notation
    return notations


def split_line(line: str, delimiter: str) -> list[str]:
    if '"' in line:
        lines = io.StringIO(line, newline="") if "\n" in line else [line]
        return next(csv.reader(lines, delimiter=delimiter, skipinitialspace=True), [])
    return line.split() if delimiter == " " else line.split(delimiter)


def _bare(name: str) -> str:
    name = name.strip()
    return name[1:-1].strip() if len(name) > 1 and name[0] == "'" == name[-1] else name


def is_header(cells: Sequence[str]) -> bool:
    return any(cell.strip() for cell in cells) and all(number(cell) is None for cell in cells if cell.strip())


def _delimiter(shown: list[str]) -> str | None:
    """The delimiter that splits the most lines into the width of the first, wider being better."""

    def fit(delimiter: str) -> tuple[int, int]:
        widths = [len(split_line(line, delimiter)) for line in shown]
        return (sum(abs(width - widths[0]) < 2 for width in widths) if widths[0] > 1 else 0, widths[0])

    best = max(_DELIMITERS, key=fit)
    return best if fit(best)[0] else None


def _different(names: list[str]) -> list[str]:
    """Names of which the second of a kind is numbered, and the last, where a separator ends the header, is blank."""
    taken: dict[str, int] = {}
    different: list[str] = []
    for name in names:
        taken[name] = taken.get(name, -1) + 1
        different.append(f"{name}.{taken[name]}" if taken[name] and name else name)
    return different


def _are_units(rows: list[list[str]], names: list[str]) -> bool:
    """Whether the line below the header holds words where the next one holds numbers."""
    if len(rows) < 2 or len(rows[0]) != len(names) or rows[0] == names or not is_header(rows[0]):
        return False
    words = [cell.strip().lower() in ABSENT or len(cell.strip()) <= 12 for cell in rows[0]]
    numbers = [number(cell) is not None for cell in rows[1]]
    return all(words) and sum(numbers) * 2 > len(names)


def _index(names: list[str], columns: Mapping[str, Sequence[str]]) -> str | None:
    """The first column, where it only numbers the rows and none counts anything else."""
    if not names or names[0].lower() not in _INDEX or any(axis_of(name) not in (None, "seconds") for name in names):
        return None
    values = [number(cell) for cell in columns.get(names[0], ())]
    whole = [value for value in values if value is not None and value == value // 1]
    return names[0] if not values or len(whole) > 0.8 * len(values) else None


def _is_words(name: str, cells: Sequence[str], layout: Layout, plain: bool) -> bool:
    if plain or name.strip().lower() in RUNS:
        return name.strip().lower() in RUNS
    spoken = [cell for cell in cells if cell.strip().lower() not in ABSENT]
    notation = layout.notation(name)
    usual = not notation.unit and notation.mark != ","
    unread = [
        cell
        for cell in spoken
        if not (usual and number(cell) is not None) and read(cell, notation) is None and not either(cell)
    ]
    return bool(spoken) and len(unread) * 2 > len(spoken)


def _settings(comments: list[str]) -> dict[str, Any]:
    """``lr=0.1, seed: 3`` in the comments."""
    pairs = [pair for line in comments[:50] for pair in _SETTING.findall(line[:2000])]
    return {key: value if (plain := number(value)) is None else plain for key, value in pairs}
