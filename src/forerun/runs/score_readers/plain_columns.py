"""Columns of a plain table as they stand: CSV, TSV, JSON lines, a JSON array or Parquet, packed or not."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

from forerun.core import Damage, UnreadableLog
from forerun.runs.parquet import is_parquet
from forerun.runs.readers.nested import objects
from forerun.runs.readers.text import first_lines, json_of, read_text, suffix_of
from forerun.runs.tables import parquet_columns

Columns = dict[str, list[Any]]
_OBJECTS = re.compile(r"\s*(?:\[\s*)?\{")
_DELIMITERS = ",\t;"


def columns_of(path: Path) -> tuple[Columns, list[Damage]]:
    """The columns of a file, cells as they are; rows that do not fit are damage.

    Raises:
        UnreadableLog: it is no table.
    """
    if is_parquet(path):
        return parquet_columns(path), []
    text = read_text(path).lstrip("\ufeff")
    if _OBJECTS.match(text):
        return _of_objects(text, path)
    return _of_rows(text, path)


def head_columns(path: Path, head: bytes) -> Columns:
    """The columns of a file's start, of whole lines; none where it is no table of text.

    Example:
        >>> head_columns(Path("a.csv"), b"item,small\\nq1,0\\nq2,")
        {'item': ['q1'], 'small': ['0']}
    """
    if head.startswith(b"PAR1"):
        return parquet_columns(path)
    lines = first_lines(head, 40)
    if lines and not head.endswith(b"\n") and len(head) >= 2 and len(lines) > 2:
        lines = lines[:-1]
    text = "\n".join(lines).lstrip("\ufeff")
    if _OBJECTS.match(text):
        return _of_objects(_whole_objects(text), path)[0]
    return _of_rows(text, path)[0] if len(lines) > 1 else {}


def _whole_objects(text: str) -> str:
    """The start of an array, as far as its objects are whole, as lines."""
    if not text.lstrip().startswith("["):
        return text
    return "\n".join(re.findall(r"\{[^{}]*\}", text)[:40])


def _of_objects(text: str, path: Path) -> tuple[Columns, list[Damage]]:
    if text.lstrip().startswith("["):
        array = json_of(text)
        if not isinstance(array, list):
            raise UnreadableLog("not a JSON array", where=path.name)
        records = [one for one in array if isinstance(one, dict)]
        lost = len(array) - len(records)
        damage = [Damage(path.name, "the array", "entries that are no objects", lost)] if lost else []
    else:
        records, damage = objects(text.splitlines(), 1, path)
    names = list(dict.fromkeys(name for record in records for name in record))
    return {name: [record.get(name) for record in records] for name in names}, damage


def _of_rows(text: str, path: Path) -> tuple[Columns, list[Damage]]:
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [cell.strip() for cell in next(rows, [])]
        cells = [(rows.line_num, row) for row in rows if row]
    except csv.Error as error:
        raise UnreadableLog(f"line {rows.line_num}: {error}", where=path.name) from error
    whole = [row for _, row in cells if len(row) == len(header)]
    damage = [Damage(path.name, f"line {line}", f"{len(row)} cells, not {len(header)}", 1)
              for line, row in cells if len(row) != len(header)]  # fmt: skip
    return {name: [row[i].strip() for row in whole] for i, name in enumerate(header)}, damage


def table_name(path: Path) -> str:
    """A file's name without what tells how it is written.

    Example:
        >>> table_name(Path("runs/quiz.csv.gz"))
        'quiz'
    """
    packed = suffix_of(path) != path.suffix.lower()
    return Path(path.stem).stem if packed else path.stem
