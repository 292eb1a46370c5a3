"""CSV and TSV: the delimiter, the axis column and the metric columns are found by content."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, Damage, UnreadableLog
from forerun.runs.growth import lines
from forerun.runs.log import WALL, Log, State, Step, Unfit
from forerun.runs.readers.columns import axes_of, log_of_columns, moment, number
from forerun.runs.readers.text import first_lines

CARD = Card(
    name="csv",
    does="Reads CSV and TSV logs: one row a record, a header, empty cells where nothing was logged.",
    source="ours",
    assumes="A column named like an axis (step, epoch, tokens, time ...) is x; every other numeric column is a metric.",
    needs="A header line that names an axis, and one row.",
    promises="Text in a numeric column, rows of a wrong width and cut lines cost their cell or row and are counted.",
    known_answer="step,lr,loss with three rows gives two curves of three points.",
    control="A binary file named .csv is refused.",
)

_NO_TABLES = (".yaml", ".yml", ".toml", ".md", ".py", ".sh", ".json", ".html")
_DELIMITERS = ",\t;| "


def sniff(path: Path, head: bytes) -> float:
    if path.suffix.lower() in _NO_TABLES:
        return 0.0
    shown = _uncommented(first_lines(head))
    if not shown or shown[0].lstrip().startswith(("{", "[")):
        return 0.0
    delimiter = _delimiter(shown)
    if delimiter is None:
        return 0.3 if path.suffix.lower() in (".csv", ".tsv") and _is_header(shown[0].split()) else 0.0
    rows = list(csv.reader(shown, delimiter=delimiter))
    if not _is_header(rows[0]):
        return 0.0
    widths = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
    numeric = any(number(cell) is not None for row in rows[1:] for cell in row)
    named = path.suffix.lower() in (".csv", ".tsv")
    return 0.6 + 0.1 * named if numeric and widths > 0.7 else 0.5 * named


def follow(path: Path, state: State) -> Iterator[Step]:
    yield from follow_rows(path, state, CARD.name)


def follow_rows(path: Path, state: State, format: str) -> Iterator[Step]:
    """The steps of a delimited file; the header and what its columns are stay in the state.

    Raises:
        UnreadableLog: binary, or the first line names no columns.
    """
    table = _table(path)
    anew = bool(state) and "header" in state and (table is None or state["header"] != table.state())
    for block in lines(path, {} if anew else state):
        if table is None:
            yield Step(block.state, [], fresh=block.fresh or anew)
            continue
        log = table.log(list(enumerate(block.lines, block.first)), path, format)
        more = table.log(list(enumerate(block.rest, block.after)), path, format)
        pending = [more] if more.n or more.damage else []
        yield Step(block.state | {"header": table.state()}, [log], pending, block.fresh or anew)
        anew = False


_HEAD = 1 << 16  # bytes in which the header and the delimiter are looked for


@dataclass
class _Table:
    """The header of a file, and how its lines are split."""

    delimiter: str
    names: list[str]

    def state(self) -> dict[str, Any]:
        return {"delimiter": self.delimiter, "names": self.names}

    def log(self, found: list[tuple[int, str]], path: Path, format: str) -> Log:
        rows: list[tuple[int, list[str]]] = []
        damage: list[Damage] = []
        for i, line in found:
            if line.startswith("#") or not line.strip() or "\0" in line:
                if "\0" in line:
                    damage.append(Damage(path.name, f"line {i}", "binary data, not text", 1))
                continue
            row = _cells(line, self.delimiter)
            if [cell.strip() for cell in row] == self.names:
                continue  # a header written again when a run was taken up
            if len(row) == len(self.names):
                rows.append((i, row))
            elif any(row):
                why = f"{len(row)} cells under a header of {len(self.names)}"
                damage.append(Damage(path.name, f"line {i}", why, 1))
        log = log_of_rows(self.names, rows, path, format=format)
        log.damage = [*damage, *log.damage]
        return log


def _table(path: Path) -> _Table | None:
    """The header's names and the delimiter; None while there is no line.

    They are looked for anew each time, so that a file of which only the start was there is not misread for good.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UnreadableLog(f"cannot be opened: {error.strerror}", where=path.name) from error
    plain = _uncommented(first_lines(head))
    if not plain:
        return None
    delimiter = _delimiter(plain) or ","
    names = [cell.strip() for cell in _cells(plain[0], delimiter)]
    if not _is_header(names):
        raise UnreadableLog("the first line names no columns; add a header such as step,loss", where=path.name)
    if not names[0] and not axes_of(names):
        names[0] = "step"  # the row index that pandas writes counts records
    return _Table(delimiter, names)


def log_of_rows(names: list[str], rows: list[tuple[int, list[str]]], path: Path, *, format: str) -> Log:
    """The log of rows of text cells; text in a column is kept beside its numbers."""
    columns: dict[str, Array] = {}
    unfit: dict[str, Unfit] = {}
    held = axes_of(names)
    for name, cells in zip(names, zip(*(row for _, row in rows), strict=True) if rows else (), strict=False):
        if not name or name in columns:
            continue
        columns[name], bad = _moments(cells) if held.get(name) == WALL else _numbers(cells)
        if bad:
            first = [
                Damage(path.name, f"line {rows[i][0]}", f"{name}: {cells[i][:40]!r} is not a number", 1)
                for i in bad[: Unfit.LISTED]
            ]
            unfit[name] = Unfit(len(bad), first)
    log = log_of_columns(columns, format=format, axes=held)
    log.unfit = unfit
    return log


def _numbers(cells: tuple[str, ...]) -> tuple[Array, list[int]]:
    """A column's values, absent cells masked, and the rows that hold text."""
    array = np.array(cells)
    absent = np.char.strip(array) == "" if array.dtype.kind == "U" else np.zeros(len(cells), bool)
    values = np.zeros(len(cells))
    try:
        values[~absent] = array[~absent].astype(float)
        return np.ma.masked_array(values, mask=absent), []
    except ValueError:
        return _one_by_one(cells, number)


def _moments(cells: tuple[str, ...]) -> tuple[Array, list[int]]:
    return _one_by_one(cells, lambda cell: moment(cell.strip()) if number(cell) is None else number(cell))


def _one_by_one(cells: tuple[str, ...], read: Callable[[str], float | None]) -> tuple[Array, list[int]]:
    told = [read(cell) if cell.strip() else None for cell in cells]
    bad = [i for i, value in enumerate(told) if value is None and cells[i].strip()]
    values = np.array([0.0 if value is None else value for value in told])
    return np.ma.masked_array(values, mask=np.array([value is None for value in told])), bad


def _delimiter(shown: list[str]) -> str | None:
    """The delimiter that splits the most lines into the width of the first, wider being better."""

    def fit(delimiter: str) -> tuple[int, int]:
        rows = list(csv.reader(shown, delimiter=delimiter))
        width = len(rows[0])
        return (sum(len(row) == width for row in rows) if width > 1 else 0, width)

    best = max(_DELIMITERS, key=fit)
    return best if fit(best)[0] else None


def _is_header(cells: list[str]) -> bool:
    return bool(cells) and all(number(cell) is None for cell in cells if cell.strip()) and any(c.strip() for c in cells)


def _uncommented(shown: list[str]) -> list[str]:
    return [line.lstrip("# ") for i, line in enumerate(shown) if i == 0 or not line.startswith("#")]


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' in line:
        return next(csv.reader([line], delimiter=delimiter), [])
    return line.split() if delimiter == " " else line.split(delimiter)
