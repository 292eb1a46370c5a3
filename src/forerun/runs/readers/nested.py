"""JSON objects, one a line, and the numbers nested in them by their path, as trackers and frameworks log them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forerun.core import Damage
from forerun.runs.readers.columns import number
from forerun.runs.readers.text import decoded

_DEEPEST = 12
_PLAIN = 1 << 1000  # integers below it are floats without further ado
_WORDS = frozenset(("nan", "inf", "-inf", "infinity", "-infinity"))


def numbers(record: Mapping[str, Any]) -> dict[str, float]:
    """Every number with its keys joined by slashes; lists, words, truth values and the thirteenth level are left out.

    Example:
        >>> numbers({"train": {"loss": 2, "hist": [1, 2]}, "acc": "NaN", "done": True})
        {'train/loss': 2.0, 'acc': nan}
    """
    by_name: dict[str, float] = {}
    _collect(record, "", 0, by_name)
    return by_name


def _collect(record: Mapping[str, Any], prefix: str, depth: int, by_name: dict[str, float]) -> None:
    for key, value in record.items():
        kind = type(value)
        if kind is float:
            by_name[prefix + key] = value
        elif kind is int and -_PLAIN < value < _PLAIN:
            by_name[prefix + key] = float(value)
        elif kind is dict:
            if depth < _DEEPEST:
                _collect(value, f"{prefix}{key}/", depth + 1, by_name)
        elif (kind is int or (kind is str and value.lower() in _WORDS)) and (plain := number(value)) is not None:
            by_name[prefix + key] = plain


def objects(lines: Sequence[str], first: int, path: Path) -> tuple[list[dict[str, Any]], list[Damage]]:
    """The object each line holds; a line that holds none is damage, an empty one nothing.

    Args:
        lines: without their ends.
        first: the number of the first of them.
        path: the file, for what is said of damage.

    Example:
        >>> objects(['{"a": 1}', "", "oops"], 5, Path("x.jsonl"))
        ([{'a': 1}], [Damage(path='x.jsonl', where='line 7', why='not a JSON object', lost=1)])
    """
    entries: list[dict[str, Any]] = []
    damage: list[Damage] = []
    for i, line in enumerate(lines, first):
        entry = object_of(line)
        if entry:
            entries.append(entry)
        elif entry is None and line.strip():
            damage.append(Damage(path.name, f"line {i}", "not a JSON object", 1))
    return entries, damage


def dictionary(value: Any) -> dict[str, Any]:
    """A JSON object as it is, an empty one for whatever else stands in its place.

    Example:
        >>> dictionary({"a": 1}), dictionary([1])
        ({'a': 1}, {})
    """
    return value if isinstance(value, dict) else {}


def object_of(text: str) -> dict[str, Any] | None:
    """The JSON object a text holds, None where it holds none."""
    try:
        document = decoded(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
