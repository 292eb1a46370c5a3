"""Numbers of a nested JSON object by their path, which trackers and frameworks log them as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forerun.runs.readers.columns import number

_DEEPEST = 12
_WORDS = frozenset(("nan", "inf", "-inf", "infinity", "-infinity"))


def numbers(record: Mapping[str, Any], prefix: str = "", *, depth: int = 0) -> Iterator[tuple[str, float]]:
    """Every number with its keys joined by slashes; lists, words and truth values are left out.

    Args:
        record: a JSON object.
        prefix: what each name begins with.
        depth: how deep the object lies; what lies deeper than twelve is left out.

    Example:
        >>> list(numbers({"train": {"loss": 2, "hist": [1, 2]}, "acc": "NaN", "done": True}))
        [('train/loss', 2.0), ('acc', nan)]
    """
    for key, value in record.items():
        if isinstance(value, dict):
            if depth < _DEEPEST:
                yield from numbers(value, f"{prefix}{key}/", depth=depth + 1)
        elif isinstance(value, str) and value.lower() not in _WORDS:
            continue
        elif (found := number(value)) is not None:
            yield f"{prefix}{key}", found
