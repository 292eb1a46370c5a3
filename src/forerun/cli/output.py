"""What the command line prints: one JSON document, tables, progress on stderr. Names from logs are made harmless."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from forerun.core.display import harmless

Item = TypeVar("Item")


def emit(document: dict[str, Any]) -> None:
    """One JSON document on stdout, and nothing else."""
    print(json.dumps(document, allow_nan=False))


def complain(message: str) -> None:
    """An error on stderr."""
    print(f"error: {harmless(message, longest=2000)}", file=sys.stderr)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> None:
    """A table on stdout; numbers right-aligned by a leading ``>`` in the column's name."""
    console().print(table_of(columns, rows, title=title))


def table_of(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> Table:
    """The table that `table` prints."""
    shown = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for name in columns:
        shown.add_column(name.lstrip(">"), justify="right" if name.startswith(">") else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(harmless(cell, longest=400)) for cell in row))
    return shown


def say(text: str = "") -> None:
    """A line of text on stdout."""
    console().print(Text(harmless(text, longest=2000)))


def console() -> Console:
    """The terminal; wide when it is not one, so that tables are not cut in files."""
    return Console(width=None if sys.stdout.isatty() else 200, highlight=False)


def progress(items: Iterable[Item], description: str = "reading") -> Iterator[Item]:
    """The items, with a bar on stderr when that is a terminal and there are more than a few."""
    listed = list(items)
    if len(listed) < 8 or not sys.stderr.isatty():
        yield from listed
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(listed, description=description)
