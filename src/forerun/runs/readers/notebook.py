"""Notebooks: what their cells printed, as a terminal's log or a table in text would be read.

A cell's output is put into a file of its own for the readers of printed logs. Tables that a training draws as HTML
(those of Hugging Face's Trainer and of fastai) become tables between bars first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from forerun.core import Card, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import Log, by_run, merged
from forerun.runs.readers.blocks import BLOCKS
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import read_json
from forerun.runs.readers.text_log import TEXT
from forerun.runs.readers.text_table import TEXT_TABLE

CARD = Card(
    name="notebook",
    does="Reads what the cells of a Jupyter notebook printed: logs, bars, and tables in text or HTML.",
    source="nbformat 4, the notebook's JSON schema",
    assumes="A cell that trains prints one training after another; a table beside its text tells of the same.",
    needs="A code cell with output that the formats text, text_table or blocks read.",
    promises="What those formats promise of the same text in a file.",
    known_answer="A cell that printed twenty epochs gives their twenty losses; a second such cell is a second run.",
    control="A notebook of data frames and pictures is told to hold no log.",
)
_PRINTED = (TEXT, TEXT_TABLE, BLOCKS)
_HEAD = 1 << 16


def sniff(path: Path, head: bytes) -> float:
    return 0.9 if path.suffix.lower() == ".ipynb" and b'"cells"' in head else 0.0


def _logs(path: Path) -> Iterator[Log]:
    document = read_json(path)
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        raise UnreadableLog("a notebook without cells", where=path.name)
    with TemporaryDirectory() as folder:
        logs = [
            log
            for number, cell in enumerate(cells, 1)
            for log in _logs_of_cell(cell, Path(folder) / f"cell_{number}.log")
        ]
    if not logs:
        raise UnreadableLog("no cell of this notebook printed a log", where=path.name)
    for number, log in enumerate(logs, 1):
        yield replace(log, format=CARD.name, id="" if number == 1 else f"#{number}")


def _logs_of_cell(cell: Any, file: Path) -> list[Log]:
    """The runs that a cell's text tells of, or the table of it that holds more."""
    return max((_read(file, text) for text in _outputs(cell)), key=_values, default=[])


def _outputs(cell: Any) -> list[str]:
    """What a cell printed, and each table it drew."""
    outputs = cell.get("outputs") if isinstance(cell, dict) else None
    streams: list[str] = []
    tables: list[str] = []
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, dict):
            continue
        streams.append(_text(output.get("text")))
        data = output.get("data")
        drawn = data if isinstance(data, dict) else {}
        html = _text(drawn.get("text/html"))
        tables.append(_bars(html) if "<table" in html else _text(drawn.get("text/plain")))
    return [text for text in ("".join(streams), *tables) if text.strip()]


def _text(value: Any) -> str:
    lines = value if isinstance(value, list) else [value]
    return "".join(line for line in lines if isinstance(line, str))


def _read(file: Path, text: str) -> list[Log]:
    """The runs that a text tells of, by the reader of printed logs that is surest of it."""
    raw = text.encode("utf-8", "surrogatepass")
    file.write_bytes(raw)
    sure, reader = max(((reader.sniff(file, raw[:_HEAD]), reader) for reader in _PRINTED), key=lambda pair: pair[0])
    if sure <= 0.0:
        return []
    steps = list(reader.follow(file, {})) if reader.follow else []
    pieces = [log for step in steps for log in step.logs] + [log for step in steps[-1:] for log in step.pending]
    return [log for parts in by_run(pieces).values() if (log := merged(parts)).series]


def _values(logs: list[Log]) -> int:
    return sum(len(rows) for log in logs for rows, _ in log.series.values())


def _bars(html: str) -> str:
    """The tables of some HTML, each row a line between bars.

    Example:
        >>> _bars("<table><tr><th>Step</th><th>Loss</th></tr><tr><td>10</td><td>2.5</td></tr></table>")
        '|Step|Loss|\\n|10|2.5|\\n'
    """
    rows = _Rows()
    rows.feed(html)
    return "".join(f"|{'|'.join(' '.join(cell.split()) for cell in row)}|\n" for row in rows.rows if row)


class _Rows(HTMLParser):
    """The cells of each row of the tables in a document."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        self._in_cell = tag in ("td", "th") or (self._in_cell and tag not in ("tr", "table"))
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in ("td", "th", "tr", "table")

    def handle_data(self, data: str) -> None:
        if self._in_cell and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.replace("|", "/")


NOTEBOOK = Reader(card=CARD, sniff=sniff, follow=whole(_logs))
