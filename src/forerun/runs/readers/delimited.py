"""CSV and TSV: the delimiter, the axis column and the metric columns are found by content."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from forerun.core import Array, Card, Damage, Run, UnreadableLog
from forerun.core.axes import WALL_CLOCK
from forerun.runs.assemble import Log, assemble
from forerun.runs.readers.columns import ROW, log_of_columns, moment, number
from forerun.runs.readers.text import first_lines, read_text

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

_DELIMITERS = ",\t;| "


def sniff(path: Path, head: bytes) -> float:
    lines = _uncommented(first_lines(head))
    if not lines or lines[0].lstrip().startswith(("{", "[")):
        return 0.0
    delimiter = _delimiter(lines)
    if delimiter is None:
        return 0.3 if path.suffix.lower() in (".csv", ".tsv") and _is_header(lines[0].split()) else 0.0
    rows = list(csv.reader(lines, delimiter=delimiter))
    if not _is_header(rows[0]):
        return 0.0
    widths = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
    numeric = any(number(cell) is not None for row in rows[1:] for cell in row)
    named = path.suffix.lower() in (".csv", ".tsv")
    return 0.6 + 0.1 * named if numeric and widths > 0.7 else 0.5 * named


def read(path: Path) -> Iterator[Run]:
    header, rows, damage = read_rows(path)
    log = log_of_rows(header, rows, path, format=CARD.name)
    log.damage = [*damage, *log.damage]
    if not log.series:
        raise UnreadableLog("no metric column: every column is an axis, empty or text", where=path.name)
    if log.axis == ROW:
        raise UnreadableLog("no column is an axis; name one step, epoch, tokens, samples or time", where=path.name)
    yield assemble(log)


def read_rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]], list[Damage]]:
    """Header, data rows with their line numbers, and rows that had to be left out.

    Raises:
        UnreadableLog: binary, no header or no data row.
    """
    text = read_text(path)
    if "\0" in text:
        raise UnreadableLog("binary data, not text", where=path.name)
    lines = _uncommented([line for line in text[:65536].splitlines() if line.strip()][:20])
    if not lines:
        raise UnreadableLog("the file is empty", where=path.name)
    split = _split(text.splitlines(), _delimiter(lines) or ",")
    header = _header(split, path)
    rows: list[tuple[int, list[str]]] = []
    damage: list[Damage] = []
    for i, row in split:
        if len(row) == len(header):
            rows.append((i, row))
        elif any(row) and row != header:
            why = f"{len(row)} cells under a header of {len(header)}"
            damage.append(Damage(path.name, f"line {i}", why, 1))
    if not rows:
        raise UnreadableLog("a header without data rows", where=path.name)
    return header, rows, damage


def log_of_rows(header: list[str], rows: list[tuple[int, list[str]]], path: Path, *, format: str) -> Log:
    """The log of rows of text cells; text in a numeric column is counted as damage."""
    columns: dict[str, Array] = {}
    damage: list[Damage] = []
    for name, cells in zip(header, zip(*(row for _, row in rows), strict=True), strict=True):
        name = name.strip() or _index(cells)
        if not name or name in columns:
            continue
        values = _moments(cells) if name.lower() in WALL_CLOCK else None
        column, bad = (values, []) if values is not None else _numbers(cells)
        if column is None:
            continue
        columns[name] = column
        for i in bad[:_LISTED]:
            damage.append(Damage(path.name, f"line {rows[i][0]}", f"{name}: {cells[i][:40]!r} is not a number", 1))
        if len(bad) > _LISTED:
            why = f"{name}: {len(bad) - _LISTED} further cells are not numbers"
            damage.append(Damage(path.name, f"line {rows[bad[_LISTED]][0]} on", why, len(bad) - _LISTED))
    log = log_of_columns(columns, format=format)
    log.damage = damage
    return log


def _index(cells: tuple[str, ...]) -> str:
    """The axis an unnamed column stands for: the row index that pandas writes counts records."""
    return "step" if list(cells) == [str(i) for i in range(len(cells))] else ""


_LISTED = 20  # damaged cells named one by one in a column; the rest are counted


def _numbers(cells: tuple[str, ...]) -> tuple[Array | None, list[int]]:
    """A column's values, absent cells masked, and the rows that hold text; None when it is a text column."""
    array = np.array(cells)
    absent = np.char.strip(array) == "" if array.dtype.kind == "U" else np.zeros(len(cells), bool)
    values = np.zeros(len(cells))
    try:
        values[~absent] = array[~absent].astype(float)
        return (None if absent.all() else np.ma.masked_array(values, mask=absent)), []
    except ValueError:
        parsed = [None if gone else number(cell) for cell, gone in zip(cells, absent.tolist(), strict=True)]
    bad = [i for i, (value, gone) in enumerate(zip(parsed, absent.tolist(), strict=True)) if value is None and not gone]
    if len(bad) * 2 > len(cells) - int(absent.sum()):
        return None, []
    values = np.array([0.0 if value is None else value for value in parsed])
    mask = np.array([value is None for value in parsed])
    return np.ma.masked_array(values, mask=mask), bad


def _moments(cells: tuple[str, ...]) -> Array | None:
    parsed = [moment(cell.strip()) if cell.strip() else None for cell in cells]
    if all(value is None for value in parsed):
        return None
    return np.ma.masked_array([v or 0.0 for v in parsed], mask=[v is None for v in parsed])


def _delimiter(lines: list[str]) -> str | None:
    """The delimiter that splits the most lines into the width of the first, wider being better."""

    def fit(delimiter: str) -> tuple[int, int]:
        rows = list(csv.reader(lines, delimiter=delimiter))
        width = len(rows[0])
        return (sum(len(row) == width for row in rows) if width > 1 else 0, width)

    best = max(_DELIMITERS, key=fit)
    return best if fit(best)[0] else None


def _is_header(cells: list[str]) -> bool:
    return bool(cells) and all(number(cell) is None for cell in cells if cell.strip()) and any(c.strip() for c in cells)


def _uncommented(lines: list[str]) -> list[str]:
    return [line.lstrip("# ") for i, line in enumerate(lines) if i == 0 or not line.startswith("#")]


def _split(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells, comments left out; a header may be one, as numpy writes it.

    Lines are split one by one, so that a stray quote cannot swallow those after it.
    """
    begun = False
    for i, line in enumerate(lines, 1):
        if line.startswith("#"):
            line = "" if begun else line.lstrip("# ")
        begun = begun or bool(line.strip())
        yield i, _cells(line, delimiter)


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' in line:
        return next(csv.reader([line], delimiter=delimiter), [])
    return line.split() if delimiter == " " else line.split(delimiter)


def _header(split: Iterator[tuple[int, list[str]]], path: Path) -> list[str]:
    header = next((row for _, row in split if any(cell.strip() for cell in row)), [])
    if not _is_header(header):
        raise UnreadableLog("the first line names no columns; add a header such as step,loss", where=path.name)
    return header
