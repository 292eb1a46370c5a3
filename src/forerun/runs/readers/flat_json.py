"""Many JSON objects of one layout at once: the same keys in the same order, and nothing but numbers.

A tracker writes a hundred thousand such objects. Their keys are overwritten with blanks, after every byte of them was
compared, and what is left is read as one list of numbers.
"""

from __future__ import annotations

import json
import warnings

import numpy as np

from forerun.core import Array

_QUOTE, _COLON, _OPEN, _CLOSE, _COMMA, _BLANK = b'":{},\x20'
_MOST_KEYS = 1000


def columns(text: bytes, n: int) -> tuple[list[str], Array] | None:
    """The keys and the numbers, shape (n, keys), of ``n`` objects, one a line; None when they are not of one layout.

    Example:
        >>> columns(b'{"step": 1, "loss": 2.5}\\n{"step": 2, "loss": NaN}', 2)
        (['step', 'loss'], array([[1. , 2.5], [2. , nan]]))
    """
    keys = _keys(text[: text.find(b"\n")] if n > 1 else text)
    if keys is None or not n:
        return None
    data = np.frombuffer(text, np.uint8).copy()
    quotes = np.flatnonzero(data == _QUOTE)
    if quotes.size != 2 * n * len(keys) or (data == _OPEN).sum() != n or (data == _CLOSE).sum() != n:
        return None
    begin, end = quotes[0::2].reshape(n, -1), quotes[1::2].reshape(n, -1)
    for j, key in enumerate(keys):
        if not _bears(data, begin[:, j], end[:, j], key.encode()):
            return None
        data[begin[:, j, None] + np.arange(len(key.encode()) + 3)] = _BLANK
    data[data == _OPEN] = _BLANK
    data[data == _CLOSE] = _COMMA
    return _numbers(data, keys, n)


def _keys(line: bytes) -> list[str] | None:
    """The keys of an object of numbers; those with anything that JSON escapes are not dealt with here."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not 0 < len(record) <= _MOST_KEYS:
        return None
    plain = all(key.isascii() and key.isprintable() and not set(key) & set('"\\{}') for key in record)
    return list(record) if plain and all(type(value) in (int, float) for value in record.values()) else None


def _bears(data: np.ndarray, begin: np.ndarray, end: np.ndarray, key: bytes) -> bool:
    """Whether a key and a colon stand at every place."""
    if (end - begin != len(key) + 1).any() or end[-1] + 1 >= data.size:
        return False
    wanted = np.frombuffer(key + b'":', np.uint8)
    return bool((data[begin[:, None] + np.arange(1, wanted.size + 1)] == wanted).all())


def _numbers(data: np.ndarray, keys: list[str], n: int) -> tuple[list[str], Array] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            values = np.fromstring(data.tobytes().rstrip(b" ,\n"), dtype=float, sep=",")
        except (DeprecationWarning, ValueError):
            return None
    return (keys, values.reshape(n, len(keys))) if values.size == n * len(keys) else None
