"""How the scripts beside write what they measured: JSON with a row a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def write(path: Path, parts: Mapping[str, Sequence[object]]) -> None:
    """Each part a list, each of its entries a line."""
    lists = (f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, rows)) + "\n]" for name, rows in parts.items())
    path.write_text("{" + ",\n".join(lists) + "}\n")
