"""CSV and TSV: how the file is laid out, what is an axis and what a metric are found by content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, Damage, UnreadableLog
from forerun.core.axes import axis_of
from forerun.core.metrics import meaning
from forerun.runs.counters import ROW
from forerun.runs.growth import lines, whole_lines
from forerun.runs.log import Follow, Log, State, Step, Unfit
from forerun.runs.readers.columns import axes_of, log_of_columns
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.tables.cells import read_column
from forerun.runs.readers.tables.layout import (
    COMMENTS,
    HEAD,
    Layout,
    is_header,
    is_timed,
    layout_of,
    split_line,
)
from forerun.runs.readers.tables.long_form import RUNS, logs_of_table
from forerun.runs.readers.tables.plain import plain_columns
from forerun.runs.readers.tables.quoted import Numbered, joined
from forerun.runs.readers.text import first_lines, head_of, suffix_of
from forerun.runs.readers.written import why_not

CARD = Card(
    name="csv",
    does="Reads CSV and TSV logs: one row a record, a header, empty cells where nothing was logged; gzip and zstd too.",
    source="ours",
    assumes="A column named like an axis (step, epoch, tokens, time ...) is x, else the rows are; other numbers are "
    "metrics. A column split or phase prefixes them, tag and value name them, words or a seed tell runs apart.",
    needs="A header line that names an axis, or columns that are named like measures of a training, and one row.",
    promises="Text in a numeric column, rows of a wrong width and cut lines cost their cell or row and are counted.",
    known_answer="step,lr,loss with three rows gives two curves of three points.",
    control="A binary file named .csv is refused, and a table of predictions.",
)

_NO_TABLES = (".yaml", ".yml", ".toml", ".md", ".py", ".sh", ".json", ".html")
_TABLES = (".csv", ".tsv")
_NAMELESS = ("value", "values", "y", "data", "scalar", "metric", "0", "1")  # headers that say nothing


def sniff(path: Path, head: bytes) -> float:
    suffix = suffix_of(path)
    if suffix in _NO_TABLES or head.lstrip()[:1] in (b"{", b"["):
        return 0.0
    layout = layout_of(head)
    if layout is None:
        return 0.0
    named = suffix in _TABLES
    if len(layout.names) < 2:
        measured = named and axes_of(layout.names) == {}
        return 0.5 if measured else 0.3 if named else 0.0
    rows = [cells for cells in (layout.cells(line) for line in _texts(head)) if cells]
    widths = sum(len(row) == len(layout.names) for row in rows) / max(1, len(rows))
    numeric = any(name not in layout.words for name in layout.names) and len(rows) > 1
    return 0.6 + 0.1 * named if numeric and widths > 0.7 else 0.5 * named


def _texts(head: bytes) -> list[str]:
    return [line for line in first_lines(head) if not line.startswith(COMMENTS)]


def follow(path: Path, state: State) -> Iterator[Step]:
    yield from follow_rows(path, state, CARD.name, plain=True)


def follow_rows(path: Path, state: State, format: str, *, plain: bool = False) -> Iterator[Step]:
    """The steps of a delimited file; how it is laid out stays in the state.

    Args:
        path, state: as in `forerun.runs.readers`.
        format: the reader's name.
        plain: nothing but the names of columns is known of the file; words in it may tell splits and runs apart, and
            its rows may be the axis.

    Raises:
        UnreadableLog: binary, or the first line names no columns.
    """
    layout = _layout(path)
    anew = bool(state) and "layout" in state and (layout is None or state["layout"] != layout.state())
    if plain and layout is not None and layout.words:
        yield from _long(layout, format)(path, {} if anew or "layout" not in state else state)
        return
    before: State = {} if anew else state
    row, open_, under = int(before.get("row", 0)), before.get("open", []), before.get("under", [])
    for block in lines(path, before):
        row, open_, under = (0, [], []) if block.fresh else (row, open_, under)
        if layout is None:
            yield Step(block.state, [], fresh=block.fresh or anew)
            continue
        table = _Table(layout, path, format, plain, under)
        columns = None if open_ else table.at_once(block.text)
        if columns is None:
            rows, open_ = joined([*((i, line) for i, line in open_), *enumerate(block.lines, block.first)], over=False)
            columns = table.by_cells(rows)
        log = table.log(columns, row)
        log.damage += block.damage
        row, under = row + log.n, table.under
        reader_state = {"layout": layout.state(), "row": row} | ({"open": open_} if open_ else {})
        reader_state |= {"under": under} if under else {}
        more = partial(_more, _Table(layout, path, format, plain, list(under)), list(open_), block.after, row)
        yield block.step([log], more, reader_state, fresh=anew)
        anew = False


def _more(table: _Table, open_: list[Any], after: int, row: int, rest: list[str]) -> list[Log]:
    """The records of lines that may yet change, behind a row that is open."""
    table = deepcopy(table)
    log = table.log(table.by_cells(joined([*((i, line) for i, line in open_), *enumerate(rest, after)])[0]), row)
    return [log] if log.n or log.damage else []


def _long(layout: Layout, format: str) -> Follow:
    """A follower of tables whose words mean something, which all of them tell."""

    def logs(path: Path, half: bool) -> Iterator[Log]:
        numbered: Numbered = []
        cut: list[Damage] = []
        for block in lines(path, {}):
            numbered += enumerate(block.told(half), block.first)
            cut += block.damage
        table = _Table(layout, path, format, plain=True)
        rows, damage = table.rows(joined(numbered)[0])
        columns = dict(zip(layout.names, zip(*(row for _, row in rows), strict=True), strict=True)) if rows else {}
        numbers, unfit = table.numbers({name: columns[name] for name in columns if name not in layout.words}, rows)
        words = {name: [cell.strip() for cell in columns[name]] for name in columns if name in layout.words}
        for name in [name for name in words if name.strip().lower() in RUNS]:
            values, bad = read_column(words[name], layout.notation(name))
            if not bad:  # a seed, or the number of a run
                numbers[name] = values
                del words[name]
        run_logs = logs_of_table(numbers, words, format=format, path=path, axes=table.axes)
        for log in run_logs[:1]:
            log.damage = [*cut, *damage]
            log.unfit |= unfit
        for log in run_logs:
            log.config = layout.settings | log.config
        yield from run_logs

    def follow(path: Path, state: State) -> Iterator[Step]:
        stamp = {key: value for key, value in state.items() if key != "layout"}
        for step in whole_lines(logs)(path, stamp):
            yield step._replace(state={**step.state, "layout": layout.state()}, fresh=bool(state))

    return follow


Columns = tuple[dict[str, Array], dict[str, Unfit], list[Damage]]


@dataclass
class _Table:
    """The lines of a file, read as its layout says.

    Args:
        under: the names of a further header, under which the rows now stand.
    """

    layout: Layout
    path: Path
    format: str
    plain: bool
    under: list[str] = field(default_factory=list)

    @property
    def axes(self) -> dict[str, str]:
        names = self.layout.names
        by_name = axes_of(name for name in names if name)
        for name in names:  # the second of a name says what the first does
            bare, _, number = name.rpartition(".")
            if number.isdigit() and bare in by_name:
                by_name[name] = by_name[bare]
        return by_name | ({self.layout.index: "step"} if self.layout.index is not None else {})

    def log(self, columns: Columns, row: int) -> Log:
        """The records that columns make, behind ``row`` others."""
        numbers, unfit, damage = columns
        log = log_of_columns(numbers, format=self.format, axes=self.axes)
        log.unfit, log.damage, log.config = unfit, damage, dict(self.layout.settings)
        if self.plain and log.n:
            log.axes[ROW] = np.arange(row + 1.0, row + log.n + 1)
        return log

    def at_once(self, text: str) -> Columns | None:
        """The columns of whole lines that hold nothing but numbers; None where they hold anything else."""
        layout = self.layout
        dressed = any(layout.notation(name).mark == "," or layout.notation(name).unit for name in layout.names)
        if self.under or dressed or layout.ragged or len(set(layout.names)) != len(layout.names):
            return None
        end = text.find("\n") + 1
        headed = [cell.strip() for cell in text[: end - 1].split(layout.delimiter)] in layout.header
        columns = plain_columns(text, len(layout.names), layout.delimiter, begin=end if headed else 0)
        if columns is None:
            return None
        named = zip(layout.names, columns, strict=True)
        used = [(name, column) for name, column in named if name or layout.index is not None]
        numbers: dict[str, Array] = {name: np.ma.masked_array(column) for name, column in used}
        return numbers, {}, []

    def by_cells(self, numbered: Numbered) -> Columns:
        rows, damage = self.rows(numbered)
        columns = dict(zip(self.layout.names, zip(*(row for _, row in rows), strict=True), strict=True)) if rows else {}
        return *self.numbers(columns, rows), damage

    def rows(self, numbered: Numbered) -> tuple[list[tuple[int, list[str]]], list[Damage]]:
        """The cells of each row, with its line; lines of another width are damage."""
        rows: list[tuple[int, list[str]]] = []
        damage: list[Damage] = []
        layout, width = self.layout, len(self.layout.names)
        first = {cell for cells in layout.header for cell in (*filter(None, cells), *cells[:1])}
        quick = not layout.ragged and layout.delimiter != " "
        for i, line in numbered:
            row = line.split(layout.delimiter) if quick and '"' not in line else layout.cells(line)
            if len(row) != width and quick:
                row = layout.cells(line)
            if row and row[0].strip() in first and (fault := self._headed([cell.strip() for cell in row])) is not None:
                damage += [Damage(self.path.name, f"line {i}", fault)] if fault else []
            elif self.under and len(row := split_line(line, layout.delimiter)) == len(self.under):
                rows.append((i, self._in_order(row)))
            elif len(row) == width and line[:1] not in "#%/ \0":
                rows.append((i, row))
            elif "\0" in line:
                damage.append(Damage(self.path.name, f"line {i}", "binary data, not text", 1))
            elif not line.strip() or line.startswith(COMMENTS):
                continue
            elif len(row) == width:
                rows.append((i, row))
            elif any(row) and not line.lower().startswith("sep="):
                why = f"{len(row)} cells under a header of {width}"
                damage.append(Damage(self.path.name, f"line {i}", why, 1))
        return rows, damage

    def _headed(self, cells: list[str]) -> str | None:
        """What is to be told of a header further down, under which the rows now stand; None for what is no header."""
        names = set(self.layout.names)
        if cells in self.layout.header:
            self.under = []
            return ""
        if len(names.intersection(cells)) < 2 or len(set(cells)) < len(cells) or not is_header(cells):
            return None
        self.under = cells
        new = [name for name in cells if name and name not in names]
        return f"a further header, of which {', '.join(new)[:80]} is left out" if new else ""

    def _in_order(self, row: list[str]) -> list[str]:
        cells = dict(zip(self.under, row, strict=True))
        return [cells.get(name, "") for name in self.layout.names]

    def numbers(
        self, columns: Mapping[str, Sequence[str]], rows: list[tuple[int, list[str]]]
    ) -> tuple[dict[str, Array], dict[str, Unfit]]:
        """The columns of numbers; text in them is kept beside."""
        values: dict[str, Array] = {}
        unfit: dict[str, Unfit] = {}
        for name, cells in columns.items():
            if not name and self.layout.index is None:
                continue
            values[name], bad = read_column(cells, self.layout.notation(name))
            if bad:
                first = [
                    Damage(self.path.name, f"line {rows[i][0]}", f"{name}: {why_not(cells[i])}", 1)
                    for i in bad[: Unfit.LISTED]
                ]
                unfit[name] = Unfit(len(bad), first)
        return values, unfit


def _layout(path: Path) -> Layout | None:
    """The layout; None while there is no line.

    Raises:
        UnreadableLog: the first line names no columns.
    """
    head = head_of(path, HEAD)
    layout = layout_of(head)
    if layout is None and any(line.strip() and not line.startswith("\0") for line in _texts(head)):
        raise UnreadableLog("the first line names no columns; add a header such as step,loss", where=path.name)
    return None if layout is None else _titled(layout, path.name)


def _titled(layout: Layout, file: str) -> Layout:
    """The layout, its only column of values called by the file where that and not the header says what was measured.

    Example:
        >>> _titled(Layout(",", ["Wall time", "Step", "Value"]), "run-a-tag-epoch_loss.csv").names
        ['Wall time', 'Step', 'epoch_loss']
    """
    values = [name for name in layout.names if axis_of(name) is None and not is_timed(name) and name != layout.index]
    stem = file.partition(".")[0]
    title = stem.rpartition("-tag-")[2]  # as TensorBoard calls what it lets people download
    says = title != stem or any(meaning(word).kind in ("loss", "score", "return") for word in re.split(r"[-_\s]", stem))
    if len(values) != 1 or values[0].lower() not in _NAMELESS or not says:
        return layout
    names = [title if name == values[0] else name for name in layout.names]
    notations = {title if name == values[0] else name: notation for name, notation in layout.notations.items()}
    return replace(layout, names=names, notations=notations)


CSV = Reader(card=CARD, sniff=sniff, follow=follow)
