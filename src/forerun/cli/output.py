"""What the command line prints: one JSON document, tables, progress on stderr.

Names from logs are made harmless, and secrets in them are masked.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from forerun.cli import table as table_
from forerun.cli.plain import for_stdout
from forerun.core.display import harmless
from forerun.core.secrets import masked_setting

Item = TypeVar("Item")


def emit(document: dict[str, Any]) -> None:
    """One JSON document on stdout, on a line of its own and at once."""
    print(json.dumps(masked_setting(document), allow_nan=False), flush=True)


def complain(*lines: str, kind: str = "error") -> None:
    """An error, or something of another kind, on stderr; a line each, whatever is in it."""
    first, *more = (harmless(line, longest=4000) for line in lines)
    print("\n".join([f"{kind}: {first}", *more]), file=sys.stderr)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> None:
    """A table on stdout; `forerun.cli.table` says what the columns' names mean."""
    if title:
        say(title)
    print(table_text(columns, rows))


def table_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The table that `table` prints."""
    return table_.text(columns, rows, width=width(), colour=coloured(), spell=for_stdout)


def say(text: str = "") -> None:
    """A line of text on stdout, below an empty one if it begins with a line break."""
    print("\n" * text.startswith("\n") + harmless(text.removeprefix("\n"), longest=2000))


def left_out(n: int, top: int | None) -> None:
    """The line below a table that does not show all."""
    if top is not None and n > top:
        say(f"\n{n - top} more; --top {n} shows all")


def width() -> int | None:
    """Columns of the terminal; of a file or pipe none, unless ``COLUMNS`` says so, so that nothing is cut."""
    bounded = os.environ.get("COLUMNS", "").isdigit()
    return shutil.get_terminal_size().columns if bounded or sys.stdout.isatty() else None


def coloured() -> bool:
    """Whether stdout takes colours: a terminal that nobody told otherwise (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def progress(items: Iterable[Item], description: str = "reading") -> Iterator[Item]:
    """The items, with a bar on stderr when that is a terminal and there are more than a few."""
    listed = list(items)
    if len(listed) < 8 or not sys.stderr.isatty():
        yield from listed
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(listed, description=description)


@contextmanager
def counting(description: str) -> Generator[Callable[[int, int], None]]:
    """A bar on stderr with the time left, where that is a terminal; it is told how many of how many are done."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
