"""Tables of the pages beside this file, from the raw numbers: python -m evidence.laws.pages

A page holds a table between two lines, ``<!-- NAME of FILE.json -->`` and ``<!-- end -->``; what stands there is
written anew from the file, by ``TABLES[NAME]`` of ``tables/FILE.py``. tests/laws/test_pages.py fails where they differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_BLOCK = re.compile(r"<!-- (\w+) of (\w+)\.json -->\n.*?<!-- end -->", re.DOTALL)


def tables(file: str) -> dict[str, Callable[[dict[str, Any]], list[str]]]:
    """What writes the tables of a file of raw numbers, by their names."""
    return import_module(f"evidence.laws.tables.{file}").TABLES


def written(text: str) -> str:
    """A page with its tables as the raw numbers have them."""

    def table(match: re.Match[str]) -> str:
        name, file = match.groups()
        found = json.loads((HERE / f"{file}.json").read_text("utf-8"))
        return "\n".join([f"<!-- {name} of {file}.json -->", *tables(file)[name](found), "<!-- end -->"])

    return _BLOCK.sub(table, text)


def main() -> None:
    for page in sorted(HERE.glob("*.md")):
        text = page.read_text("utf-8")
        if (new := written(text)) != text:
            page.write_text(new, "utf-8")


if __name__ == "__main__":
    main()
