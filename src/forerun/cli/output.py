"""What the command line prints: one JSON document, tables, progress on stderr. Names from logs are made harmless."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

_LONGEST = 120
Item = TypeVar("Item")


def emit(document: dict[str, Any]) -> None:
    """One JSON document on stdout, and nothing else."""
    print(json.dumps(document, allow_nan=False))


def complain(message: str) -> None:
    """An error on stderr."""
    print(f"error: {harmless(message, longest=2000)}", file=sys.stderr)


def harmless(text: Any, *, longest: int = _LONGEST) -> str:
    """Text without control sequences, direction overrides or undue length.

    Example:
        >>> harmless("a" + chr(27) + "[31mred")
        'a?[31mred'
    """
    cleaned = "".join("?" if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n" else c for c in str(text))
    return cleaned if len(cleaned) <= longest else cleaned[: longest - 3] + "..."


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> None:
    """A table on stdout; numbers right-aligned by a leading ``>`` in the column's name."""
    shown = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for name in columns:
        shown.add_column(name.lstrip(">"), justify="right" if name.startswith(">") else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(harmless(cell)) for cell in row))
    console().print(shown)


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


def number(value: float | None) -> str:
    """Four significant digits, steps in full.

    Example:
        >>> number(20000.0), number(0.123456), number(None)
        ('20000', '0.1235', '-')
    """
    if value is None:
        return "-"
    if value == int(value) and abs(value) < 1e12 if value == value and abs(value) != float("inf") else False:
        return str(int(value))
    return re.sub(r"e([+-])0+", r"e\1", f"{value:.4g}")
