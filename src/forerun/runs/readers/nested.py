"""Numbers of a nested JSON object by their path, which trackers and frameworks log them as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forerun.runs.readers.columns import number

_DEEPEST = 12
_PLAIN = 1 << 1000  # integers below it are floats without further ado
_WORDS = frozenset(("nan", "inf", "-inf", "infinity", "-infinity"))


def numbers(record: Mapping[str, Any]) -> dict[str, float]:
    """Every number with its keys joined by slashes; lists, words, truth values and the thirteenth level are left out.

    Example:
        >>> numbers({"train": {"loss": 2, "hist": [1, 2]}, "acc": "NaN", "done": True})
        {'train/loss': 2.0, 'acc': nan}
    """
    found: dict[str, float] = {}
    _collect(record, "", 0, found)
    return found


def _collect(record: Mapping[str, Any], prefix: str, depth: int, found: dict[str, float]) -> None:
    for key, value in record.items():
        kind = type(value)
        if kind is float:
            found[f"{prefix}{key}"] = value
        elif kind is int and -_PLAIN < value < _PLAIN:
            found[f"{prefix}{key}"] = float(value)
        elif kind is dict:
            if depth < _DEEPEST:
                _collect(value, f"{prefix}{key}/", depth + 1, found)
        elif (kind is not str or value.lower() in _WORDS) and (plain := number(value)) is not None:
            found[f"{prefix}{key}"] = plain
